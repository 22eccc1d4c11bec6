import Foundation
import MartletCore
import MartletTesting
import Testing

extension Scenarios {
    /// MLflow's Python client, and OpenTelemetry's protocol without it, trace against `martlet up --home DIR`.
    @Suite struct MLflowTraceTests {
        private static let scripts = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Scripts")

        private func seen(in folder: String) async throws -> JSONValue {
            let command = Command(
                try MartletBinary.path(),
                ["up", "--home", "\(folder)/home", "--project", "\(folder)/martlet.yaml", "--tracking-port", "0"],
                environment: ["COLUMNS": "80"])
            let server = try await RunningServer(command, awaiting: ["listening: http://"])
            defer { server.process.stop() }
            let script = Self.scripts.appending(path: "mlflow_traces.py").path
            let result = try await Command(try PythonEnvironment.clients.path(), [script, "\(server.port)"]).run()
            try #require(result.status == 0, "\(result.errors.suffix(4_000))")
            return try JSONValue(parsing: result.output, as: "the output of mlflow_traces.py")
        }

        @Test func `MLflow's client sees of traces what MLflow's own server shows`() async throws {
            let golden = try Data(contentsOf: Self.scripts.appending(path: "mlflow_traces.json"))
            let expected = try JSONValue(parsing: Array(golden), as: "mlflow_traces.json")
            try await withTemporaryFolder { folder in
                let found = try await seen(in: folder)
                for (area, members) in (expected.object ?? [:]).sorted(by: { $0.key < $1.key }) {
                    for (key, value) in (members.object ?? [:]).sorted(by: { $0.key < $1.key }) {
                        #expect(found[area]?[key] == value, "\(area): \(key)")
                    }
                }
            }
        }
    }
}
