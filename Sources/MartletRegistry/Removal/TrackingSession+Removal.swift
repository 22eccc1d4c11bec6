import MartletCore
import MartletStore

/// What became of a record in one transaction.
enum RemovalOutcome {
    case removed
    case kept(reason: String)
    /// There is more of it than one transaction removes.
    case begun

    var isOver: Bool { if case .begun = self { false } else { true } }

    var isRemoved: Bool { if case .removed = self { true } else { false } }

    var reason: String? { if case .kept(let reason) = self { reason } else { nil } }
}

extension TrackingSession {
    /// Removes records in order, as many as one transaction may. - Returns: what became of the first of them.
    func remove(_ records: [DeletedRecord], _ plan: RemovalPlan, rowCountMax: Int) throws -> [RemovalOutcome] {
        var (needs, budget, outcomes) = (plan.needs, RowBudget(connection, rowCountMax), [RemovalOutcome]())
        while try needs.readVersions(connection) {}
        for record in records where budget.rest > 0 && outcomes.last?.isOver != false {
            let reason = try needs.reason(record) ?? reasonToStay(record, before: plan.limit)
            outcomes.append(try reason.map { .kept(reason: $0) } ?? remove(record, &budget))
        }
        return outcomes
    }

    /// Puts on record who removed what: experiments one by one, runs and logged models together, of which there may be very many.
    func noteRemoval(of records: [DeletedRecord], by actor: AccessStore.Actor, at time: Int64) throws {
        let experiments = records.filter { $0.kind == .experiment }.map { [$0] }
        let groups = [DeletedRecord.Kind.run, .loggedModel].map { kind in records.filter { $0.kind == kind } } + experiments
        for group in groups {
            guard let kind = group.first?.kind else { continue }
            let what = group.count == 1 ? "\(kind)" : "\(group.count) \(kind)s"
            let event = AccessEvent(
                at: Timestamp(milliseconds: time), user: actor.name, address: actor.address, action: AccessNote.deletion.rawValue,
                subject: "for good: \(what) \(group.map(\.id).joined(separator: ", "))")
            try event.insert(into: connection, keeping: AccessNote.countMax)
        }
    }

    private func reasonToStay(_ record: DeletedRecord, before limit: Int64) throws -> String? {
        let isDeleted =
            switch record.kind {
            case .run: "tracked_runs WHERE number = ? AND \(Self.isDeletedRun)"
            case .loggedModel: "logged_models WHERE number = ? AND \(Self.isDeletedModel)"
            case .experiment: "tracked_experiments WHERE id = ? AND \(Self.isDeletedExperiment)"
            }
        let limits = Array(repeating: SQLValue.integer(limit), count: record.kind == .loggedModel ? 2 : 1)
        guard try connection.exists("SELECT 1 FROM \(isDeleted)", [.integer(record.number)] + limits) else {
            return "it was restored or changed meanwhile"
        }
        let folder = record.artifacts.hasSuffix("/") ? String(record.artifacts.dropLast()) : record.artifacts
        let tenant = try connection.first(
            """
            SELECT name FROM tracked_experiments
            WHERE id <> ? AND (artifact_location = ? OR (artifact_location >= ? AND artifact_location < ?)) LIMIT 1
            """,
            [.integer(record.kind == .experiment ? record.number : -1), .text(folder), .text(folder + "/"), .text(folder + "0")]
        ) { $0.text(0) }
        return tenant.map { "the experiment '\($0)' has its artifacts there" }
    }

    private func remove(_ record: DeletedRecord, _ budget: inout RowBudget) throws -> RemovalOutcome {
        switch record.kind {
        case .run: try removeRun(record)
        case .loggedModel: try removeModel(record)
        case .experiment:
            if let content = try content(of: record) { return .kept(reason: content) }
            guard try removeExperiment(record, &budget) else { return .begun }
        }
        budget.spend(1)
        return .removed
    }

    private func removeRun(_ run: DeletedRecord) throws {
        try leaveRemains(of: run)
        let number = SQLValue.integer(run.number)
        try connection.execute("DELETE FROM run_dataset_tags WHERE input IN (SELECT number FROM run_datasets WHERE run = ?)", [number])
        for table in ["run_datasets", "run_models"] { try connection.execute("DELETE FROM \(table) WHERE run = ?", [number]) }
        try connection.execute(
            "DELETE FROM trace_links WHERE kind = ? AND target = ?", [.integer(TraceLink.run.rawValue), .text(run.id)])
        try connection.execute("DELETE FROM tracked_runs WHERE number = ?", [number])
    }

    private func removeModel(_ model: DeletedRecord) throws {
        try leaveRemains(of: model)
        try connection.execute("DELETE FROM logged_models WHERE number = ?", [.integer(model.number)])
    }

    private func removeExperiment(_ experiment: DeletedRecord, _ budget: inout RowBudget) throws -> Bool {
        let number = [SQLValue.integer(experiment.number)]
        guard try removeTraces(of: experiment, &budget) else { return false }
        guard try budget.delete("tracked_datasets", "number", "experiment = ?", number) else { return false }
        // A later import makes the experiment anew, with all that was in it, also with what was removed before.
        guard try budget.delete("imports", "source, kind, key", "experiment = ?", number) else { return false }
        try leaveRemains(of: experiment)
        try connection.execute("DELETE FROM tracked_experiment_tags WHERE experiment = ?", number)
        let subject = AccessSubject.experiment(experiment.number).stored
        try connection.execute(
            "DELETE FROM access_grants WHERE kind = ? AND subject = ?", [.integer(subject.kind), .text(subject.key)])
        try connection.execute(
            "DELETE FROM imports WHERE kind = ? AND target = ?", [.text(ImportKind.experiments.mark), .text(experiment.id)])
        try connection.execute("DELETE FROM tracked_experiments WHERE id = ?", number)
        return true
    }

    /// - Returns: whether none is left.
    private func removeTraces(of experiment: DeletedRecord, _ budget: inout RowBudget) throws -> Bool {
        while budget.rest > 0 {
            let traces = try connection.all(
                "SELECT number, id FROM traces WHERE experiment = ? ORDER BY number LIMIT ?",
                [.integer(experiment.number), .integer(Int64(min(budget.rest, 64)))]
            ) { (number: $0.integer(0), id: $0.text(1)) }
            guard !traces.isEmpty else { return true }
            for list in NumberList.lists(of: traces.map(\.number)) { try deleteTraces(list) }
            for trace in traces { try leaveRemains(experiment.folder(ofTrace: trace.id)) }
            budget.spend(traces.count)
        }
        return false
    }

    private func leaveRemains(of record: DeletedRecord) throws {
        let (run, model) = (record.kind == .run ? record.number : 0, record.kind == .loggedModel ? record.number : 0)
        try leaveRemains(record.ownFolder, run: run, model: model)
    }

    private func leaveRemains(_ folder: ArtifactPath?, run: Int64 = 0, model: Int64 = 0) throws {
        guard run > 0 || model > 0 || folder != nil else { return }
        try connection.execute(
            "INSERT INTO removal_remains (record, model, artifacts) VALUES (?, ?, ?)",
            [.integer(run), .integer(model), .text(folder?.text ?? "")])
    }
}

extension DeletedRecord {
    /// The folder on this server that its artifacts have for themselves, which its identifier tells; `nil` where there is none.
    fileprivate var ownFolder: ArtifactPath? {
        guard let folder else { return nil }
        return (kind == .experiment ? [folder.name] : folder.names).contains(id) ? folder : nil
    }

    fileprivate func folder(ofTrace id: String) -> ArtifactPath? {
        // An identifier that makes no path has no artifacts.
        guard !id.contains("/"), let name = try? ArtifactPath(writing: "traces/\(id)") else { return nil }
        return folder?.appending(name)
    }

    private var folder: ArtifactPath? {
        // What lies elsewhere, and what is no path, is no folder of this server.
        guard RunArtifacts.proxiedSchemes.contains(RunArtifacts.scheme(of: artifacts)) else { return nil }
        return try? RunArtifacts.root(of: artifacts)
    }
}
