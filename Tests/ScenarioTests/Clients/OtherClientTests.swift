import MartletCore
import MartletTesting
import Testing

extension Scenarios {
    /// KServe's and MLflow's Python clients, and curl.
    @Suite struct OtherClientTests {
        @Test func `KServe's client reads JSON and binary tensors`() async throws {
            try await ServedForest.with { forest in
                let said = try await forest.read(by: "kserve_rest.py", "small")
                for key in ["live", "ready", "model_ready"] { #expect(said[key] == true, "\(key)") }
                for form in ["json", "binary"] {
                    #expect(ServedForest.predicts(said[form]?["output"], rows: 3), "\(form)")
                    #expect(said[form]?["id"] == "order-7", "\(form)")
                }
                #expect(said["refusal"]?["status"] == 404)
                #expect(said["refusal"]?["message"]?.string?.contains("there is no model 'absent'; there are small") == true)
            }
        }

        @Test func `MLflow's scoring client reads the predictions of frames and arrays`() async throws {
            try await ServedForest.with { forest in
                let said = try await forest.read(by: "mlflow_scoring.py")
                #expect(said["ping"] == true)
                #expect(ServedForest.predicts(said["frame"]))
                #expect(ServedForest.predicts(said["other order"]))
                #expect(ServedForest.predicts(said["array"], rows: 3))
                #expect(said["refusal"]?.string?.contains("the model is missing its columns 'a'") == true)
            }
        }

        @Test(arguments: [
            ("application/json", #"{"dataframe_split": {"columns": ["b", "a"], "data": [[0.1, 0.1], [0.9, 0.5]]}}"#),
            ("application/json", #"{"dataframe_records": [{"a": 0.1, "b": 0.1}, {"b": 0.9, "a": 0.5}]}"#),
            ("application/json", #"{"instances": [[0.1, 0.1], [0.5, 0.9]]}"#),
            ("application/json", #"{"inputs": {"a": [0.1, 0.5], "b": [0.1, 0.9]}}"#),
            ("text/csv", "a,b\n0.1,0.1\n0.5,0.9\n"),
        ])
        func `curl reads the predictions of every form of MLflow's protocol`(type: String, body: String) async throws {
            try await ServedForest.with { forest in
                let said = try await curl(forest, "/invocations", "-H", "content-type: \(type)", "--data-binary", body)
                let answer = try JSONValue(parsing: said, as: "curl's output")
                #expect(ServedForest.predicts(answer["predictions"], rows: 2))
            }
        }

        @Test func `curl sends a body in chunks once it is told to go on, and reads a compressed answer`() async throws {
            try await ServedForest.with { forest in
                let rows = Array(repeating: "[0.1, 0.1]", count: 2_000).joined(separator: ",")
                let said = try await curl(
                    forest, "/invocations", "--compressed", "-H", "transfer-encoding: chunked", "-H", "expect: 100-continue",
                    "-H", "content-type: application/json", "--data-binary", #"{"instances": [\#(rows)]}"#)
                let predictions = try JSONValue(parsing: said, as: "curl's output")["predictions"]?.array
                #expect(predictions?.count == 2_000)
                #expect(predictions?.allSatisfy { $0 == predictions?.first } == true)
                #expect(ServedForest.predicts(predictions.map { .array(Array($0.prefix(1))) }, rows: 1))
            }
        }

        private func curl(_ forest: ServedForest, _ path: String, _ words: String...) async throws -> String {
            let address = "http://127.0.0.1:\(forest.server.port)\(path)"
            let result = try await Command("/usr/bin/curl", ["-sS", "--fail-with-body", "--max-time", "60"] + words + [address]).run()
            try #require(result.status == 0, "curl: \(result.errors) \(result.output)")
            return result.output
        }
    }
}
