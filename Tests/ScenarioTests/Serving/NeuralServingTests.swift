import Foundation
import MartletCore
import MartletTesting
import Testing

extension Scenarios {
    @Suite struct NeuralServingTests {
        /// A row for the small forest of `ScoringPlace`, whose answer is 2.0792877174207929 + 0.10410039156143154 by hand.
        private static let row: JSONValue = ["inputs": [["name": "input", "datatype": "FP64", "shape": [1, 2], "data": [0.9, 0.9]]]]

        private func expectForest(_ server: ServedModels) throws {
            let answer = try server.send("POST", "/v2/models/model/infer", Self.row)
            #expect(answer.status == 200)
            let found = try answer.json["outputs"]?.array?.first?["data"]?.array?.first?.double
            #expect(abs((found ?? 0) - 2.18338810898222444) < 1e-12, "\(answer.body)")
        }

        @Test func `texts of every length get the reference's vectors, alone, together and at the same time`() async throws {
            let sentences = try ReferenceSentence.all()
            let lengths = sentences.map(\.text.count)
            try #require(lengths.min() == 0 && (lengths.max() ?? 0) > 8_000)
            try await ServedModels.with([try ReferenceSentence.miniLM()]) { server in
                for (sentence, vector) in zip(sentences, try server.embeddings(of: sentences.map(\.text))) {
                    #expect(sentence.cosine(vector) > 0.9999, "\(sentence.text.prefix(60))")
                }
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for sentence in sentences {
                        group.addTask {
                            let vector = try server.embeddings(of: [sentence.text])[0]
                            #expect(sentence.cosine(vector) > 0.9999, "\(sentence.text.prefix(60))")
                        }
                    }
                    try await group.waitForAll()
                }
            }
        }

        @Test func `MLflow's clients get vectors as well, in every form of texts`() async throws {
            let sentences = try ReferenceSentence.all().filter { $0.text.hasPrefix("A ") }
            let texts = sentences.map { JSONValue.string($0.text) }
            let bodies: [JSONValue] = [
                ["inputs": .array(texts)], ["inputs": ["text": .array(texts)]], ["instances": .array(texts)],
                ["dataframe_split": ["columns": ["text"], "data": .array(texts.map { [$0] })]],
                ["dataframe_records": .array(texts.map { ["text": $0] })],
            ]
            try await ServedModels.with([try ReferenceSentence.miniLM()]) { server in
                for body in bodies {
                    let answer = try server.send("POST", "/invocations", body)
                    #expect(answer.status == 200, "\(answer.body.prefix(300))")
                    let rows = try #require(try answer.json["predictions"]?.array, "\(answer.body.prefix(300))")
                    #expect(rows.count == sentences.count)
                    for (sentence, row) in zip(sentences, rows) {
                        let vector = try #require(row.array).compactMap(\.double)
                        #expect(sentence.cosine(vector) > 0.9999)
                    }
                }
            }
        }

        @Test func `what is no text is refused by name`() async throws {
            try await ServedModels.with(["s=\(ReferenceSentence.model("sentences"))"]) { server in
                let number: JSONValue = ["inputs": [["name": "text", "datatype": "INT64", "shape": [1], "data": [1]]]]
                let answer = try server.send("POST", "/v2/models/s/infer", number)
                #expect(answer.status == 400 && answer.body.contains("input 'text': expected BYTES of shape [-1], found INT64"))
                let none = try server.send(
                    "POST", "/v2/models/s/infer", ["inputs": [["name": "text", "datatype": "BYTES", "shape": [0], "data": []]]])
                #expect(none.status == 400 && none.body.contains("expected at least one row"))
            }
        }

        @Test func `a forest and a neural net live in one process, and one goes and comes back without the other's notice`() async throws {
            try await ScoringPlace.with(rowCount: 1) { place in
                try await ServedModels.with([place.file("model.txt"), "net=\(ReferenceSentence.model("dense.onnx"))"]) { server in
                    let zeros = JSONValue.array(Array(repeating: 0, count: 64))
                    let request: JSONValue = ["inputs": [["name": "x", "datatype": "FP32", "shape": [2, 32], "data": zeros]]]
                    try expectForest(server)
                    let answer = try server.send("POST", "/v2/models/net/infer", request)
                    let data = try #require(try answer.json["outputs"]?.array?.first?["data"]?.array, "\(answer.body)")
                    #expect(data.count == 64 && data.allSatisfy { $0.double == 0 }, "tanh of nothing is nothing")
                    #expect(try server.send("POST", "/v2/repository/models/net/unload").status == 200)
                    #expect(try server.send("POST", "/v2/models/net/infer", request).status == 503)
                    try expectForest(server)
                    #expect(try server.send("POST", "/v2/repository/models/net/load").status == 200)
                    #expect(try server.send("POST", "/v2/models/net/infer", request).status == 200)
                    #expect(server.process.errors.contains("loaded: net version 1 (openvino, f32, 1 thread)"))
                }
            }
        }

        @Test func `without OpenVINO the neural net says what brings it, and the rest is served`() async throws {
            try await ScoringPlace.with(rowCount: 1) { place in
                let words = [place.file("model.txt"), "net=\(ReferenceSentence.model("dense.onnx"))"]
                try await ServedModels.with(words, environment: ["MARTLET_NATIVE_DIR": place.folder]) { server in
                    try expectForest(server)
                    let index = try server.send("POST", "/v2/repository/index", [:]).json.array
                    let net = try #require(index?.first { $0["name"] == "net" })
                    #expect(net["state"] == "UNAVAILABLE")
                    #expect(net["reason"]?.string?.contains("scripts/setup --neural") == true, "\(net)")
                    let answer = try server.send("POST", "/v2/models/net/infer", ["inputs": []])
                    #expect(answer.status == 503 && answer.body.contains("scripts/setup --neural"), "\(answer.body)")
                    #expect(server.process.errors.contains("fault: net is not served: openvino/libopenvino_c.so is not in"))
                }
            }
        }

        @Test func `a repository's newest version answers in the precision that it says, and a broken one leaves it`() async throws {
            try await withTemporaryFolder { folder in
                let files = FileManager.default
                func version(_ number: Int, _ file: String, _ settings: String) throws {
                    let path = "\(folder)/net/\(number)"
                    try files.createDirectory(atPath: path, withIntermediateDirectories: true)
                    try files.copyItem(atPath: ReferenceSentence.model(file), toPath: "\(path)/model.onnx")
                    try Data(settings.utf8).write(to: URL(filePath: "\(path)/model.yaml"))
                }
                try version(1, "dense.onnx", "")
                try await ServedModels.with(["--repository", folder]) { server in
                    func load() throws -> ServerAnswer { try server.send("POST", "/v2/repository/models/net/load") }
                    func versions() throws -> JSONValue? { try server.send("GET", "/v2/models/net").json["versions"] }
                    try version(2, "dense-int8.onnx", "precision: int8\nthreads: 2")
                    #expect(try load().status == 200)
                    #expect(try versions() == ["2"])
                    try version(3, "dense.onnx", "precision: int8")
                    let refused = try load()
                    #expect(refused.status == 400 && refused.body.contains("has no quantized operator"), "\(refused.body)")
                    #expect(try versions() == ["2"])
                }
            }
        }

        @Test func `what the precisions of a model cost is measured on the texts of a file`() async throws {
            try await withTemporaryFolder { folder in
                let input = "\(folder)/texts.txt"
                try Data("orange juice\n\nfrozen concentrate\nGröße\n".utf8).write(to: URL(filePath: input))
                let words = ["precision", try ReferenceSentence.miniLM(), "--input", input, "--json"]
                let result = try await Command(try MartletBinary.path(), words).run()
                try #require(result.status == 0, "\(result.errors)")
                let entries = try #require(try JSONValue(parsing: result.output, as: "the comparison").array)
                #expect(entries.map { $0["precision"] } == ["f32", "bf16", "int8"])
                for entry in entries where entry["refusal"]?.string == nil {
                    #expect((entry["row_cpu_seconds"]?.double ?? 0) > 0)
                    guard entry["precision"] != "f32" else { continue }
                    let output = try #require(entry["difference"]?["outputs"]?.array?.first)
                    #expect((output["cosineMin"]?.double ?? 0) > 0.99 && (output["differenceMax"]?.double ?? 0) > 0, "\(entry)")
                    #expect(entry["difference"]?["rowCount"] == 3)
                }
            }
        }
    }
}
