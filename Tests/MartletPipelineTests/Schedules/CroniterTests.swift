import Foundation
import MartletCore
import MartletTesting
import Testing

@testable import MartletPipeline

/// Schedules against croniter, the library that Airflow asks.
///
/// Random expressions are made of what both take alike; `croniter differs in these cases` tells the rest. Of times of day that occur twice
/// the second, which croniter fires too, is left out of its answers.
@Suite struct CroniterTests {
    private struct Case: Encodable {
        let cron: String
        let zone: String
        let after: Int64
        let count: Int
        /// Whether a time of the wall that occurs twice fires twice.
        let isOfEveryHour: Bool
    }

    private static let zones = ["America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "Asia/Kathmandu", "America/Sao_Paulo", "UTC"]

    private func randomCases(seed: UInt64, count: Int) throws -> [Case] {
        var random = SplitMix64(seed: seed)
        return try (0..<count).compactMap { position in
            let zone = Self.zones[position % Self.zones.count]
            let density: RandomCron.Density = position % 3 == 0 ? .sparse : .dense
            let cron = RandomCron(density, using: &random)
            var after = 1_400_000_000 + Int64(random.index(below: 500_000_000))
            // Half begin up to two days before clocks are set.
            if position % 2 == 0, let change = try WallClock(zone).nextChange(after: after) {
                after = change - Int64(random.index(below: 2 * 86_400))
            }
            // What never fires is refused, and croniter would look for it in vain.
            guard (try? CronExpression(cron.description)) != nil else { return nil }
            return Case(cron: cron.description, zone: zone, after: after, count: 60, isOfEveryHour: cron.isOfEveryHour)
        }
    }

    /// What croniter says.
    private func answers(_ cases: [Case]) async throws -> [[Answer]] {
        let script = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "croniter_answers.py").path
        let result = try await withTemporaryFolder { folder in
            let file = "\(folder)/cases.json"
            try JSONEncoder().encode(cases).write(to: URL(filePath: file))
            return try await Command(PythonEnvironment.references.path(), [script, file]).run()
        }
        guard result.status == 0 else {
            throw MartletError(.engine, "croniter_answers.py ended with \(result.status): \(result.errors.suffix(2_000))")
        }
        return try JSONDecoder().decode([[Answer]].self, from: Data(result.output.utf8))
    }

    private struct Answer: Decodable {
        let time: Int64
        /// Whether the wall's clock has shown the time before.
        let isSecond: Bool

        init(from decoder: any Decoder) throws {
            var container = try decoder.unkeyedContainer()
            time = try container.decode(Int64.self)
            isSecond = try container.decode(Bool.self)
        }
    }

    private func expectAgreement(_ cases: [Case]) async throws {
        let answers = try await answers(cases)
        #expect(answers.count == cases.count)
        for (asked, answers) in zip(cases, answers) {
            let expected = answers.filter { !$0.isSecond || asked.isOfEveryHour }.map(\.time)
            let schedule = try Schedule(cron: CronExpression(asked.cron), zone: asked.zone)
            let found = schedule.occurrences(
                after: Timestamp(wholeSeconds: asked.after), through: Timestamp(microseconds: .max), limit: expected.count)
            #expect(found.map(\.wholeSeconds) == expected, "\(asked.cron) in \(asked.zone) after \(asked.after)")
        }
    }

    @Test func `random expressions fire when croniter says`() async throws {
        try await expectAgreement(try randomCases(seed: 7, count: 600))
    }

    @Test func `the last day of a month and the weekdays of some weeks fire when croniter says`() async throws {
        let crons = ["0 0 L * *", "30 2 L 2,3,10 *", "0 0 15,L * *", "0 12 * * MON#1", "30 1 * * SUN#1", "30 2 * 3,10 SUN#5", "@monthly"]
        try await expectAgreement(
            crons.flatMap { cron in
                Self.zones.map { Case(cron: cron, zone: $0, after: 1_500_000_000, count: 100, isOfEveryHour: false) }
            })
    }

    /// A case in which croniter has its own mind.
    struct Difference: CustomTestStringConvertible, Sendable {
        let cron: String
        let zone: String
        let after: String
        let ours: [String]
        let croniters: [String]
        var testDescription: String { "\(cron) in \(zone)" }
    }

    @Test(arguments: [
        // Both times of a time of day that occurs twice.
        Difference(
            cron: "30 1 * * *", zone: "America/New_York", after: "2024-11-03T04:00Z",
            ours: ["03T05:30", "04T06:30", "05T06:30"], croniters: ["03T05:30", "03T06:30", "04T06:30"]),
        // Hours */2 are times of day to croniter, and all hours, 0-23, are real ones.
        Difference(
            cron: "30 */2 * * *", zone: "America/New_York", after: "2024-03-10T06:00Z",
            ours: ["10T08:30", "10T10:30", "10T12:30"], croniters: ["10T07:00", "10T08:30", "10T10:30"]),
        Difference(
            cron: "30 0-23 * * *", zone: "America/New_York", after: "2024-03-10T06:00Z",
            ours: ["10T06:30", "10T07:00", "10T07:30"], croniters: ["10T06:30", "10T07:30", "10T08:30"]),
        // Of real minutes that occur twice within half an hour it may lose the second.
        Difference(
            cron: "17-22,33,32-49/2 * * * *", zone: "Australia/Lord_Howe", after: "2029-03-31T14:48Z",
            ours: ["31T15:02", "31T15:03", "31T15:04"], croniters: ["31T15:47", "31T15:48", "31T15:49"]),
        // Days of the month beside weekdays of some weeks restrict nothing to it.
        Difference(
            cron: "0 0 13 * FRI#2", zone: "UTC", after: "2024-09-01",
            ours: ["13T00:00", "11T00:00", "13T00:00"], croniters: ["13T00:00", "11T00:00", "08T00:00"]),
        // A range of one value is the whole cycle to it.
        Difference(
            cron: "5-5 * * * *", zone: "UTC", after: "2024-09-01",
            ours: ["01T00:05", "01T01:05", "01T02:05"], croniters: ["01T00:01", "01T00:02", "01T00:03"]),
    ])
    func `croniter differs in these cases`(difference: Difference) async throws {
        func shown(_ times: [Timestamp]) -> [String] { times.map { String($0.description.dropFirst(8).prefix(8)) } }
        let after = try #require(Timestamp(difference.after))
        let schedule = try Schedule(cron: CronExpression(difference.cron), zone: difference.zone)
        #expect(shown(schedule.occurrences(after: after, through: Timestamp(microseconds: .max), limit: 3)) == difference.ours)
        let asked = Case(cron: difference.cron, zone: difference.zone, after: after.wholeSeconds, count: 3, isOfEveryHour: true)
        let answers = try await answers([asked])
        #expect(answers.map { shown($0.map { Timestamp(wholeSeconds: $0.time) }) } == [difference.croniters])
    }
}
