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

    var path: String { "\(folder)/home" }

    /// Lends an empty home. - Parameter database: the URL of its database; without one it is a file.
    static func with(database: String? = nil, _ body: (TrackingHome) async throws -> Void) async throws {
        try await withTemporaryFolder { try await body(TrackingHome(folder: $0, database: database)) }
    }

    /// A command on the home.
    func command(_ words: [String]) throws -> Command {
        let environment = ["COLUMNS": "80", "MARTLET_HOME": "", "MARTLET_DATABASE_URL": database ?? ""]
        return Command(try MartletBinary.path(), words + ["--home", path], environment: environment)
    }

    /// Runs a body with a server, and ends that.
    @discardableResult
    func serving<Result>(_ body: (RunningServer) async throws -> Result) async throws -> Result {
        let up = try command(["up", "--project", "\(folder)/martlet.yaml", "--tracking-port", "0"])
        let server = try await RunningServer(up, awaiting: ["listening: http://"])
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
