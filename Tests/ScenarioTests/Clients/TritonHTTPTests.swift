import MartletCore
import MartletTesting
import Testing

extension Scenarios {
    /// tritonclient's HTTP client, from PyPI.
    @Suite struct TritonHTTPTests {
        @Test func `tritonclient reads predictions in every form, and everything else it asks for`() async throws {
            try await ServedForest.with { forest in
                let said = try await forest.read(by: "triton_http.py", "small")
                for key in ["live", "ready", "model_ready"] { #expect(said[key] == true, "\(key)") }
                try predictions(said["predictions"])
                descriptions(said)
                try refusals(said["refusals"])
                #expect(said["identifier"] == "order-7")
                #expect(said["unloaded"]?["ready"] == false)
                #expect(said["unloaded"]?["infer"]?["message"]?.string?.contains("small") == true)
                #expect(said["loaded again"]?["ready"] == true)
                #expect(ServedForest.predicts(said["loaded again"]?["predictions"]))
            }
        }

        private func predictions(_ said: JSONValue?) throws {
            let whole = ["binary", "json out", "double", "gzip", "deflate", "no outputs named", "by version"]
            for form in whole { #expect(ServedForest.predicts(said?[form]), "\(form)") }
            for form in ["json", "json in", "gzip of json"] {
                #expect(ServedForest.predicts(said?[form], rows: 3), "\(form)")
            }
            let rows = try #require(said?["async"]?.array)
            for (count, row) in zip(1...4, rows) { #expect(ServedForest.predicts(row, rows: count), "\(count) rows") }
        }

        private func descriptions(_ said: JSONValue) {
            #expect(said["server"]?["name"] == "martlet")
            #expect(said["metadata"]?["inputs"] == [["name": "input", "datatype": "FP32", "shape": [-1, 2]]])
            #expect(said["metadata"]?["outputs"] == [["name": "output", "datatype": "FP64", "shape": [-1]]])
            #expect(said["config"]?["name"] == "small")
            #expect(said["index"]?.array?.first?["state"] == "READY")
            #expect((said["statistics"]?["inference_stats"]?["success"]?["count"]?.int ?? 0) > 10)
            #expect((said["statistics"]?["inference_count"]?.int ?? 0) > 40)
        }

        private func refusals(_ said: JSONValue?) throws {
            let expected = [
                "shape": ("400", "expected FP32 or FP64 of shape [-1, 2]"), "model": ("404", "there is no model 'absent'"),
                "version": ("404", "small"), "output": ("400", "margin"), "load": ("404", "absent"),
            ]
            for (name, (status, text)) in expected {
                #expect(said?[name]?["status"] == .string(status), "\(name): \(String(describing: said?[name]))")
                #expect(said?[name]?["message"]?.string?.contains(text) == true, "\(name): \(String(describing: said?[name]))")
            }
        }
    }
}
