import Foundation
import MartletCore
import MartletTesting
import Testing

extension Scenarios {
    /// MLflow's Python client keeps artifacts in `martlet up --home DIR`.
    @Suite struct MLflowArtifactsTests {
        private static let scripts = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Scripts")
        private static let files = "/api/2.0/mlflow-artifacts/artifacts"

        private func command(_ folder: String) throws -> Command {
            Command(
                try MartletBinary.path(),
                ["up", "--home", "\(folder)/home", "--project", "\(folder)/martlet.yaml", "--tracking-port", "0"],
                environment: ["COLUMNS": "80"])
        }

        private func withTracking(_ body: (RunningServer, String) async throws -> Void) async throws {
            try await withTemporaryFolder { folder in
                let server = try await RunningServer(try command(folder), awaiting: ["listening: http://"])
                defer { server.process.stop() }
                try await body(server, folder)
            }
        }

        /// What the client's script saw.
        private func seen(by server: RunningServer) async throws -> JSONValue {
            let script = Self.scripts.appending(path: "mlflow_artifacts.py").path
            let result = try await Command(try PythonEnvironment.clients.path(), [script, "\(server.port)"]).run()
            try #require(result.status == 0, "\(result.errors.suffix(4_000))")
            return try JSONValue(parsing: result.output, as: "the output of mlflow_artifacts.py")
        }

        @Test func `MLflow's client sees what MLflow's own server shows`() async throws {
            let golden = try Data(contentsOf: Self.scripts.appending(path: "mlflow_artifacts.json"))
            let expected = try JSONValue(parsing: Array(golden), as: "mlflow_artifacts.json")
            try await withTracking { server, folder in
                let found = try await seen(by: server)
                for area in ["kept", "large", "raw", "refusals"] {
                    let keys = Set(expected[area]?.object?.keys.map(\.self) ?? []).union(found[area]?.object?.keys.map(\.self) ?? [])
                    for key in keys.sorted() { #expect(found[area]?[key] == expected[area]?[key], "\(area): \(key)") }
                }
                let underWay = try FileManager.default.contentsOfDirectory(atPath: "\(folder)/home/temporary")
                #expect(underWay.isEmpty)
            }
        }

        @Test func `an artifact that was acknowledged is there after the server was killed`() async throws {
            try await withTracking { server, folder in
                let connection = try server.connect()
                defer { connection.close() }
                let put = try connection.send("PUT", "\(Self.files)/a/kept.json", ["kept": true])
                try #require(put.status == 200, "\(put.body)")
                server.process.send(SIGKILL)
                _ = try await server.process.end()
                let second = try await RunningServer(try command(folder), awaiting: ["listening: http://"])
                defer { second.process.stop() }
                let found = try second.send("GET", "\(Self.files)/a/kept.json")
                #expect(found.status == 200)
                #expect(try found.json["kept"] == true)
            }
        }
    }
}
