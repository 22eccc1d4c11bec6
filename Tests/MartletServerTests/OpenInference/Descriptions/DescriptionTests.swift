import MartletCore
import MartletServer
import Testing

@Suite struct DescriptionTests {
    private static let model = ModelDescription(
        name: "rides", versions: ["2", "3"],
        signature: TensorSignature(
            platform: "martlet_forest",
            inputs: [TensorSignature.Entry(name: "input", datatype: .float32, shape: [-1, 28], alternatives: [.float64])],
            outputs: [TensorSignature.Entry(name: "output", datatype: .bytes, shape: [-1])], hasIndependentRows: true
        )
    )

    @Test func `a model says what it takes and gives`() {
        #expect(
            Self.model.metadata.canonicalText == #"""
                {"inputs":[{"datatype":"FP32","name":"input","shape":[-1,28]}],"name":"rides","outputs":[{"datatype":"BYTES","name":"output","shape":[-1]}],"platform":"martlet_forest","versions":["2","3"]}
                """#
        )
        #expect(Self.model.readiness(isReady: false).canonicalText == #"{"live":true,"name":"rides","ready":false}"#)
    }

    @Test func `a configuration is Triton's, with dimensions that leave out the rows`() {
        #expect(
            Self.model.configuration(batchSizeMax: 512, isBatching: true).canonicalText == #"""
                {"backend":"martlet","dynamic_batching":{},"input":[{"data_type":"TYPE_FP32","dims":[28],"name":"input"}],"instance_group":[{"count":1,"kind":"KIND_CPU","name":"rides"}],"max_batch_size":512,"name":"rides","output":[{"data_type":"TYPE_STRING","dims":[1],"name":"output","reshape":{"shape":[]}}],"platform":"martlet_forest","version_policy":{"latest":{"num_versions":1}}}
                """#
        )
    }

    @Test func `a model whose rows depend on one another takes no batches`() {
        var model = Self.model
        model.signature.hasIndependentRows = false
        let configuration = model.configuration(batchSizeMax: 512, isBatching: false)
        #expect(configuration["max_batch_size"] == 0)
        #expect(configuration["input"]?.array?[0]["dims"] == [-1, 28])
        #expect(configuration["dynamic_batching"] == nil)
    }

    @Test func `a server says its name and extensions, and whether it is ready`() {
        let server = ServerDescription(version: "1.2.3", extensions: ["binary_tensor_data"])
        #expect(server.json.canonicalText == #"{"extensions":["binary_tensor_data"],"name":"martlet","version":"1.2.3"}"#)
        #expect(ServerDescription.health(isReady: true).canonicalText == #"{"live":true,"ready":true}"#)
    }

    @Test func `an index has every version, or those that are ready`() throws {
        let repository = RepositoryDescription([
            .init(name: "a", version: "1", state: "READY"), .init(name: "b", version: nil, state: "UNAVAILABLE", reason: "unloaded"),
        ])
        #expect(
            repository.index().canonicalText
                == #"[{"name":"a","reason":"","state":"READY","version":"1"},{"name":"b","reason":"unloaded","state":"UNAVAILABLE"}]"#
        )
        #expect(repository.index(readyOnly: true).array?.count == 1)
        #expect(try RepositoryDescription.asksForReadyOnly(Array(#"{"ready":true}"#.utf8)))
        #expect(try !RepositoryDescription.asksForReadyOnly(Array("{}".utf8)))
        #expect(try !RepositoryDescription.asksForReadyOnly([]))
        for text in ["[]", #"{"ready":1}"#, "{"] {
            #expect(throws: MartletError.self) { try RepositoryDescription.asksForReadyOnly(Array(text.utf8)) }
        }
    }

    @Test func `usage has every member that Triton's clients look for`() {
        var usage = UsageDescription(modelName: "rides", modelVersion: "3")
        usage.lastInferenceMilliseconds = 1_700_000_000_000
        (usage.inferenceCount, usage.executionCount) = (250, 2)
        usage.success = .init(count: 2, nanoseconds: 900)
        usage.batches = [.init(size: 125, inference: .init(count: 2, nanoseconds: .max))]
        let sum = #"{"count":0,"ns":0}"#
        let expected = #"""
            {"model_stats":[{"batch_stats":[{"batch_size":125,"compute_infer":{"count":2,"ns":9223372036854775807},"compute_input":\#(sum),"compute_output":\#(sum)}],"execution_count":2,"inference_count":250,"inference_stats":{"cache_hit":\#(sum),"cache_miss":\#(sum),"compute_infer":\#(sum),"compute_input":\#(sum),"compute_output":\#(sum),"fail":\#(sum),"queue":\#(sum),"success":{"count":2,"ns":900}},"last_inference":1700000000000,"memory_usage":[],"name":"rides","response_stats":{},"version":"3"}]}
            """#
        #expect(UsageDescription.body([usage]).canonicalText == expected)
    }
}
