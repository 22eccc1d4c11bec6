import MartletCore
import MartletStore

/// A database that MLflow's `SqlAlchemyStore` wrote, in SQLite or PostgreSQL.
///
/// Its aspects are `TableSource+Runs`, `+Models`, `+Registry`, `+Traces` and `+Datasets`. Each batch is one state of the database.
final class TableSource: MLflowRecordSource {
    let name: String
    let identity: String
    let folder: String?
    let database: any SQLReadable
    let tables: SourceTables

    /// - Parameter folder: what relative paths of artifacts are relative to.
    /// - Throws: `invalidInput` where it is no database of MLflow's, or of a version that is not known here.
    init(_ database: any SQLReadable, name: String, identity: String, folder: String?) async throws {
        (self.name, self.identity, self.folder, self.database) = (name, identity, folder, database)
        tables = try await database.read { try SourceTables($0, name: name) }
    }

    func close() async throws { try await database.close() }

    // MARK: Keys

    private static func table(of kind: ImportKind) -> (name: String, key: String) {
        switch kind {
        case .experiments: ("experiments", "experiment_id")
        case .runs: ("runs", "run_uuid")
        case .loggedModels: ("logged_models", "model_id")
        case .registeredModels: ("registered_models", "name")
        case .traces: ("trace_info", "request_id")
        case .evaluationDatasets: ("evaluation_datasets", "dataset_id")
        }
    }

    func count(_ kind: ImportKind) async throws -> Int {
        let table = Self.table(of: kind).name
        guard tables.has(table) else { return 0 }
        let sql = "SELECT COUNT(*) FROM \(table) WHERE \(tables.ofDefaultWorkspace(table))"
        return try await database.read { try $0.first(sql) { Int($0.integer(0)) } ?? 0 }
    }

    func keys(_ kind: ImportKind, after key: String?, limit: Int) async throws -> [String] {
        let (table, column) = Self.table(of: kind)
        guard tables.has(table) else { return [] }
        let last = key.map { kind == .experiments ? SQLValue.integer(Int64($0) ?? .max) : .text($0) }
        let sql = """
            SELECT \(column) FROM \(table) WHERE \(tables.ofDefaultWorkspace(table)) \(last == nil ? "" : "AND \(column) > ?")
            ORDER BY \(column) LIMIT ?
            """
        return try await database.read { connection in
            try connection.all(sql, (last.map { [$0] } ?? []) + [.integer(Int64(limit))]) { row in
                kind == .experiments ? String(row.integer(0)) : row.text(0)
            }
        }
    }

    /// Tables of which nothing is brought, and what they hold.
    private static let ignored = [
        ("webhooks", "webhooks (their secrets are encrypted for MLflow's server)"), ("scorers", "scorers"), ("issues", "issues"),
        ("endpoints", "endpoints of the gateway"), ("review_queues", "review queues"), ("label_schemas", "label schemas"),
        ("mcp_servers", "MCP servers"), ("jobs", "jobs"),
    ]

    func leftOut() async throws -> [(what: String, count: Int)] {
        try await database.read { [tables] connection in
            var found: [(what: String, count: Int)] = []
            for (table, what) in Self.ignored where tables.has(table) {
                found.append((what, try connection.first("SELECT COUNT(*) FROM \(table)") { Int($0.integer(0)) } ?? 0))
            }
            for table in ["experiments", "registered_models"] {
                let sql = "SELECT COUNT(*) FROM \(table) WHERE NOT (\(tables.ofDefaultWorkspace(table)))"
                let what = "\(table.replacing("_", with: " ")) of other workspaces than 'default'"
                found.append((what, tables.has(table) ? try connection.first(sql) { Int($0.integer(0)) } ?? 0 : 0))
            }
            return found.filter { $0.count > 0 }
        }
    }

    // MARK: Experiments

    func experiments(_ keys: [String]) async throws -> SourceBatch<Experiment> {
        guard !keys.isEmpty else { return SourceBatch() }
        let list = TextList(keys.compactMap(Int64.init).map(SQLValue.integer))
        let created = tables.column("experiments", "creation_time")
        let sql = """
            SELECT experiment_id, name, artifact_location, lifecycle_stage, \(created),
                COALESCE(\(tables.column("experiments", "last_update_time")), \(created)) FROM experiments
            WHERE experiment_id IN \(list.sql) ORDER BY experiment_id
            """
        return try await database.read { [tables] connection in
            let tags = tables.has("experiment_tags") ? try connection.texts("experiment_tags", "experiment_id", list) : [:]
            let found = try connection.found(sql, list) { row in
                Experiment(
                    id: row.integer(0), name: row.text(1), artifactLocation: row.text(2), stage: row.text(3).sourceStage,
                    createdAt: row.integer(4), updatedAt: row.integer(5), tags: tags[String(row.integer(0))] ?? [])
            }
            return SourceBatch(elements: found)
        }
    }
}

/// Values for `IN (…)`. Texts of any number are bound, so that such statements are not kept.
struct TextList: Sendable {
    let values: [SQLValue]

    init(_ values: [SQLValue]) { self.values = values }

    init(_ texts: [String]) { values = texts.map(SQLValue.text) }

    var sql: String { "(\(NumberList.placeholders(values.count)))" }
}

extension SQLConnection {
    /// What a closure makes of each row of a statement with one list.
    func found<Element>(_ sql: String, _ list: TextList, _ element: (any SQLRow) throws -> Element) throws -> [Element] {
        guard !list.values.isEmpty else { return [] }
        var elements: [Element] = []
        try query(once: sql, list.values) { elements.append(try element($0)) }
        return elements
    }

    /// Texts by their owners: of a table whose columns are a key, a value and an owner.
    func texts(
        _ table: String, _ owner: String, _ list: TextList, key: String = "key", value: String = "value", where condition: String = "1 = 1"
    ) throws -> [String: [KeyedText]] {
        var texts: [String: [KeyedText]] = [:]
        let sql = """
            SELECT CAST("\(owner)" AS TEXT), "\(key)", "\(value)" FROM \(table) WHERE "\(owner)" IN \(list.sql) AND \(condition)
            ORDER BY "\(owner)", "\(key)"
            """
        guard !list.values.isEmpty else { return [:] }
        try query(once: sql, list.values) { texts[$0.text(0), default: []].append(KeyedText($0.text(1), $0.text(2))) }
        return texts
    }
}

extension String {
    /// A stage as MLflow's tables have it; null counts as active.
    var sourceStage: LifecycleStage { self == LifecycleStage.deleted.rawValue ? .deleted : .active }
}
