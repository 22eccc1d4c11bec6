import Foundation
import MartletCore
import MartletTesting
import Testing

extension Scenarios {
    /// MLflow's Python client logs models, and keeps datasets and webhooks, on `martlet up --home DIR`.
    @Suite struct MLflowLoggedModelsTests {
        private static let scripts = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Scripts")

        /// What the client's script saw.
        private func seen() async throws -> JSONValue {
            try await withTemporaryFolder { folder in
                let command = Command(
                    try MartletBinary.path(),
                    ["up", "--home", "\(folder)/home", "--project", "\(folder)/martlet.yaml", "--tracking-port", "0"],
                    environment: ["COLUMNS": "80"])
                let server = try await RunningServer(command, awaiting: ["listening: http://"])
                defer { server.process.stop() }
                let script = Self.scripts.appending(path: "mlflow_logged_models.py").path
                let result = try await Command(try PythonEnvironment.clients.path(), [script, "\(server.port)"]).run()
                try #require(result.status == 0, "\(result.errors.suffix(4_000))")
                return try JSONValue(parsing: result.output, as: "the output of mlflow_logged_models.py")
            }
        }

        @Test func `MLflow's client sees what MLflow's own server shows of models, datasets and webhooks`() async throws {
            let golden = try Data(contentsOf: Self.scripts.appending(path: "mlflow_logged_models.json"))
            let expected = try JSONValue(parsing: Array(golden), as: "mlflow_logged_models.json")
            let found = try await seen()
            for area in ["models", "searches", "datasets", "webhooks"] {
                let keys = Set(expected[area]?.object?.keys.map(\.self) ?? []).union(found[area]?.object?.keys.map(\.self) ?? [])
                for key in keys.sorted() { #expect(found[area]?[key] == expected[area]?[key], "\(area): \(key)") }
            }
        }
    }
}
