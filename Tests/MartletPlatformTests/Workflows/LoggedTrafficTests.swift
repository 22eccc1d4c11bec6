import Foundation
import MartletCore
import MartletLearn
import MartletRollout
import MartletStore
import MartletTesting
import Testing

@testable import MartletPlatform

@Suite struct HeldOutTrafficTests {
    @Test func `the traffic is the weeks that the model was not fitted on, each with what was sold`() async throws {
        try await ReleasedProject.with { platform in
            let items = try await HeldOutTraffic(platform, endpoint: "price").items
            let rows = try csvRows(platform)
            #expect(items.count == 6 * 3 * 6)
            #expect(Set(items.map(\.requestID)).count == items.count)
            #expect(Set(items.compactMap { $0.body["week"]?.int }) == Set(35...40))
            for item in items {
                let (store, brand, week) = (
                    item.body["store"]?.double, item.body["brand"]?.double, item.body["week"]?.double
                )
                let row = try #require(
                    rows.first { $0["store"] == store && $0["brand"] == brand && $0["week"] == week })
                #expect(item.outcome["units"]?.double == row["units"])
                #expect(item.outcome["cost"]?.double == row["cost"])
                #expect(item.outcome["price"]?.double == row["price\(Int(brand ?? 0))"])
                #expect(item.outcome["request_id"] == .string(item.requestID))
                #expect(item.body["price"] == nil)
                #expect(item.body["competitor_\(Int(brand ?? 0))"] == nil)
            }
        }
    }

    @Test func `every request of the traffic is a good request`() async throws {
        try await ReleasedProject.with { platform in
            let release = try platform.deployed()
            for item in try await HeldOutTraffic(platform, endpoint: "price").items {
                let answer = try release.decide(item.body, random: (1, 0)).answer
                #expect(answer["price"] != nil)
            }
        }
    }

    @Test func `an endpoint that was never deployed has no traffic`() async throws {
        try await ReleasedProject.with { original in
            let platform = try Platform(project: original.project, home: original.file("fresh"))
            let error = await #expect(throws: MartletError.self) { try await HeldOutTraffic(platform, endpoint: "price") }
            #expect(error?.message == "endpoint 'price' was never deployed; see 'martlet deploy price'")
        }
    }

    private func csvRows(_ platform: Platform) throws -> [[String: Double]] {
        let text = try String(contentsOfFile: platform.file("sales.csv"), encoding: .utf8)
        let lines = text.split(separator: "\n").map { $0.split(separator: ",").map(String.init) }
        return lines.dropFirst().map { Dictionary(uniqueKeysWithValues: zip(lines[0], $0.compactMap(Double.init))) }
    }
}

@Suite struct LoggedTrafficTests {
    /// Answers each held-out request so many times, under identifiers of its own, and tells the outcomes.
    private func replay(
        _ platform: Platform, times: Int, outcomes: (HeldOutTraffic.Item, String) -> [JSONValue]
    ) async throws -> Int {
        let service = try PredictionService(platform, process: "test", waitAtMost: .zero)
        let items = try await HeldOutTraffic(platform, endpoint: "price").items
        for round in 0..<times {
            for item in items {
                _ = try await service.decide("price", item.body, requestID: "\(round) \(item.requestID)")
            }
            let told = items.flatMap { outcomes($0, "\(round) \($0.requestID)") }
            if !told.isEmpty { _ = try await service.outcomes("price", ["outcomes": .array(told)]) }
        }
        try await service.close()
        return items.count * times
    }

    private func outcome(_ item: HeldOutTraffic.Item, _ id: String, changing values: [String: JSONValue?] = [:])
        -> JSONValue
    {
        var outcome = item.outcome.object ?? [:]
        outcome["request_id"] = .string(id)
        for (name, value) in values { outcome[name] = value }
        return .object(outcome)
    }

    @Test func `decisions and outcomes meet by their identifier`() async throws {
        try await ReleasedProject.with { platform in
            let count = try await replay(platform, times: 1) { item, id in
                item.body["store"] == 1 ? [] : [outcome(item, id)]
            }
            let traffic = try LoggedTraffic(platform, try platform.deployed())
            let items = try await HeldOutTraffic(platform, endpoint: "price").items.filter { $0.body["store"] != 1 }
                .sorted { $0.requestID < $1.requestID }
            #expect(traffic.decisionCount == count)
            #expect(traffic.sold == items.compactMap { $0.outcome["units"]?.double })
            #expect(traffic.charged == items.compactMap { $0.outcome["price"]?.double })
            #expect(traffic.realCost == items.compactMap { $0.outcome["cost"]?.double })
            #expect(traffic.propensity.allSatisfy { $0 == 1 })
            #expect(try traffic.rows.column("week").doubles == items.compactMap { $0.body["week"]?.double })
            #expect(traffic.situations.count == items.count)
        }
    }

    @Test func `a request that was answered twice counts once, and its last outcome counts`() async throws {
        try await ReleasedProject.with { platform in
            let count = try await replay(platform, times: 1) { item, id in
                [outcome(item, id, changing: ["units": 1]), outcome(item, id, changing: ["units": 2])]
            }
            _ = try await replay(platform, times: 1) { item, id in [outcome(item, id, changing: ["units": 3])] }
            let traffic = try LoggedTraffic(platform, try platform.deployed())
            #expect(traffic.decisionCount == count)
            #expect(traffic.sold == Array(repeating: 3, count: count))
        }
    }

    @Test func `an outcome without units, without a price or of an unknown request does not count`() async throws {
        try await ReleasedProject.with { platform in
            let count = try await replay(platform, times: 1) { item, id in
                switch item.body["brand"] {
                case 1: [outcome(item, id, changing: ["units": nil])]
                case 2: [outcome(item, id, changing: ["price": nil])]
                default: [outcome(item, id + "?")]
                }
            }
            let traffic = try LoggedTraffic(platform, try platform.deployed())
            #expect(traffic.decisionCount == count)
            #expect(traffic.sold.isEmpty)
            #expect(traffic.unjoined == count / 3)
        }
    }

    @Test func `a decision about a week that the model was fitted on is counted apart`() async throws {
        try await ReleasedProject.with { platform in
            let item = try #require(try await HeldOutTraffic(platform, endpoint: "price").items.first)
            var body = item.body.object ?? [:]
            let service = try PredictionService(platform, process: "test", waitAtMost: .zero)
            for week: Int64 in [20, 34, 35] {
                body["week"] = .integer(week)
                _ = try await service.decide("price", .object(body), requestID: "week \(week)")
                _ = try await service.outcomes("price", ["outcomes": [["request_id": .string("week \(week)"), "units": 5, "price": 2]]])
            }
            try await service.close()
            let traffic = try LoggedTraffic(platform, try platform.deployed())
            #expect(traffic.seenInTraining == 2)
            #expect(traffic.times == [35])
        }
    }

    @Test func `a project file that changed since does not make training rows held out`() async throws {
        try await ReleasedProject.with { platform in
            var project = platform.project
            project.models["demand"]?.split = TimeSplit(test: .times(20), validation: .times(4))
            let changed = try Platform(project: project, home: platform.home.path)
            let weeks = try await HeldOutTraffic(changed, endpoint: "price").items.compactMap { $0.body["week"]?.int }
            #expect(Set(weeks) == Set(35...40))
        }
    }

    @Test func `where nobody tells the cost, the one known at the decision counts`() async throws {
        try await ReleasedProject.with { platform in
            _ = try await replay(platform, times: 1) { item, id in [outcome(item, id, changing: ["cost": nil])] }
            let traffic = try LoggedTraffic(platform, try platform.deployed())
            #expect(traffic.realCost == traffic.situations.map(\.cost))
        }
    }

    // MARK: The report

    @Test func `enough traffic is judged in three ways`() async throws {
        try await ReleasedProject.with { platform in
            let count = try await replay(platform, times: 20) { item, id in [outcome(item, id)] }
            let report = try OutcomeWorkflow(platform, endpoint: "price").report()
            #expect(report.decisions == count)
            #expect(report.withOutcome == count)
            #expect(
                report.judges.map(\.name) == [
                    "the model itself", "log-log on these outcomes", "trees on these outcomes",
                ])
            for judge in report.judges {
                #expect(
                    judge.overRule.low <= judge.overRule.value && judge.overRule.value <= judge.overRule.high,
                    "\(judge.name)")
                #expect(judge.charged > 0)
            }
            // The model's prices are best by its own lights, or it would have chosen others.
            #expect(report.judges[0].overRule.value >= -1e-9)
            #expect(report.modelError.rmse < report.ruleError.rmse)
            #expect(abs(report.unitsRatio - 1) < 0.2)
            #expect(report.time == "week")
            #expect(report.judges.allSatisfy { $0.overRuleByTime != nil })
            #expect(report.cluster == "store")
        }
    }

    @Test func `the report's own sums are those of a naive computation`() async throws {
        try await ReleasedProject.with { platform in
            _ = try await replay(platform, times: 1) { item, id in [outcome(item, id)] }
            let report = try OutcomeWorkflow(platform, endpoint: "price").report()
            let items = try await HeldOutTraffic(platform, endpoint: "price").items
            let profits = items.map { item -> Double in
                let value = { (name: String) in item.outcome[name]?.double ?? .nan }
                return value("units") * (value("price") - value("cost"))
            }
            let release = try platform.deployed()
            let chosen = try items.map { try release.decide($0.body, random: (1, 0)).answer["price"]?.double ?? .nan }
            #expect(report.realProfit.isNear(profits.reduce(0, +)))
            // A judge that starts from what was sold finds just what was earned at the prices charged.
            #expect(report.judges[1].charged.isNear(report.realProfit))
            #expect(report.meanModel.isNear(chosen.reduce(0, +) / Double(chosen.count)))
            #expect(report.judges.map(\.name) == ["the model itself", "log-log on these outcomes"])
        }
    }

    @Test func `a week without any sale is counted in the sums and can be written as JSON`() async throws {
        try await ReleasedProject.with { platform in
            _ = try await replay(platform, times: 1) { item, id in
                [outcome(item, id, changing: item.body["week"] == 36 ? ["units": 0] : [:])]
            }
            let report = try OutcomeWorkflow(platform, endpoint: "price").report()
            let json = try JSONValue(encoding: report)
            #expect(report.withOutcome == 108)
            #expect(report.modelError.count == 90)
            #expect(json["withOutcome"] == 108)
        }
    }

    @Test func `without outcomes there is nothing to report, and the error says how to get some`() async throws {
        try await ReleasedProject.with { platform in
            let none = #expect(throws: MartletError.self) { try OutcomeWorkflow(platform, endpoint: "price") }
            let count = try await replay(platform, times: 1) { _, _ in [] }
            let error = #expect(throws: MartletError.self) { try OutcomeWorkflow(platform, endpoint: "price") }
            #expect(none?.code == .notFound)
            #expect(error?.code == .notFound)
            #expect(
                error?.message
                    == "endpoint 'price': none of \(count) decisions of release v1 has an outcome yet; post them to /v1/endpoints/price/outcomes, or replay with 'martlet replay price'"
            )
        }
    }
}
