import Foundation
import MartletCore
import MartletEngines
import MartletFeatures
import MartletInference
import MartletMonitor
import MartletRegistry
import MartletRollout
import MartletStore
import MartletTesting
import Testing

@testable import MartletPlatform

@Suite struct PredictionServiceTests {
    /// A service over a copy of the released project, closed afterwards.
    private func withService(_ body: (Platform, PredictionService) async throws -> Void) async throws {
        try await ReleasedProject.with { platform in
            let service = try PredictionService(platform, process: "test", waitAtMost: .zero)
            try await body(platform, service)
            try await service.close()
        }
    }

    private func logged(_ platform: Platform, _ folder: LogFolder = .answers) throws -> [JSONValue] {
        var lines: [JSONValue] = []
        try SegmentReader.forEach(in: SegmentFolder(path: try platform.logPath("price", folder))) { payload, _ in
            lines.append(try JSONValue(parsing: payload, as: "a record"))
        }
        return lines
    }

    // MARK: Decisions

    @Test func `a decision is what a naive computation from the rows of the file gives`() async throws {
        try await withService { platform, service in
            let answer = try await service.decide("price", Platform.request, requestID: "a")
            let naive = try NaiveDecision(
                platform, store: 3, brand: 2, week: 41, feature: 0, competitors: [1.99, .nan, 2.95])
            #expect(answer["price"]?.double == naive.price)
            #expect(try #require(answer["expected_units"]?.double).isNear(naive.units))
            #expect(try #require(answer["expected_profit"]?.double).isNear(naive.profit))
            #expect(answer["candidates"] == 40)
            #expect(answer["situation"] == naive.situation)
            #expect(answer["release"]?.string == (try platform.deployed()).digest.description)
            #expect(answer["release_version"] == 1)
            #expect(answer["warnings"] == nil)
        }
    }

    @Test func `an answer is in the log, with the features it was made of, before it is given`() async throws {
        try await withService { platform, service in
            for number in 0..<5 {
                let answer = try await service.decide("price", Platform.request, requestID: "request \(number)")
                let last = try #require(try logged(platform).last)
                #expect(last["request_id"] == .string("request \(number)"))
                #expect(last["price"] == answer["price"])
                #expect(last["features"]?["last_price"] == answer["situation"]?["today"])
                #expect(last["features"]?["price"] == answer["price"])
                #expect(
                    last["features"]?["log_price"]?.double?.isNear(
                        Foundation.log(try #require(answer["price"]?.double))) == true)
            }
        }
    }

    @Test func `the logged features give the logged units again`() async throws {
        try await withService { platform, service in
            let answer = try await service.decide("price", Platform.request, requestID: "a")
            let features = try #require(try logged(platform).first?["features"]?.object)
            let release = try platform.deployed()
            let rows = features.compactMapValues(Value.init).mapValues { [$0] }
            let again = try release.infer(rows, count: 1)
            #expect(again[0].isNear(try #require(answer["expected_units"]?.double)))
        }
    }

    @Test func `a request whose record cannot be written gets no answer`() async throws {
        try await ReleasedProject.with { platform in
            let service = try PredictionService(platform, process: "test", waitAtMost: .zero)
            try await service.close()
            await #expect(throws: (any Error).self) {
                try await service.decide("price", Platform.request, requestID: "a")
            }
            #expect(try logged(platform).isEmpty)
        }
    }

    @Test func `the same request explores alike, and different ones do not`() async throws {
        try await withService { platform, _ in
            let release = try platform.deployed()
            #expect(release.specification.decision.policy.exploration == 0)
        }
        try await ReleasedProject.with { original in
            let path = original.file("martlet.yaml")
            let text = try String(contentsOfFile: path, encoding: .utf8).replacing("explore: 0%", with: "explore: 100%")
            try Data(text.utf8).write(to: URL(filePath: path))
            let platform = try Platform(project: try Project.read(file: path), home: original.home.path)
            try await platform.runPipeline()
            _ = try Deployment(platform).deploy("price", "latest", by: "test", reason: "explores")
            let service = try PredictionService(platform, process: "test", waitAtMost: .zero)
            var prices: [JSONValue?] = []
            for id in ["a", "a", "b", "c", "d", "e", "f"] {
                let answer = try await service.decide("price", Platform.request, requestID: id)
                prices.append(answer["price"])
                #expect(answer["explored"] == true)
                #expect(answer["propensity"]?.double == 1 / (try #require(answer["allowed"]?.double)))
            }
            try await service.close()
            #expect(prices[0] == prices[1])
            #expect(Set(prices).count > 1)
        }
    }

    // MARK: Refusals

    @Test func `an unknown endpoint gets the nearest name`() async throws {
        try await withService { _, service in
            let error = await #expect(throws: MartletError.self) {
                try await service.decide("prise", Platform.request, requestID: "a")
            }
            #expect(error?.code == .notFound)
            #expect(error?.message == "project 'pricing' has no endpoint 'prise'; did you mean 'price'?")
        }
    }

    @Test func `an entity that the data does not have is not found`() async throws {
        try await withService { platform, service in
            var body = try #require(Platform.request.object)
            body["store"] = 99
            let error = await #expect(throws: MartletError.self) {
                try await service.decide("price", .object(body), requestID: "a")
            }
            #expect(error?.code == .notFound)
            #expect(
                error?.message
                    == "nothing is known of store 99, brand 2; it has to be in the data before it can be priced")
            #expect(try logged(platform).isEmpty)
        }
    }

    @Test func `a time before anything was known is not found`() async throws {
        try await withService { _, service in
            var body = try #require(Platform.request.object)
            body["week"] = 1
            let error = await #expect(throws: MartletError.self) {
                try await service.decide("price", .object(body), requestID: "a")
            }
            #expect(error?.message == "nothing was known yet of store 3, brand 2 at week 1; ask for a later one")
        }
    }

    @Test func `an endpoint without a release is not available yet`() async throws {
        try await ReleasedProject.with { original in
            let platform = try Platform(project: original.project, home: original.file("fresh"))
            let service = try PredictionService(platform, process: "test", waitAtMost: .zero)
            let error = await #expect(throws: MartletError.self) {
                try await service.decide("price", Platform.request, requestID: "a")
            }
            #expect(error?.code == .unavailable)
            #expect(!service.isReady)
            #expect(service.models.isEmpty)
            try await service.close()
        }
    }

    @Test func `a second service on one home is locked out until the first has ended`() async throws {
        try await ReleasedProject.with { platform in
            let first = try PredictionService(platform, process: "one", waitAtMost: .zero)
            let error = #expect(throws: MartletError.self) {
                try PredictionService(platform, process: "two", waitAtMost: .zero)
            }
            #expect(error?.code == .locked)
            try await first.close()
        }
    }

    // MARK: Following the pointer

    @Test func `a service follows the pointer when it is told to look, and keeps the history`() async throws {
        try await withService { platform, service in
            let first = try #require(try service.release("price"))
            let record = try #require(try platform.records.release(first.digest))
            var parts = record.manifest.object ?? [:]
            parts["code"] = "martlet of tomorrow"
            let release = try Release(name: "price", parts: parts)
            _ = try platform.records.register(
                release.digest, name: "price", run: nil, manifest: release.manifest, at: .now)
            #expect(try service.refresh().isEmpty)
            _ = try Deployment(platform).deploy("price", "2", by: "test", reason: "")
            #expect(try service.release("price")?.digest == first.digest)
            #expect(try service.refresh() == ["price"])
            #expect(try service.release("price")?.digest == release.digest)
            let active = try platform.records.activations(endpoint: "price", at: .now)
            #expect(active.map(\.release) == [release.digest])
        }
    }

    // MARK: Outcomes and inference

    @Test func `outcomes are taken and logged`() async throws {
        try await withService { platform, service in
            let count = try await service.outcomes(
                "price",
                ["outcomes": [["request_id": "a", "units": 3, "price": 1.5], ["request_id": "b", "units": 0]]]
            )
            let lines = try logged(platform, .outcomes)
            #expect(count == 2)
            #expect(lines.map { $0["values"] } == [["price": 1.5, "units": 3], ["units": 0]])
        }
    }

    @Test(
        arguments: [
            (
                [:],
                "expected 'outcomes', a list of objects with 'request_id' and numbers such as 'units', found nothing"
            ),
            (
                ["outcomes": 3],
                "expected 'outcomes', a list of objects with 'request_id' and numbers such as 'units', found an integer"
            ),
            (["outcomes": [["units": 1]]], "outcomes[0]: expected a 'request_id' of 1 to 128 bytes, found none"),
            (
                ["outcomes": [["request_id": "", "units": 1]]],
                "outcomes[0]: expected a 'request_id' of 1 to 128 bytes, found \"\""
            ),
            (
                ["outcomes": [["request_id": "a", "units": 1], ["request_id": "b"]]],
                "outcomes[1]: expected a number such as 'units' beside 'request_id', found none"
            ),
            (["outcomes": [["request_id": "a", "units": "3"]]], "outcomes[0].units: expected a number of 0 or more, found \"3\""),
        ] as [(JSONValue, String)])
    func `a wrong outcome is named, and none of its request is taken`(body: JSONValue, message: String) async throws {
        try await withService { platform, service in
            let error = await #expect(throws: MartletError.self) { try await service.outcomes("price", body) }
            let taken = try logged(platform, .outcomes)
            #expect(error?.message == message)
            #expect(taken.isEmpty)
        }
    }

    @Test func `one outcome more than the limit is refused`() async throws {
        try await withService { _, service in
            let items = (0...PredictionService.outcomeCountMax).map {
                JSONValue.object(["request_id": .string("\($0)"), "units": 1])
            }
            let error = await #expect(throws: MartletError.self) {
                try await service.outcomes("price", ["outcomes": .array(items)])
            }
            #expect(error?.code == .limitExceeded)
        }
    }

    @Test func `feature rows are predicted as the trees do, and logged`() async throws {
        try await withService { platform, service in
            let release = try service.model("demand")
            let card = release.bundle.card
            let data: [JSONValue] = card.features.map { $0 == "brand" ? 2 : $0 == "store" ? 3 : 0.5 }
            let tensor: JSONValue = [
                "name": "rows", "shape": [1, .integer(Int64(data.count))], "datatype": "FP64", "data": .array(data),
            ]
            let request = try InferenceRequest(["inputs": [tensor]], card: card)
            let predictions = try await service.infer(release, request, requestID: "a")
            let row = card.features.map { $0 == "brand" ? 1 : $0 == "store" ? 2 : 0.5 }
            let expected = try release.bundle.scorer.quantities(
                Matrix(names: card.features, elements: row), groups: ["2"])
            #expect(predictions == expected)
            let line = try #require(try logged(platform).first)
            #expect(line["kind"] == "inference")
            #expect(line["answer"]?["units"]?.array?.compactMap(\.double) == expected)
        }
    }

    @Test func `a category that training never saw counts as missing`() async throws {
        try await withService { _, service in
            let release = try service.model("demand")
            let known = try release.infer(["brand": [.integer(2)], "store": [.text("77")]], count: 1)
            let none = try release.infer(["brand": [.integer(2)], "store": [.missing]], count: 1)
            #expect(known == none)
        }
    }

    @Test func `an unknown model gets the nearest name`() async throws {
        try await withService { _, service in
            let error = #expect(throws: MartletError.self) { try service.model("demands") }
            #expect(error?.message == "there is no model 'demands'; did you mean 'demand'?")
        }
    }
}

extension Double {
    /// Whether two ways to compute one number agree up to rounding.
    func isNear(_ other: Double) -> Bool { abs(self - other) <= 1e-9 * Swift.max(abs(self), abs(other)) }
}
