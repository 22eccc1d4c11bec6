import MartletCore
import MartletStore

/// Runs and their points in tables.
extension TableSource {
    func runs(_ keys: [String]) async throws -> SourceBatch<SourceRun> {
        let list = TextList(keys)
        let sql = """
            SELECT run_uuid, experiment_id, name, user_id, status, start_time, end_time, artifact_uri, lifecycle_stage,
                \(tables.column("runs", "deleted_time"))
            FROM runs WHERE run_uuid IN \(list.sql) ORDER BY run_uuid
            """
        return try await database.read { connection in
            let rows = try connection.found(sql, list, RunRow.init(row:))
            let tags = try connection.texts("tags", "run_uuid", list)
            let parameters = try connection.texts("params", "run_uuid", list)
            let inputs = try self.inputs(list, connection)
            let byKey = Dictionary(rows.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
            return try .reading(.runs, keys) { key in
                guard let row = byKey[key] else { return nil }
                var run = TrackedRun(try row.info(tags[key] ?? []))
                run.tags = tags[key] ?? []
                run.parameters = parameters[key] ?? []
                run.datasets = inputs.datasets[key] ?? []
                run.modelInputs = inputs.models[key] ?? []
                run.modelOutputs = inputs.outputs[key] ?? []
                return SourceRun(
                    run: run, deletedAt: row.deletedAt, artifacts: SourceArtifacts(owner: key, uri: row.artifactURI, folder: nil))
            }
        }
    }

    // MARK: Inputs

    private struct Inputs {
        var datasets: [String: [DatasetInput]] = [:]
        var models: [String: [String]] = [:]
        var outputs: [String: [ModelOutput]] = [:]
    }

    private func inputs(_ list: TextList, _ connection: any SQLConnection) throws -> Inputs {
        var inputs = Inputs()
        guard tables.has("inputs") else { return inputs }
        let tags = """
            SELECT t.input_uuid, t.name, t.value FROM input_tags AS t JOIN inputs AS i ON i.input_uuid = t.input_uuid
            WHERE i.destination_id IN \(list.sql) AND i.destination_type = 'RUN' ORDER BY t.input_uuid, t.name
            """
        var tagged: [String: [KeyedText]] = [:]
        for (input, tag) in try connection.found(tags, list, { ($0.text(0), KeyedText($0.text(1), $0.text(2))) }) {
            tagged[input, default: []].append(tag)
        }
        let datasets = """
            SELECT i.destination_id, i.input_uuid, d.name, d.digest, d.dataset_source_type, d.dataset_source, d.dataset_schema,
                d.dataset_profile
            FROM inputs AS i JOIN datasets AS d ON d.dataset_uuid = i.source_id
            WHERE i.destination_id IN \(list.sql) AND i.destination_type = 'RUN' AND i.source_type = 'DATASET'
            ORDER BY i.destination_id, i.input_uuid
            """
        for (run, dataset) in try connection.found(
            datasets, list, { ($0.text(0), DatasetInput(source: $0, tags: tagged[$0.text(1)] ?? [])) })
        {
            inputs.datasets[run, default: []].append(dataset)
        }
        let models = """
            SELECT source_id, source_type, destination_id, \(tables.column("inputs", "step", else: "0")) FROM inputs
            WHERE source_id IN \(list.sql) AND source_type IN ('RUN_INPUT', 'RUN_OUTPUT') ORDER BY source_id, input_uuid
            """
        let found = try connection.found(models, list) { (run: $0.text(0), type: $0.text(1), model: $0.text(2), step: $0.integer(3)) }
        for link in found where link.type == "RUN_INPUT" { inputs.models[link.run, default: []].append(link.model) }
        for link in found where link.type == "RUN_OUTPUT" {
            inputs.outputs[link.run, default: []].append(ModelOutput(link.model, step: link.step))
        }
        return inputs
    }

    // MARK: Points

    func points(of run: SourceRun, from cursor: PointCursor) async throws -> PointPage {
        let isNaN = "CASE WHEN is_nan THEN 1 ELSE 0 END"
        var values: [SQLValue] = [.text(run.run.info.id)]
        var condition = ""
        if case .row(let last) = cursor {
            condition = "AND (\"key\", step, timestamp, value, \(isNaN)) > (?, ?, ?, ?, ?)"
            values += [.text(last.key)] + MetricPoint(last).values
        }
        let sql = """
            SELECT "key", step, timestamp, value, \(isNaN) FROM metrics WHERE run_uuid = ? \(condition)
            ORDER BY "key", step, timestamp, value, \(isNaN) LIMIT \(ImportLimits.pointCount)
            """
        return try await database.read { [values] connection in
            let points = try connection.all(sql, values) { MetricPoint(row: $0, from: 1).metric($0.text(0)) }
            return PointPage(points: points, next: points.count < ImportLimits.pointCount ? nil : points.last.map(PointCursor.row))
        }
    }
}

/// A row of `runs`.
private struct RunRow: Sendable {
    let id: String
    let experiment: Int64
    let name: String
    let user: String
    let status: String
    let startedAt: Int64
    let endedAt: Int64?
    let artifactURI: String
    let stage: LifecycleStage
    let deletedAt: Int64?

    init(row: any SQLRow) {
        (id, experiment, name, user, status) = (row.text(0), row.integer(1), row.text(2), row.text(3), row.text(4))
        (startedAt, endedAt, artifactURI) = (row.integer(5), row.optionalInteger(6), row.text(7))
        (stage, deletedAt) = (row.text(8).sourceStage, row.optionalInteger(9))
    }

    private static let statuses: [String: TrackedRun.Status] = [
        "RUNNING": .running, "SCHEDULED": .scheduled, "FINISHED": .finished, "FAILED": .failed, "KILLED": .killed,
    ]

    func info(_ tags: [KeyedText]) throws -> TrackedRun.Info {
        guard let status = Self.statuses[status] else {
            throw MartletError(.invalidInput, "the run '\(id)': expected a status such as 'FINISHED', found '\(status.prefix(80))'")
        }
        return TrackedRun.Info(
            id: id, experiment: experiment, name: name.isEmpty ? tags.first { $0.key == TrackingStore.nameTag }?.value ?? "" : name,
            user: user, status: status, startedAt: startedAt, endedAt: endedAt, artifactURI: artifactURI, stage: stage)
    }
}

extension DatasetInput {
    /// Reads the columns behind a run and an input.
    fileprivate init(source row: any SQLRow, tags: [KeyedText]) {
        self.init(
            name: row.text(2), digest: row.text(3), sourceType: row.text(4), source: row.text(5), schema: row.optionalText(6),
            profile: row.optionalText(7), tags: tags)
    }
}
