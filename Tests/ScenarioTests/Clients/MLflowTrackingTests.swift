import Foundation
import MartletCore
import MartletTesting
import Testing

extension Scenarios {
    /// MLflow's Python client tracks against `martlet up --home DIR`.
    @Suite struct MLflowTrackingTests {
        private static let scripts = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Scripts")

        private func withTracking(_ body: (RunningServer, String) async throws -> Void) async throws {
            try await withTemporaryFolder { folder in
                let command = Command(
                    try MartletBinary.path(), ["up", "--home", "\(folder)/home", "--project", "\(folder)/martlet.yaml", "--tracking-port", "0"],
                    environment: ["COLUMNS": "80"])
                let server = try await RunningServer(command, awaiting: ["listening: http://"])
                defer { server.process.stop() }
                try await body(server, folder)
            }
        }

        /// What the client's script saw.
        private func seen(by server: RunningServer) async throws -> JSONValue {
            let script = Self.scripts.appending(path: "mlflow_tracking.py").path
            let result = try await Command(try PythonEnvironment.clients.path(), [script, "\(server.port)"]).run()
            try #require(result.status == 0, "\(result.errors.suffix(4_000))")
            return try JSONValue(parsing: result.output, as: "the output of mlflow_tracking.py")
        }

        @Test func `MLflow's client sees what MLflow's own server shows`() async throws {
            let golden = try Data(contentsOf: Self.scripts.appending(path: "mlflow_tracking.json"))
            let expected = try JSONValue(parsing: Array(golden), as: "mlflow_tracking.json")
            try await withTracking { server, _ in
                let found = try await seen(by: server)
                for area in ["experiments", "runs", "searches"] {
                    let keys = Set(expected[area]?.object?.keys.map(\.self) ?? []).union(found[area]?.object?.keys.map(\.self) ?? [])
                    for key in keys.sorted() { #expect(found[area]?[key] == expected[area]?[key], "\(area): \(key)") }
                }
            }
        }

        @Test func `what was acknowledged is there after the server was killed`() async throws {
            try await withTracking { server, folder in
                let connection = try server.connect()
                defer { connection.close() }
                let created = try connection.send(
                    "POST", "/api/2.0/mlflow/experiments/create", ["name": "kept"], headers: ["content-type": "application/json"])
                try #require(created.status == 200, "\(created.body)")
                server.process.send(SIGKILL)
                _ = try await server.process.end()
                let again = Command(
                    try MartletBinary.path(), ["up", "--home", "\(folder)/home", "--project", "\(folder)/martlet.yaml", "--tracking-port", "0"])
                let second = try await RunningServer(again, awaiting: ["listening: http://"])
                defer { second.process.stop() }
                let found = try second.send("GET", "/api/2.0/mlflow/experiments/get-by-name?experiment_name=kept")
                #expect(found.status == 200)
                #expect(try found.json["experiment"]?["name"] == "kept")
            }
        }
    }
}
