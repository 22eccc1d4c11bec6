import Foundation
import MartletCore
import MartletInference
import MartletPlatform
import MartletRegistry
import MartletStore
import MartletTesting
import Testing

@testable import MartletServer

@Suite struct HealthRoutesTests {
    @Test func `the server says what it is`() async throws {
        try await ServedProject.serve { served in
            let answer = try await served.send(.get, "/v2")
            #expect(answer.status == 200)
            #expect(answer.body == ["name": "martlet", "version": .string(Platform.version), "extensions": []])
        }
    }

    @Test func `a server with a release is live and ready`() async throws {
        try await ServedProject.serve { served in
            for path in ["/v2/health/live", "/v2/health/ready"] {
                let answer = try await served.send(.get, path)
                #expect(answer.status == 200)
                #expect(answer.body == ["live": true, "ready": true])
            }
        }
    }

    @Test func `a server that drains is live and not ready`() async throws {
        try await ServedProject.serve { served in
            served.readiness.isReady = false
            let live = try await served.send(.get, "/v2/health/live")
            let ready = try await served.send(.get, "/v2/health/ready")
            #expect((live.status, ready.status) == (200, 503))
            #expect(ready.body == ["live": true, "ready": false])
        }
    }

    @Test func `a server without any release is not ready, and says how to get one`() async throws {
        try await ServedProject.serve(home: "fresh") { served in
            let ready = try await served.send(.get, "/v2/health/ready")
            let decision = try await served.send(.post, "/v1/endpoints/price/decide", ServedProject.request)
            let endpoint = try await served.send(.get, "/v1/endpoints/price")
            #expect(ready.status == 503)
            #expect(decision.status == 503)
            #expect(
                decision.body["error"]
                    == "endpoint 'price' has no release yet; make one with 'martlet run' and 'martlet deploy price'"
            )
            #expect(endpoint.body == ["name": "price", "ready": false, "release": nil])
        }
    }

    @Test func `the metrics have the server's own series, before and after an answer`() async throws {
        try await ServedProject.serve { served in
            func exposition() async throws -> String {
                String(decoding: try await served.client.send(.get, "/metrics").body, as: UTF8.self)
            }
            let before = try await exposition()
            _ = try await served.send(.post, "/v1/endpoints/price/decide", ServedProject.request)
            let after = try await exposition()
            #expect(before.contains(#"martlet_predictions_total{endpoint="price",kind="decision"} 0"#))
            #expect(before.contains(#"martlet_log_failures_total{endpoint="price"} 0"#))
            #expect(after.contains(#"martlet_predictions_total{endpoint="price",kind="decision"} 1"#))
            #expect(after.contains("/v1/endpoints/{endpoint}/decide"))
        }
    }
}

@Suite struct ModelRoutesTests {
    private func tensor(_ card: ModelCard, rows: Int) -> JSONValue {
        let row: [JSONValue] = card.features.map { $0 == "brand" ? 2 : $0 == "store" ? 3 : 0.5 }
        return [
            "name": "rows", "shape": [.integer(Int64(rows)), .integer(Int64(row.count))], "datatype": "FP64",
            "data": .array(Array(repeating: row, count: rows).flatMap { $0 }),
        ]
    }

    @Test func `a model tells its inputs and outputs`() async throws {
        try await ServedProject.serve { served in
            let answer = try await served.send(.get, "/v2/models/demand")
            let inputs = try #require(answer.body["inputs"]?.array)
            #expect(answer.status == 200)
            #expect(answer.body["versions"] == ["1"])
            #expect(answer.body["outputs"] == [["name": "units", "datatype": "FP64", "shape": [-1]]])
            #expect(inputs.first == ["name": "brand", "datatype": "BYTES", "shape": [-1]])
            #expect(inputs.last == ["name": "price_to_cheapest", "datatype": "FP64", "shape": [-1]])
        }
    }

    @Test func `a model that is served is ready`() async throws {
        try await ServedProject.serve { served in
            let answer = try await served.send(.get, "/v2/models/demand/ready")
            #expect(answer.status == 200)
            #expect(answer.body["ready"] == true)
        }
    }

    @Test(arguments: ["/v2/models/demand/infer", "/v2/models/demand/versions/1/infer"])
    func `rows are predicted under the client's identifier`(path: String) async throws {
        try await ServedProject.serve { served in
            let release = try served.service.model("demand")
            let card = release.bundle.card
            let answer = try await served.send(.post, path, ["id": "mine", "inputs": [tensor(card, rows: 3)]])
            let row = card.features.map { $0 == "brand" ? 1 : $0 == "store" ? 2 : 0.5 }
            let expected = try release.bundle.scorer.quantities(
                Matrix(names: card.features, elements: row), groups: ["2"])[0]
            #expect(answer.status == 200)
            #expect(answer.body["id"] == "mine")
            #expect(answer.body["model_version"] == "1")
            let output = try #require(answer.body["outputs"]?.array?.first)
            #expect(output["shape"] == [3])
            #expect(output["data"]?.array?.compactMap(\.double) == [expected, expected, expected])
        }
    }

    @Test func `no rows are answered by no predictions`() async throws {
        try await ServedProject.serve { served in
            let card = try served.service.model("demand").bundle.card
            let answer = try await served.send(.post, "/v2/models/demand/infer", ["inputs": [tensor(card, rows: 0)]])
            #expect(answer.status == 200)
            #expect(answer.body["outputs"]?.array?.first?["data"] == [])
        }
    }

    @Test(
        arguments: [
            ("/v2/models/demands/infer", 404, "there is no model 'demands'; did you mean 'demand'?"),
            (
                "/v2/models/demand/versions/2/infer", 404,
                "version 2 of model 'demand' does not answer here; version 1 does"
            ),
            ("/v2/models/demand/versions/x/infer", 400, nil),
            ("/v2/models/demand/infer", 400, "expected 'inputs', a list of tensors, found nothing"),
        ] as [(String, Int, String?)])
    func `what cannot be predicted is refused`(path: String, status: Int, message: String?) async throws {
        try await ServedProject.serve { served in
            let answer = try await served.send(.post, path, [:])
            #expect(answer.status == status)
            if let message { #expect(answer.body == ["error": .string(message)]) }
        }
    }
}

@Suite struct EndpointRoutesTests {
    @Test func `endpoints are described with the release that answers`() async throws {
        try await ServedProject.serve { served in
            let one = try await served.send(.get, "/v1/endpoints/price")
            let all = try await served.send(.get, "/v1/endpoints")
            let release = try #require(try served.service.release("price"))
            #expect(one.body["release"] == .string(release.digest.description))
            #expect(one.body["version"] == 1)
            #expect(one.body["model"] == "demand")
            #expect(all.body == ["endpoints": [one.body]])
        }
    }

    @Test func `a decision carries the client's request identifier and is logged under it`() async throws {
        try await ServedProject.serve { served in
            let answer = try await served.send(
                .post, "/v1/endpoints/price/decide", ServedProject.request, headers: ["x-request-id": "week-41"]
            )
            #expect(answer.status == 200)
            #expect(answer.body["request_id"] == "week-41")
            #expect(answer.body["endpoint"] == "price")
            #expect(try #require(answer.body["price"]?.double) > 0)
            var logged: [JSONValue] = []
            try SegmentReader.forEach(in: SegmentFolder(path: try served.platform.logPath("price", .answers))) {
                payload, _ in
                logged.append(try JSONValue(parsing: payload, as: "a record"))
            }
            #expect(logged.map { $0["request_id"] } == ["week-41"])
        }
    }

    @Test(
        arguments: [
            (
                "/v1/endpoints/prise/decide", [:], 404,
                "project 'pricing' has no endpoint 'prise'; did you mean 'price'?"
            ),
            ("/v1/endpoints/price/decide", [1], 400, "expected a JSON object with the row's fields, found an array"),
            (
                "/v1/endpoints/price/decide",
                ["store": 99, "brand": 2, "week": 41, "feature": 0, "competitor_1": 2, "competitor_3": 2], 404,
                "nothing is known of store 99, brand 2; it has to be in the data before it can be priced"
            ),
            (
                "/v1/endpoints/price/outcomes", ["outcomes": [["units": 1]]], 400,
                "outcomes[0]: expected a 'request_id' of 1 to 128 bytes, found none"
            ),
            (
                "/v1/endpoints/prise/outcomes", ["outcomes": []], 404,
                "project 'pricing' has no endpoint 'prise'; did you mean 'price'?"
            ),
            (
                "/v1/endpoints/prise/refresh", [:], 404,
                "project 'pricing' has no endpoint 'prise'; did you mean 'price'?"
            ),
        ] as [(String, JSONValue, Int, String)])
    func `what cannot be answered is refused with its status and a message`(
        path: String, body: JSONValue, status: Int, message: String
    ) async throws {
        try await ServedProject.serve { served in
            let answer = try await served.send(.post, path, body)
            #expect(answer.status == status)
            #expect(answer.body == ["error": .string(message)])
        }
    }

    @Test func `a body that is empty or no JSON is refused`() async throws {
        try await ServedProject.serve { served in
            let empty = try await served.send(.post, "/v1/endpoints/price/decide")
            let broken = try await served.client.send(
                .post, "/v1/endpoints/price/decide", body: Array("{\"store\": ".utf8))
            #expect(empty.status == 400)
            #expect(empty.body == ["error": "expected a JSON body, found an empty one"])
            #expect(broken.status == 400)
            #expect(String(decoding: broken.body, as: UTF8.self).contains("the body is not valid JSON"))
        }
    }

    @Test func `a situation in which no price is allowed is a 422`() async throws {
        try await ServedProject.serve { served in
            let path = "\(served.platform.project.folder)/martlet.yaml"
            let text = try String(contentsOfFile: path, encoding: .utf8).replacing(
                "margin_min: 5%", with: "margin_min: 99%")
            try Data(text.utf8).write(to: URL(filePath: path))
            let strict = try Platform(project: try Project.read(file: path), home: served.platform.home.path)
            try await ProjectPipeline(strict).run { _ in }
            _ = try Deployment(strict).deploy("price", "latest", by: "test", reason: "strict")
            let refreshed = try await served.send(.post, "/v1/endpoints/price/refresh")
            let answer = try await served.send(.post, "/v1/endpoints/price/decide", ServedProject.request)
            #expect(refreshed.body["version"] == 2)
            #expect(answer.status == 422)
            #expect(answer.body["error"]?.string?.hasPrefix("none of 40 candidate prices is allowed (") == true)
        }
    }

    @Test func `outcomes are accepted and counted`() async throws {
        try await ServedProject.serve { served in
            let answer = try await served.send(
                .post, "/v1/endpoints/price/outcomes",
                ["outcomes": [["request_id": "a", "units": 3], ["request_id": "b", "units": 4]]]
            )
            #expect(answer.status == 200)
            #expect(answer.body == ["accepted": 2])
        }
    }

    @Test func `a log that cannot be written gives no answer, and is counted`() async throws {
        try await ServedProject.serve { served in
            try await served.service.close()
            let answer = try await served.send(.post, "/v1/endpoints/price/decide", ServedProject.request)
            #expect(answer.status >= 500)
            #expect(answer.body["price"] == nil)
        }
    }

    @Test func `a method that a path does not have is refused`() async throws {
        try await ServedProject.serve { served in
            let answer = try await served.client.send(.get, "/v1/endpoints/price/decide")
            #expect(answer.status == 405)
        }
    }
}
