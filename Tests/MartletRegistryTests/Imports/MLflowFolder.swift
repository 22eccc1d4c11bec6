import Foundation
import MartletCore
import MartletRegistry
import MartletStore
import MartletTesting

/// A folder as MLflow's `FileStore` writes it, and homes that it is brought into.
struct MLflowFolder: Sendable {
    let folder: String

    var path: String { "\(folder)/mlruns" }

    /// Lends an empty one.
    static func with(_ body: (MLflowFolder) async throws -> Void) async throws {
        try await withTemporaryFolder { try await body(MLflowFolder(folder: $0)) }
    }

    /// Writes a file, and the folders that it is in.
    func write(_ name: String, _ text: String) throws { try write(name, Data(text.utf8)) }

    func write(_ name: String, _ bytes: Data) throws {
        let url = URL(filePath: "\(path)/\(name)")
        try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try bytes.write(to: url)
    }

    func experiment(_ id: String, _ name: String, stage: String = "active") throws {
        let place = stage == "deleted" ? ".trash/\(id)" : id
        try write(
            "\(place)/meta.yaml",
            """
            artifact_location: file://\(path)/\(id)
            creation_time: 10
            experiment_id: '\(id)'
            last_update_time: 20
            lifecycle_stage: \(stage)
            name: \(name)
            """)
    }

    /// A run of 32 digits. - Parameter uri: of its artifacts; where they lie beside it unless another is told.
    func run(_ digit: Int, in experiment: String = "5", uri: String? = nil) throws {
        let id = Self.id(digit)
        try write(
            "\(experiment)/\(id)/meta.yaml",
            """
            artifact_uri: \(uri ?? "file://\(path)/\(experiment)/\(id)/artifacts")
            end_time: 200
            experiment_id: '\(experiment)'
            lifecycle_stage: active
            run_id: \(id)
            run_name: run \(digit)
            start_time: 100
            status: 3
            user_id: ann
            """)
        try write("\(experiment)/\(id)/params/a/b", "1")
        try write("\(experiment)/\(id)/tags/mlflow.runName", "run \(digit)")
        try write("\(experiment)/\(id)/metrics/loss", "3 0.5 1\n2 0.75 0\n3 0.5 1\n4 nan 2\n")
        if uri == nil { try write("\(experiment)/\(id)/artifacts/model/file \(digit).txt", "content \(digit % 2)") }
    }

    func registeredModel() throws {
        try write("models/price/meta.yaml", "creation_timestamp: 30\nlast_updated_timestamp: 40\nname: price\ndescription: what it costs\n")
        try write("models/price/aliases/champion", "2")
        for version in 1...3 {
            try write(
                "models/price/version-\(version)/meta.yaml",
                """
                creation_timestamp: \(version)
                current_stage: \(version == 3 ? "Deleted_Internal" : "None")
                last_updated_timestamp: \(version)
                run_id: \(Self.id(1))
                source: file://\(path)/5/\(Self.id(1))/artifacts/model
                storage_location: file://\(path)/5/\(Self.id(1))/artifacts/model
                version: \(version)
                """)
        }
    }

    /// Three experiments, some runs with artifacts, and a registered model.
    func fill(runs: Int = 4) throws {
        try experiment("0", "Default")
        try experiment("5", "five")
        try experiment("7", "gone", stage: "deleted")
        for digit in 1...runs { try run(digit) }
        try registeredModel()
    }

    static func id(_ digit: Int) -> String { String(repeating: "0", count: 31) + String(digit, radix: 16) }
}

/// A home that something is brought into.
struct ImportHome: Sendable {
    let home: Home
    let database: any SQLDatabase

    static func with(_ kind: DatabaseKind = .sqlite, _ body: (ImportHome) async throws -> Void) async throws {
        try await withTemporaryFolder { folder in
            let home = Home(path: "\(folder)/home")
            try home.prepare()
            try await kind.withDatabase { try await body(ImportHome(home: home, database: $0)) }
        }
    }

    func bring(
        _ source: String, database: (any SQLDatabase)? = nil, artifactsFrom: String? = nil, isDry: Bool = false
    ) async throws -> ImportReport {
        let source = try await SourceOpening.open(source)
        let database = database ?? self.database
        let artifacts = try await ArtifactStore(self.database, home: home)
        return try await MLflowImport(source, into: database, artifacts: artifacts, artifactsFrom: artifactsFrom).run(isDry: isDry)
    }

    /// The content of an artifact by its path.
    func artifact(_ path: String) async throws -> String? {
        let store = try await ArtifactStore(database, home: home)
        guard let opened = try await store.open(try ArtifactPath(reading: path)) else { return nil }
        return String(decoding: try await opened.bytes(sizeMaxBytes: 1 << 20), as: UTF8.self)
    }

    /// All rows of the tables that records are in, as texts, apart from numbers that the database gives.
    func rows() async throws -> [String] {
        try await database.read { connection in
            try [
                "SELECT id || name || artifact_location || created_at FROM tracked_experiments ORDER BY id",
                "SELECT id || name || status || artifact_uri || started_at FROM tracked_runs ORDER BY id",
                """
                SELECT r.id || k.name || m.step || '/' || m.at || '/' || m.value || '/' || m.past_count || '/' || m.late_count
                FROM latest_metrics AS m JOIN tracked_runs AS r ON r.number = m.run JOIN tracking_keys AS k ON k.number = m.key
                ORDER BY r.id, k.name
                """,
                "SELECT r.id || p.value FROM tracked_run_parameters AS p JOIN tracked_runs AS r ON r.number = p.run ORDER BY r.id",
                "SELECT version || source || stage FROM model_versions ORDER BY version",
                "SELECT alias FROM registered_model_aliases ORDER BY alias",
                "SELECT kind || COALESCE(present, '') FROM model_history ORDER BY number",
                "SELECT folder || '/' || name || digest FROM artifact_files ORDER BY folder, name",
                "SELECT kind || key || target || is_done FROM imports ORDER BY kind, key",
            ].flatMap { try connection.all($0) { $0.text(0) } }
        }
    }
}

/// A database of which one write fails as if the process had ended before it.
final class EndingDatabase: SQLDatabase {
    struct End: Error {}

    private let database: any SQLDatabase
    private let writes: Countdown

    /// - Parameter writeCount: how many writes are made before the end.
    init(_ database: any SQLDatabase, after writeCount: Int) {
        self.database = database
        writes = Countdown(writeCount)
    }

    var dialect: SQLDialect { database.dialect }
    var waitingWriteCount: Int { database.waitingWriteCount }

    func read<Value: Sendable>(_ body: @escaping @Sendable (any SQLConnection) throws -> Value) async throws -> Value {
        try await database.read(body)
    }

    func write<Value: Sendable>(_ body: @escaping @Sendable (any SQLConnection) throws -> Value) async throws -> Value {
        guard writes.take() else { throw End() }
        return try await database.write(body)
    }

    func close() async throws {}
}
