import MartletCore
import MartletStore

/// Logged and registered models in tables.
extension TableSource {
    func loggedModels(_ keys: [String]) async throws -> SourceBatch<SourceLoggedModel> {
        let list = TextList(keys)
        let models = """
            SELECT model_id, experiment_id, name, artifact_location, creation_timestamp_ms, last_updated_timestamp_ms, status,
                lifecycle_stage, model_type, source_run_id FROM logged_models WHERE model_id IN \(list.sql) ORDER BY model_id
            """
        let points = """
            SELECT model_id, metric_name, metric_value, metric_timestamp_ms, metric_step, run_id, dataset_name, dataset_digest
            FROM logged_model_metrics WHERE model_id IN \(list.sql) ORDER BY model_id, metric_name, metric_timestamp_ms, metric_step, run_id
            """
        return try await database.read { connection in
            var found = try connection.found(models, list, LoggedModel.init(source:))
            let tags = try connection.texts("logged_model_tags", "model_id", list, key: "tag_key", value: "tag_value")
            let parameters = try connection.texts("logged_model_params", "model_id", list, key: "param_key", value: "param_value")
            var metrics: [String: [LoggedModelMetric]] = [:]
            for (model, metric) in try connection.found(points, list, { ($0.text(0), LoggedModelMetric(source: $0)) }) {
                metrics[model, default: []].append(metric)
            }
            for place in found.indices {
                let id = found[place].id
                (found[place].tags, found[place].parameters) = (tags[id] ?? [], parameters[id] ?? [])
                found[place].metrics = metrics[id] ?? []
            }
            return SourceBatch(
                elements: found.map {
                    SourceLoggedModel(model: $0, artifacts: SourceArtifacts(owner: $0.id, uri: $0.artifactURI, folder: nil))
                })
        }
    }

    // MARK: Registered models

    func registeredModels(_ keys: [String]) async throws -> SourceBatch<SourceRegisteredModel> {
        let list = TextList(keys)
        let models = """
            SELECT name, description, creation_time, last_updated_time FROM registered_models
            WHERE name IN \(list.sql) AND \(tables.ofDefaultWorkspace("registered_models")) ORDER BY name
            """
        return try await database.read { connection in
            let found = try connection.found(models, list) { row in
                RegisteredModel(
                    name: row.text(0), description: row.optionalText(1), createdAt: row.integer(2),
                    updatedAt: row.optionalInteger(3) ?? row.integer(2))
            }
            let tags = try self.texts("registered_model_tags", "name", list, connection)
            let aliases = try self.aliases(list, connection)
            let versions = try self.versions(list, connection)
            let byKey = Dictionary(found.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
            return try .reading(.registeredModels, keys) { key in
                guard var model = byKey[key] else { return nil }
                model.tags = tags[key] ?? []
                model.aliases = aliases[key] ?? []
                var source = SourceRegisteredModel(model: model)
                for version in versions[key] ?? [] { try version.add(to: &source) }
                return source
            }
        }
    }

    private func texts(
        _ table: String, _ owner: String, _ list: TextList, _ connection: any SQLConnection
    ) throws -> [String: [KeyedText]] {
        tables.has(table) ? try connection.texts(table, owner, list, where: tables.ofDefaultWorkspace(table)) : [:]
    }

    private func aliases(_ list: TextList, _ connection: any SQLConnection) throws -> [String: [ModelAlias]] {
        let table = "registered_model_aliases"
        guard tables.has(table) else { return [:] }
        let sql =
            """
            SELECT name, alias, version FROM \(table) WHERE name IN \(list.sql) AND \(tables.ofDefaultWorkspace(table))
            ORDER BY name, alias
            """
        let found = try connection.found(sql, list) { ($0.text(0), ModelAlias($0.text(1), version: $0.integer(2))) }
        return Dictionary(grouping: found, by: \.0).mapValues { $0.map(\.1) }
    }

    private func versions(_ list: TextList, _ connection: any SQLConnection) throws -> [String: [VersionSourceRow]] {
        let tagTable = "model_version_tags"
        var tags: [String: [Int64: [KeyedText]]] = [:]
        if tables.has(tagTable) {
            let sql = """
                SELECT name, version, "key", value FROM \(tagTable) WHERE name IN \(list.sql) AND \(tables.ofDefaultWorkspace(tagTable))
                ORDER BY name, version, "key"
                """
            for (name, version, tag) in try connection.found(sql, list, { ($0.text(0), $0.integer(1), KeyedText($0.text(2), $0.text(3))) })
            {
                tags[name, default: [:]][version, default: []].append(tag)
            }
        }
        let columns = ["run_link", "storage_location"].map { tables.column("model_versions", $0) }.joined(separator: ", ")
        let sql = """
            SELECT name, version, creation_time, last_updated_time, description, current_stage, source, run_id, \(columns)
            FROM model_versions WHERE name IN \(list.sql) AND \(tables.ofDefaultWorkspace("model_versions")) ORDER BY name, version
            """
        let found = try connection.found(sql, list) { row in
            VersionSourceRow(row: row, tags: tags[row.text(0)]?[row.integer(1)] ?? [])
        }
        return Dictionary(grouping: found, by: \.name)
    }
}

/// A row of `model_versions`.
private struct VersionSourceRow: Sendable {
    let name: String
    private let stage: String
    private let storage: String?
    private var version: ModelVersion

    init(row: any SQLRow, tags: [KeyedText]) {
        name = row.text(0)
        stage = row.optionalText(5) ?? ModelStage.unstaged.name
        storage = row.optionalText(9)
        version = ModelVersion(
            model: name, version: row.integer(1), createdAt: row.integer(2), updatedAt: row.optionalInteger(3) ?? row.integer(2),
            description: row.optionalText(4), stage: .unstaged, source: row.text(6), run: row.optionalText(7), runLink: row.text(8))
        version.tags = tags
    }

    func add(to source: inout SourceRegisteredModel) throws {
        guard (1..<Int64(Int32.max)).contains(version.version) else {
            throw MartletError(.invalidInput, "'\(name)': expected the number of a version, found \(version.version)")
        }
        source.versionCount = max(source.versionCount, version.version)
        guard stage != FileSource.deletedStage else { return source.deletedCount += 1 }
        var own = version
        own.stage = try stage.modelStage("version \(version.version) of '\(name)'")
        source.versions.append(SourceRegisteredModel.Version(version: own, storage: storage, loggedModel: nil))
    }
}

extension LoggedModel {
    fileprivate init(source row: any SQLRow) {
        self.init(
            id: row.text(0), experiment: row.integer(1), name: row.text(2), artifactURI: row.text(3), createdAt: row.integer(4),
            updatedAt: row.integer(5), status: Status(rawValue: Int(truncatingIfNeeded: row.integer(6))) ?? .unspecified,
            stage: row.text(7).sourceStage, type: row.text(8), sourceRun: row.text(9))
    }
}

extension LoggedModelMetric {
    fileprivate init(source row: any SQLRow) {
        self.init(
            LoggedMetric(row.text(1), row.isNull(2) ? .nan : row.real(2), at: row.integer(3), step: row.integer(4)), run: row.text(5),
            dataset: Dataset(name: row.optionalText(6), digest: row.optionalText(7)))
    }
}
