import MartletCore
import Testing

@testable import MartletRollout
@testable import MartletStore

@Suite struct DeliveryMeasuresTests {
    private static func hour(_ number: Double) -> Timestamp { Timestamp(microseconds: Int64(number * 3_600_000_000)) }

    private static func digest(_ name: String) -> Digest { Digest(of: name) }

    /// Releases by name, created at an hour.
    private static func releases(_ hours: [String: Double]) -> [ReleaseRecord] {
        hours.sorted { $0.value < $1.value }.enumerated().map { position, release in
            ReleaseRecord(
                digest: digest(release.key), name: "demand", version: position + 1, run: nil, manifest: [:], createdAt: hour(release.value))
        }
    }

    /// The moves of one endpoint, in their order: `deploy a 3` at hour 3.
    private static func moves(_ texts: [String], endpoint: String = "price", from sequence: Int = 1) -> [RouteMove] {
        var previous: Digest?
        return texts.enumerated().map { position, text in
            let parts = text.split(separator: " ").map(String.init)
            defer { previous = digest(parts[1]) }
            return RouteMove(
                sequence: sequence + position, endpoint: endpoint, release: digest(parts[1]), previous: previous,
                action: parts[0] == "deploy" ? .deploy : .rollback, by: "somebody", reason: "", at: hour(Double(parts[2]) ?? .nan))
        }
    }

    private static func measures(
        _ texts: [String], _ releases: [String: Double] = ["a": 0, "b": 10, "c": 20, "d": 30], from start: Double = 0, to end: Double = 240
    ) throws -> DeliveryMeasures {
        try DeliveryMeasures(moves: moves(texts), releases: Self.releases(releases), from: hour(start), to: hour(end))
    }

    @Test func `a plain history has its figures`() throws {
        let measures = try Self.measures(["deploy a 1", "deploy b 12", "rollback a 15", "deploy c 24", "deploy d 100"])
        #expect(measures.deploymentCount == 4)
        #expect(measures.deploymentsPerDay == 0.4)
        // 1, 2, 4 and 70 hours.
        #expect(measures.leadTime == DeliveryMeasures.Spread([.seconds(3_600), .seconds(7_200), .seconds(14_400), .seconds(252_000)]))
        #expect(measures.leadTime.medianSeconds == 10_800)
        #expect(measures.changeFailure == Proportion(1, of: 4))
        #expect(measures.timeToRestore.count == 1)
        #expect(measures.timeToRestore.medianSeconds == 10_800)
        #expect(measures.undecidedCount == 0)
    }

    @Test(arguments: [
        (["deploy a 1", "deploy b 12", "deploy a 13"], 2, 1),  // an older release is a way back
        (["deploy b 12", "deploy a 13"], 1, 1),  // also where it was never deployed before
        (["deploy a 1", "deploy b 12", "rollback a 36"], 2, 1),  // at the end of the window
        (["deploy a 1", "deploy b 12", "rollback a 36.01"], 2, 0),  // after it
        (["deploy a 1", "deploy b 12", "deploy c 20", "rollback b 21"], 3, 1),  // a fix forward that failed itself
        (["deploy a 1", "deploy b 12", "deploy c 20", "rollback b 21", "rollback a 22"], 3, 1),  // two back: the last one failed
        (["deploy a 1", "deploy a 2", "rollback a 3"], 1, 0),  // moves to where it is already
        (["deploy a 1", "deploy b 12", "rollback a 13", "deploy b 14", "rollback a 15"], 3, 2),  // the same release twice
    ])
    func `what a deployment is and when it failed`(_ texts: [String], _ deployments: Int, _ failed: Int) throws {
        let measures = try Self.measures(texts)
        #expect(measures.deploymentCount == deployments)
        #expect(measures.changeFailure == Proportion(failed, of: deployments))
        #expect(measures.timeToRestore.count == failed)
    }

    @Test func `a deployment whose window is not over is undecided`() throws {
        let texts = ["deploy a 1", "deploy b 12"]
        let early = try Self.measures(texts, to: 20)
        #expect(early.undecidedCount == 1)
        #expect(early.changeFailure == Proportion(0, of: 1))
        #expect(try Self.measures(texts, to: 36).undecidedCount == 1)
        #expect(try Self.measures(texts, to: 36.01).undecidedCount == 0)
    }

    @Test func `a period has its own deployments and sees what came before`() throws {
        let texts = ["deploy a 1", "deploy b 12", "rollback a 15", "deploy b 30", "deploy c 40"]
        let measures = try Self.measures(texts, from: 14, to: 100)
        // b came first before the period: it is deployed again, and no change that was led.
        #expect(measures.deploymentCount == 2)
        #expect(measures.leadTime.count == 1)
        #expect(measures.changeFailure == Proportion(0, of: 2))
        // The end is not known yet: the move back is after it.
        #expect(try Self.measures(texts, to: 15).changeFailure == Proportion(0, of: 1))
    }

    @Test func `a release that is not on record has no lead time, and one that is from the future none below 0`() throws {
        let measures = try Self.measures(["deploy x 1", "deploy b 5"], ["b": 10])
        #expect(measures.unknownReleaseCount == 1)
        #expect(measures.leadTime.medianSeconds == 0)
    }

    @Test func `nothing deployed is nothing known`() throws {
        let measures = try Self.measures([])
        #expect(measures.deploymentCount == 0)
        #expect(measures.leadTime.medianSeconds == nil)
        #expect(measures.changeFailure.share == nil)
        #expect(measures.json["change_failure_rate"]?["share"] == .null)
    }

    @Test func `a period that is none is refused`() {
        #expect {
            try Self.measures([], from: 5, to: 5)
        } throws: { ($0 as? MartletError)?.code == .invalidInput }
    }

    // numpy 2.4.6: quantile(values, share), whose default is type 7.
    @Test(arguments: [
        ([5.0], 5.0, 5.0), ([1, 2], 1.5, 1.9), ([3, 1, 2, 10], 2.5, 7.9), ([1.5, 2.5, 100, 7, 8, 9, 10], 8, 46),
    ])
    func `quantiles are those of type 7`(_ values: [Double], _ median: Double, _ p90: Double) throws {
        let spread = DeliveryMeasures.Spread(values.map { .seconds($0) })
        #expect(abs(try #require(spread.medianSeconds) - median) < 1e-9)
        #expect(abs(try #require(spread.p90Seconds) - p90) < 1e-9)
    }

    // MARK: Against a naive model

    /// Endpoints that deploy a new release, an old one, or go back, at random.
    private static func history(_ random: inout SplitMix64, endpoint: String, from sequence: Int) -> [RouteMove] {
        var texts: [String] = []
        var stack: [String] = []
        var time = 0.0
        for _ in 0..<random.index(below: 30) {
            time += random.unit() * 20
            let names = Array("abcdefgh").map(String.init)
            if stack.count > 1, random.index(below: 3) == 0 {
                stack.removeLast()
                texts.append("rollback \(stack[stack.count - 1]) \(time)")
            } else {
                stack.append(names[random.index(below: names.count)])
                texts.append("deploy \(stack[stack.count - 1]) \(time)")
            }
        }
        return moves(texts, endpoint: endpoint, from: sequence)
    }

    @Test(arguments: UInt64(0)..<40) func `endpoints are measured apart and added up`(_ seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let created = Dictionary(uniqueKeysWithValues: "abcdefgh".map { (String($0), random.unit() * 50) })
        let releases = Self.releases(created)
        let parts = (0..<3).map { Self.history(&random, endpoint: "e\($0)", from: $0 * 100 + 1) }
        func measured(_ moves: [RouteMove]) throws -> DeliveryMeasures {
            try DeliveryMeasures(moves: moves, releases: releases, from: Self.hour(20), to: Self.hour(300))
        }
        let (whole, alone) = (try measured(parts.flatMap(\.self).reversed()), try parts.map(measured))
        #expect(whole.deploymentCount == alone.map(\.deploymentCount).reduce(0, +))
        #expect(whole.changeFailure.successCount == alone.map(\.changeFailure.successCount).reduce(0, +))
        #expect(whole.undecidedCount == alone.map(\.undecidedCount).reduce(0, +))
        #expect(whole.deploymentCount == whole.changeFailure.trialCount + whole.undecidedCount)
        #expect(whole.leadTime.count <= 8)
        #expect(whole.changeFailure.successCount == parts.map { Self.naiveFailures($0, created) }.reduce(0, +))
    }

    /// Counts by looking at each pair of moves, as the definition reads.
    private static func naiveFailures(_ moves: [RouteMove], _ created: [String: Double]) -> Int {
        func age(_ release: Digest?) -> Double? { created.first { digest($0.key) == release }?.value }
        func isBack(_ move: RouteMove) -> Bool {
            guard move.action == .deploy else { return true }
            guard let before = age(move.previous), let now = age(move.release) else { return false }
            return now < before
        }
        let seen = moves.filter { $0.release != $0.previous && $0.at < hour(300) }
        return zip(seen, seen.dropFirst()).count { first, second in
            !isBack(first) && isBack(second) && first.at >= hour(20) && second.at - first.at <= .seconds(86_400)
        }
    }
}
