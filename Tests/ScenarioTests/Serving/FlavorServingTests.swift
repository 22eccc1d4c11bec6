import Foundation
import MartletCore
import MartletTesting
import Testing

extension Scenarios {
    /// Folders as MLflow writes them, served by processes of Python.
    @Suite struct FlavorServingTests {
        private static let description = #"""
            flavors:
              python_function:
                loader_module: lengths
                code: code
            mlflow_version: 3.17.2
            signature:
              inputs: '[{"type": "string", "name": "text"}, {"type": "long", "name": "number"}]'
              outputs: '[{"type": "long"}]'
            """#
        private static let code = """
            import os


            class Lengths:
                def predict(self, data, params=None):
                    if data["text"].iloc[0] == "pid":
                        return [os.getpid()]
                    return data["text"].str.len() * data["number"]


            def _load_pyfunc(path):
                return Lengths()
            """

        private func withServer<Answer>(_ body: (ServedModels) async throws -> Answer) async throws -> Answer {
            try await withTemporaryFolder { folder in
                try FileManager.default.createDirectory(atPath: "\(folder)/code", withIntermediateDirectories: true)
                let settings = "python_environment: \(try PythonEnvironment.clients.path())\nstart_seconds: 300"
                for (name, text) in ["MLmodel": Self.description, "code/lengths.py": Self.code, "model.yaml": settings] {
                    try Data(text.utf8).write(to: URL(filePath: "\(folder)/\(name)"))
                }
                return try await ServedModels.with(["lengths=\(folder)"], body)
            }
        }

        @Test func `texts and numbers are predicted for in every form that MLflow's clients send`() async throws {
            let bodies: [JSONValue] = [
                ["dataframe_split": ["columns": ["number", "text"], "data": [[2, "abc"], [1, "Größe"]]]],
                ["dataframe_records": [["text": "abc", "number": 2], ["text": "Größe", "number": 1]]],
                ["inputs": ["text": ["abc", "Größe"], "number": [2, 1]]],
            ]
            try await withServer { server in
                for body in bodies {
                    let answer = try server.send("POST", "/invocations", body)
                    #expect(answer.status == 200 && answer.body == #"{"predictions":[6,5]}"#, "\(answer.body)")
                }
                let described = try server.send("GET", "/v2/models/lengths")
                #expect(try described.json["platform"] == "mlflow_python", "\(described.body)")
                let refused = try server.send("POST", "/invocations", ["dataframe_records": [["text": "abc"]]])
                #expect(refused.status == 400 && refused.body.contains("'number'"), "\(refused.body)")
            }
        }

        @Test func `the processes of a server that is killed end with it`() async throws {
            let pid = try await withServer { server in
                let answer = try server.send("POST", "/invocations", ["inputs": ["text": ["pid"], "number": [1]]])
                let pid = try #require(try answer.json["predictions"]?.array?.first?.int, "\(answer.body)")
                // Not its group: what it started has to see by itself that it is gone.
                server.process.send(SIGKILL)
                return pid
            }
            try await waitUntil("process \(pid) ends") {
                guard let text = FileManager.default.contents(atPath: "/proc/\(pid)/stat") else { return true }
                return String(decoding: text, as: UTF8.self).contains(") Z ")
            }
        }
    }
}
