import MartletCore
import MartletStore

/// Experiments keep their identifiers where those are free.
extension ImportRun {
    /// - Throws: `conflict` with all names that mean something else here.
    func refuseConflicts() async throws {
        var conflicts: [String] = []
        try await each(.experiments) { keys in
            let batch = try await source.experiments(keys)
            conflicts += try await read { session, marks in try batch.elements.compactMap { try session.conflict(with: $0, marks) } }
        }
        try await each(.registeredModels) { keys in
            let batch = try await source.registeredModels(keys)
            conflicts += try await read { session, marks in try batch.elements.compactMap { try session.conflict(with: $0, marks) } }
        }
        guard !conflicts.isEmpty else { return }
        let more = conflicts.count > 5 ? ", and \(conflicts.count - 5) more" : ""
        throw MartletError(
            .conflict, "\(conflicts.prefix(5).joined(separator: "; "))\(more); rename one of each two, and call again: nothing was brought")
    }

    private func each(_ kind: ImportKind, _ body: ([String]) async throws -> Void) async throws {
        var last: String?
        while true {
            let keys = try await source.keys(kind, after: last, limit: ImportLimits.batchCount)
            guard let next = keys.last else { return }
            try await body(keys)
            last = next
        }
    }

    mutating func bringExperiments(_ keys: FreshKeys) async throws {
        let batch = try await source.experiments(keys.records)
        leaveOut(.experiments, batch.flaws)
        let (root, now, isDry) = (tracking.options.artifactRoot, tracking.now, isDry)
        let bring: @Sendable (TrackingSession, ImportMarks) throws -> [BroughtExperiment] = { session, marks in
            let brought = try batch.elements.map { experiment in
                let plan = try session.plan(for: experiment)
                let id = isDry ? plan.dryID(experiment.id) : try session.bring(experiment, plan, root: root, now: now)
                if !isDry {
                    let mark = ImportMark(origin: experiment.artifactLocation, target: String(id))
                    try marks.set(mark, ImportKind.experiments.mark, String(experiment.id))
                }
                return BroughtExperiment(experiment: experiment, id: id, isNew: plan.isNew)
            }
            if !isDry, !brought.isEmpty { try session.passExperimentNumbers() }
            return brought
        }
        let brought = isDry ? try await read(bring) : try await write(bring)
        for one in brought {
            experiments[one.experiment.id] = one.id
            report[ImportKind.experiments.rawValue].brought += one.isNew ? 1 : 0
            report[ImportKind.experiments.rawValue].present += one.isNew ? 0 : 1
            if one.id != one.experiment.id { report.note("experiments whose identifier was taken and is another one here") }
            if one.isNew, ArtifactPlace.isKept(one.experiment.artifactLocation) {
                report.note("experiments whose artifacts stay where they are")
            }
        }
    }

    /// The experiment here. - Returns: `nil` where it was not brought.
    mutating func target(of experiment: Int64) async throws -> Int64? {
        if let known = experiments[experiment] { return known }
        let mark = try await read { _, marks in try marks.mark(ImportKind.experiments.mark, String(experiment)) }
        guard let id = mark.flatMap({ Int64($0.target) }) else { return nil }
        experiments[experiment] = id
        return id
    }

    /// Records by whether their experiments are here; the others become flaws.
    mutating func withExperiments<Element: Sendable>(
        _ kind: ImportKind, _ elements: [Element], _ experiment: (Element) -> Int64, _ key: (Element) -> String
    ) async throws -> [(element: Element, experiment: Int64)] {
        var known: [(element: Element, experiment: Int64)] = []
        for element in elements {
            if let id = try await target(of: experiment(element)) {
                known.append((element, id))
            } else {
                let reason = "its experiment \(experiment(element)) is not in the source, or was left out"
                leaveOut(kind, [ImportFlaw(kind: kind, key: key(element), reason: reason)])
            }
        }
        return known
    }
}

private struct BroughtExperiment: Sendable {
    let experiment: Experiment
    let id: Int64
    let isNew: Bool
}

/// What becomes of an experiment.
enum ExperimentPlan: Sendable {
    case keep
    /// Its identifier is taken, or too large.
    case number
    /// It is here, under the same identifier and name.
    case join
    /// It takes the place of the experiment 0 that every home has, and in which nothing was logged.
    case replace

    var isNew: Bool { if case .join = self { false } else { true } }

    /// Which identifier it would have; the next free one is not known before.
    func dryID(_ id: Int64) -> Int64 { if case .number = self { -1 } else { id } }
}

// MARK: - Within a read or write

extension TrackingSession {
    fileprivate func conflict(with experiment: Experiment, _ marks: ImportMarks) throws -> String? {
        guard try marks.mark(ImportKind.experiments.mark, String(experiment.id)) == nil else { return nil }
        let sql = "SELECT id FROM tracked_experiments WHERE name = ?"
        guard let id = try connection.first(sql, [.text(experiment.name)], { $0.integer(0) }), id != experiment.id else { return nil }
        return "the home has an experiment '\(experiment.name)' with the identifier \(id), the source with \(experiment.id)"
    }

    fileprivate func plan(for experiment: Experiment) throws -> ExperimentPlan {
        guard experiment.id <= ImportLimits.experimentIDMax else { return .number }
        let known = try experiments("WHERE id = ?", [.integer(experiment.id)]).first
        guard let known else { return .keep }
        let isUntouched = try known.id == 0 && known.name == "Default" && known.tags.isEmpty && !holdsAnything(0)
        if isUntouched { return .replace }
        return known.name.utf8.elementsEqual(experiment.name.utf8) ? .join : .number
    }

    private func holdsAnything(_ experiment: Int64) throws -> Bool {
        let places: [(table: String, value: SQLValue)] = [
            ("tracked_runs", .integer(experiment)), ("logged_models", .integer(experiment)), ("traces", .integer(experiment)),
            ("evaluation_dataset_experiments", .text(String(experiment))),
        ]
        return try places.contains { place in
            try connection.exists("SELECT 1 FROM \(place.table) WHERE experiment = ? LIMIT 1", [place.value])
        }
    }

    /// - Returns: the experiment's identifier here.
    fileprivate func bring(_ experiment: Experiment, _ plan: ExperimentPlan, root: String, now: Int64) throws -> Int64 {
        let kept = ArtifactPlace.isKept(experiment.artifactLocation) ? experiment.artifactLocation : nil
        var id = experiment.id
        switch plan {
        case .join: break
        case .replace: try change(experiment, kept)
        case .keep:
            try connection.execute(
                "INSERT INTO tracked_experiments (id, name, artifact_location, stage, created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?)",
                [.integer(id), .text(experiment.name), .text(kept ?? ExperimentPlace.location(of: id, root: root))] + experiment.rest)
        case .number:
            id = try createExperiment(name: experiment.name, location: kept, root: root, tags: [], at: now)
            try connection.execute(
                "UPDATE tracked_experiments SET stage = ?, created_at = ?, updated_at = ? WHERE id = ?", experiment.rest + [.integer(id)])
        }
        for tag in experiment.tags {
            try connection.execute(
                "INSERT INTO tracked_experiment_tags (experiment, key, value) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
                [.integer(id), .text(tag.key), .text(tag.value)])
        }
        return id
    }

    private func change(_ experiment: Experiment, _ location: String?) throws {
        try connection.execute(
            """
            UPDATE tracked_experiments SET name = ?, artifact_location = COALESCE(?, artifact_location), stage = ?, created_at = ?,
                updated_at = ? WHERE id = ?
            """,
            [.text(experiment.name), .optional(location)] + experiment.rest + [.integer(experiment.id)])
    }

    /// Identifiers that PostgreSQL gives next come behind all that there are; SQLite sees to that itself.
    fileprivate func passExperimentNumbers() throws {
        guard connection.dialect == .postgresql else { return }
        try connection.query(
            "SELECT setval(pg_get_serial_sequence('tracked_experiments', 'id'), GREATEST(MAX(id), 1)) FROM tracked_experiments", []
        ) { _ in }
    }
}

extension Experiment {
    fileprivate var rest: [SQLValue] { [.stage(stage), .integer(createdAt), .integer(updatedAt)] }
}
