import Foundation
import MartletCore
import MartletTesting
import Testing

@testable import MartletPipeline

/// Schedules against croniter, the library behind the schedules of Airflow and Dagster.
///
/// croniter differs from `Schedule` in what random expressions are therefore not made of: the hours `*/2` and `0-23` (times of day
/// and real hours to us, the reverse to it), a range of one value (the whole cycle to it), days beside `MON#2` (both must match to it).
/// And it fires a time of day that occurs twice both times; its second is left out here.
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
            guard (try? CronExpression(cron.description)) != nil else { return nil }
            return Case(cron: cron.description, zone: zone, after: after, count: 60, isOfEveryHour: cron.isOfEveryHour)
        }
    }

    /// What croniter says, without second times that a schedule of times of day leaves out.
    private func answers(_ cases: [Case]) async throws -> [[Int64]] {
        let script = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "croniter_answers.py").path
        let result = try await withTemporaryFolder { folder in
            let file = "\(folder)/cases.json"
            try JSONEncoder().encode(cases).write(to: URL(filePath: file))
            return try await Command(PythonEnvironment.references.path(), [script, file]).run()
        }
        guard result.status == 0 else {
            throw MartletError(.engine, "croniter_answers.py ended with \(result.status): \(result.errors.suffix(2_000))")
        }
        let answers = try JSONDecoder().decode([[Answer]].self, from: Data(result.output.utf8))
        return zip(cases, answers).map { asked, answers in answers.filter { !$0.isSecond || asked.isOfEveryHour }.map(\.time) }
    }

    private struct Answer: Decodable {
        let time: Int64
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
        for (asked, expected) in zip(cases, answers) {
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
}
