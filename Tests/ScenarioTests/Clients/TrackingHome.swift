import Foundation
import MartletCore
import MartletTesting
import Testing

/// A home without a project, and servers of tracking on it.
struct TrackingHome: Sendable {
    private static let scripts = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Scripts")

    /// Where it is; also the parent of a folder that may be used.
    let folder: String
    private let database: String?
    private let environment: [String: String]

    private init(folder: String, database: String?, environment: [String: String]) {
        self.folder = folder
        self.database = database
        self.environment = environment
    }

    /// The same home in other surroundings.
    init(_ home: TrackingHome, environment: [String: String]) {
        self.init(folder: home.folder, database: home.database, environment: home.environment.merging(environment) { $1 })
    }

    var path: String { "\(folder)/home" }

    /// Lends an empty home.
    /// - Parameters:
    ///   - database: the URL of its database; without one it is a file.
    ///   - environment: of all commands on it.
    static func with(
        database: String? = nil, environment: [String: String] = [:], _ body: (TrackingHome) async throws -> Void
    ) async throws {
        try await withTemporaryFolder { try await body(TrackingHome(folder: $0, database: database, environment: environment)) }
    }

    /// A command on the home.
    func command(_ words: [String]) throws -> Command {
        let environment = ["COLUMNS": "80", "MARTLET_HOME": "", "MARTLET_DATABASE_URL": database ?? ""]
        return Command(try MartletBinary.path(), words + ["--home", path], environment: environment.merging(self.environment) { $1 })
    }

    /// Runs a body with a server, and ends that.
    @discardableResult
    func serving<Result>(
        _ words: [String] = [], awaiting line: String = "listening: http://", _ body: (RunningServer) async throws -> Result
    ) async throws -> Result {
        let up = try command(["up", "--project", "\(folder)/martlet.yaml", "--tracking-port", "0", "--port", "0"] + words)
        let server = try await RunningServer(up, awaiting: [line])
        defer { server.process.stop() }
        return try await body(server)
    }

    /// Runs a client's script against a server. - Returns: what it saw.
    func seen(
        by script: String, _ server: RunningServer, with python: PythonEnvironment = .clients, environment: [String: String] = [:]
    ) async throws -> JSONValue {
        let words = [Self.scripts.appending(path: script).path, "\(server.port)"]
        let result = try await Command(try python.path(), words, environment: environment).run()
        try #require(result.status == 0, "\(result.errors.suffix(4_000))")
        return try JSONValue(parsing: result.output, as: "the output of \(script)")
    }

    /// What MLflow's own server showed to a script.
    static func recorded(_ script: String) throws -> JSONValue {
        let golden = try Data(contentsOf: scripts.appending(path: script + ".json"))
        return try JSONValue(parsing: Array(golden), as: "\(script).json")
    }
}
