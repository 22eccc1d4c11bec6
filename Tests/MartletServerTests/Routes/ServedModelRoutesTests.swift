import MartletCore
import MartletInference
import MartletTesting
import Testing

@testable import MartletServer

@Suite struct ServedModelRoutesTests {
    @Test func `a model answers over the Open Inference Protocol and over MLflow's`() async throws {
        try await withServedModels { server, _ in
            try await HTTPClient.withClient(server.address) { client in
                let answer = try await client.double([1, 2.5])
                #expect(answer.numbers == [2.001, 5.001])
                #expect(answer.body["model_version"] == "1")
                let invocation = try await client.send(
                    .post, "/invocations", headers: ["content-type": "application/json"], body: Array(#"{"instances": [[1], [2.5]]}"#.utf8))
                #expect(invocation.status == 200)
                #expect(String(decoding: invocation.body, as: UTF8.self) == #"{"predictions":[2.001,5.001]}"#)
            }
        }
    }

    @Test(arguments: [
        ("/v2/models/doubel/infer", 404, "did you mean 'double'?"), ("/v2/models/double/versions/7/infer", 404, "version 7"),
        ("/v2/models/double/versions/x/infer", 400, "version"), ("/v2/models/double/infer", 400, "expected"),
        ("/v2/repository/models/absent/load", 404, "absent"), ("/v2/repository/models/absent/unload", 404, "absent"),
    ])
    func `what cannot be answered is refused with what to do`(path: String, status: Int, text: String) async throws {
        try await withServedModels { server, _ in
            try await HTTPClient.withClient(server.address) { client in
                let response = try await client.send(.post, path, body: Array("{}".utf8))
                #expect(response.status == status)
                let message = try JSONValue(parsing: response.body, as: "the answer")["error"]?.string
                #expect(message?.contains(text) == true, "\(message ?? "no message")")
            }
        }
    }

    @Test func `a fault of the model is told without its details, and the server lives on`() async throws {
        try await withServedModels { server, _ in
            try await HTTPClient.withClient(server.address) { client in
                let fault = try await client.double([13])
                #expect(fault.status == 500)
                #expect(!fault.body.canonicalText.contains("internal detail"))
                #expect(try await client.double([1]).numbers == [2.001])
            }
        }
    }

    @Test func `without its name a model is meant only where it is alone`() async throws {
        try await withServedModels(["one", "two"]) { server, _ in
            try await HTTPClient.withClient(server.address) { client in
                let headers: HeaderFields = ["content-type": "application/json"]
                let body = Array(#"{"inputs": [[4]]}"#.utf8)
                let unnamed = try await client.send(.post, "/invocations", headers: headers, body: body)
                #expect(unnamed.status == 400)
                #expect(String(decoding: unnamed.body, as: UTF8.self).contains("/invocations?model=one"))
                #expect(try await client.send(.post, "/invocations?model=two", headers: headers, body: body).status == 200)
            }
        }
    }

    @Test func `counts of requests are under Triton's names`() async throws {
        try await withServedModels { server, _ in
            try await HTTPClient.withClient(server.address) { client in
                for count in 1...3 { _ = try await client.double(Array(repeating: 1, count: count)) }
                _ = try await client.double([13])
                let text = String(decoding: try await client.send(.get, "/metrics").body, as: UTF8.self)
                for line in [
                    #"nv_inference_request_success{model="double",version="1"} 3"#,
                    #"nv_inference_request_failure{model="double",version="1"} 1"#,
                    #"nv_inference_count{model="double",version="1"} 6"#,
                    #"martlet_model_request_duration_seconds_count{model="double",version="1"} 3"#,
                ] { #expect(text.contains("\(line)\n"), "\(line)") }
            }
        }
    }

    @Test func `a request that would be answered too late is told when to come again`() async throws {
        let gate = Gate()
        var policy = BatchingPolicy(objectiveSeconds: 1, rowCountMax: 64)
        policy.directSecondsMax = 0
        policy.queueRequestCountMax = 1
        let curve = try CostCurve(points: [.init(rows: 1, seconds: 0.001), .init(rows: 2, seconds: 0.002)])
        let limits = policy
        try await withServedModels(load: { name, version, _ in
            try DoublingModel(version: version, gate: gate).served(name, policy: limits, curve: curve)
        }) { server, repository in
            try await HTTPClient.withClient(server.address) { client in
                let queue = try repository.model("double").batcher
                async let running = client.double([1])
                try await waitUntil("it is so") { gate.waitingCount == 1 }
                async let waiting = client.double([2])
                try await waitUntil("it is so") { queue?.statistics.waitingRequestCount == 1 }
                let refused = try await client.send(.post, "/v2/models/double/infer", body: Self.body)
                #expect(refused.status == 429)
                #expect((refused.headers["retry-after"].flatMap { Int($0) } ?? 0) > 0)
                gate.open()
                #expect(try await running.numbers == [2.001])
                #expect(try await waiting.numbers == [4.001])
                let text = String(decoding: try await client.send(.get, "/metrics").body, as: UTF8.self)
                for line in [
                    #"martlet_batch_queue_seconds_count{model="double",version="1"} 2"#,
                    #"martlet_batch_rows_bucket{model="double",version="1",le="1"} 2"#,
                    #"martlet_batch_refusals_total{model="double",version="1"} 1"#,
                ] { #expect(text.contains("\(line)\n"), "\(line)") }
            }
        }
    }

    private static let body = Array(#"{"inputs":[{"name":"x","datatype":"FP64","shape":[1,1],"data":[3]}]}"#.utf8)

    @Test func `a request whose own time is over is told so, and leaves the queue`() async throws {
        let gate = Gate()
        var policy = BatchingPolicy(objectiveSeconds: 1, rowCountMax: 64)
        policy.directSecondsMax = 0
        let limits = policy
        let curve = try CostCurve(points: [.init(rows: 1, seconds: 0.001), .init(rows: 2, seconds: 0.002)])
        try await withServedModels(load: { name, version, _ in
            try DoublingModel(version: version, gate: gate).served(name, policy: limits, curve: curve)
        }) { server, repository in
            try await HTTPClient.withClient(server.address) { client in
                async let running = client.double([1])
                try await waitUntil("it is so") { gate.waitingCount == 1 }
                let hurried = #"{"parameters":{"timeout":300000},"inputs":[{"name":"x","datatype":"FP64","shape":[1,1],"data":[3]}]}"#
                let expired = try await client.send(.post, "/v2/models/double/infer", body: Array(hurried.utf8))
                #expect(expired.status == 504)
                #expect(try repository.model("double").batcher?.statistics.waitingRequestCount == 0)
                gate.open()
                #expect(try await running.numbers == [2.001])
            }
        }
    }

    @Test func `versions change under traffic without one failed request`() async throws {
        try await withServedModels(load: Self.counting()) { server, _ in
            try await HTTPClient.withClient(server.address) { client in
                let answers = try await withThrowingTaskGroup(of: [Double].self) { group in
                    for _ in 0..<8 {
                        group.addTask {
                            var offsets: [Double] = []
                            repeat {
                                let answer = try await client.double([1])
                                #expect(answer.status == 200, "\(answer.body.canonicalText)")
                                offsets.append((((answer.numbers?.first ?? .nan) - 2) * 1_000).rounded())
                            } while (offsets.last ?? .nan) < 25
                            return offsets
                        }
                    }
                    for _ in 0..<25 { #expect(try await client.send(.post, "/v2/repository/models/double/load").status == 200) }
                    return try await group.reduce(into: [[Double]]()) { $0.append($1) }
                }
                for offsets in answers {
                    #expect(offsets == offsets.sorted(), "a request was answered by an older version than one before")
                }
            }
        }
    }

    /// Loads version after version.
    private static func counting() -> ModelRepository.Loader {
        let tally = Tally()
        return { name, _, _ in try DoublingModel(version: tally.add()).served(name) }
    }

    @Test func `a request that began before its model was unloaded is answered`() async throws {
        let gate = Gate()
        try await withServedModels(load: { name, version, _ in
            var policy = BatchingPolicy(objectiveSeconds: 1, rowCountMax: 64)
            policy.directSecondsMax = 0
            let curve = try CostCurve(points: [.init(rows: 1, seconds: 0.001), .init(rows: 2, seconds: 0.002)])
            return try DoublingModel(version: version, gate: gate).served(name, policy: policy, curve: curve)
        }) { server, _ in
            try await HTTPClient.withClient(server.address) { client in
                async let running = client.double([1])
                try await waitUntil("it is so") { gate.waitingCount == 1 }
                #expect(try await client.send(.post, "/v2/repository/models/double/unload").status == 200)
                #expect(try await client.double([1]).status == 503)
                #expect(try await client.send(.get, "/v2/health/ready").status == 200, "it was unloaded on purpose")
                gate.open()
                #expect(try await running.numbers == [2.001])
            }
        }
    }
}
