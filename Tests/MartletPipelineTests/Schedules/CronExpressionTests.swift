import MartletCore
import Testing

@testable import MartletPipeline

@Suite struct CronExpressionTests {
    /// The next few matches after a time, as the wall's clock shows them.
    private func matches(_ cron: String, after text: String, count: Int = 4) throws -> [String] {
        let start = try #require(Timestamp(text + ":00Z"))
        let expression = try CronExpression(cron)
        var minute = start.wholeSeconds / 60
        return try (0..<count).map { _ in
            minute = try #require(expression.firstMatch(from: minute + 1))
            return String(Timestamp(wholeSeconds: minute * 60).description.prefix(16))
        }
    }

    @Test(arguments: [
        ("*/20 * * * *", ["2024-02-28T23:40", "2024-02-29T00:00", "2024-02-29T00:20", "2024-02-29T00:40"]),
        ("0 9-17/4 * * MON-FRI", ["2024-02-29T09:00", "2024-02-29T13:00", "2024-02-29T17:00", "2024-03-01T09:00"]),
        ("5/25 22,4 * * *", ["2024-02-29T04:05", "2024-02-29T04:30", "2024-02-29T04:55", "2024-02-29T22:05"]),
        ("0 0 L * *", ["2024-02-29T00:00", "2024-03-31T00:00", "2024-04-30T00:00", "2024-05-31T00:00"]),
        ("0 0 15,L feb *", ["2024-02-29T00:00", "2025-02-15T00:00", "2025-02-28T00:00", "2026-02-15T00:00"]),
        ("0 0 29 2 *", ["2024-02-29T00:00", "2028-02-29T00:00", "2032-02-29T00:00", "2036-02-29T00:00"]),
        ("0 0 * * 5#5", ["2024-03-29T00:00", "2024-05-31T00:00", "2024-08-30T00:00", "2024-11-29T00:00"]),
        ("0 0 * * sun#1,sat", ["2024-03-02T00:00", "2024-03-03T00:00", "2024-03-09T00:00", "2024-03-16T00:00"]),
        ("0 0 * * 6-7", ["2024-03-02T00:00", "2024-03-03T00:00", "2024-03-09T00:00", "2024-03-10T00:00"]),
        ("0 0 * * SAT-SUN", ["2024-03-02T00:00", "2024-03-03T00:00", "2024-03-09T00:00", "2024-03-10T00:00"]),
        ("@weekly", ["2024-03-03T00:00", "2024-03-10T00:00", "2024-03-17T00:00", "2024-03-24T00:00"]),
        ("@yearly", ["2025-01-01T00:00", "2026-01-01T00:00", "2027-01-01T00:00", "2028-01-01T00:00"]),
    ])
    func `an expression names its minutes`(cron: String, expected: [String]) throws {
        #expect(try matches(cron, after: "2024-02-28T23:30") == expected)
    }

    @Test func `days and weekdays that are both restricted match where either does, and both where one begins with a star`() throws {
        #expect(
            try matches("0 0 13 * FRI", after: "2024-09-01T00:00", count: 3) == [
                "2024-09-06T00:00", "2024-09-13T00:00", "2024-09-20T00:00",
            ])
        #expect(try matches("0 0 13 * 2", after: "2024-08-10T00:00", count: 2) == ["2024-08-13T00:00", "2024-08-20T00:00"])
        #expect(
            try matches("0 0 */2 * FRI", after: "2024-09-01T00:00", count: 3) == [
                "2024-09-13T00:00", "2024-09-27T00:00", "2024-10-11T00:00",
            ])
        #expect(try matches("0 0 1 * MON#2", after: "2024-09-01T00:00", count: 2) == ["2024-09-09T00:00", "2024-10-01T00:00"])
    }

    @Test func `the search goes through days before 1970`() throws {
        #expect(try matches("30 6 * * 3", after: "1969-12-30T00:00", count: 2) == ["1969-12-31T06:30", "1970-01-07T06:30"])
    }

    @Test(arguments: [
        ("0 0 * * 0", "@weekly"), ("0 0 * * 7", "0 0 * * SUN"), ("0-59 * * * *", "0,1-59 * * * *"), ("  0\t3 * * * ", "0 3 * * *"),
        ("@DAILY", "@midnight"),
    ])
    func `expressions that mean the same are equal`(left: String, right: String) throws {
        #expect(try CronExpression(left) == CronExpression(right))
    }

    @Test func `a star and all of a field differ, since a star restricts nothing`() throws {
        #expect(try CronExpression("0 0 1-31 * MON") != CronExpression("0 0 * * MON"))
        #expect(try CronExpression("0 0 * * MON#1") != CronExpression("0 0 * * MON#2"))
    }

    @Test func `an expression keeps its text`() throws {
        #expect(try CronExpression("@daily").description == "@daily")
    }

    @Test(arguments: [
        ("61 * * * *", "minutes: expected 0 to 59, found '61'"),
        ("-5 * * * *", "minutes: expected 0 to 59, found ''"),
        ("* 24 * * *", "hours: expected 0 to 23, found '24'"),
        ("* * 0 * *", "days: expected 1 to 31 or L, found '0'"),
        ("* * * 13 *", "months: expected 1 to 12 or JAN to DEC, found '13'"),
        ("* * * JNA *", "months: expected 1 to 12 or JAN to DEC, found 'JNA'; did you mean 'JAN'?"),
        ("* * * * 8", "weekdays: expected 0 to 7 or SUN to SAT, found '8'"),
        ("* * * * L", "weekdays: expected 0 to 7 or SUN to SAT, found 'L'"),
        ("* * * * MON#6", "weekdays: expected such as MON#1 to MON#5, the first to the fifth of a month, found 'MON#6'"),
        ("1,,2 * * * *", "minutes: expected 0 to 59, found ''"),
        ("99999999999999999999 * * * *", "minutes: expected 0 to 59, found '99999999999999999999'"),
        ("* 22-2 * * *", "hours: expected a range that goes up, found '22-2'; write '22-23,0-2'"),
        ("* * * * FRI-MON", "weekdays: expected a range that goes up, found 'FRI-MON'; write '5-6,0-1'"),
        ("0 3 * *", "expected five fields (minutes hours days months weekdays), found 4; write * for a field that does not matter"),
        ("0 0 3 * * *", "expected five fields (minutes hours days months weekdays), found 6; there are no seconds and no years"),
        ("", "expected five fields (minutes hours days months weekdays), found 0; write * for a field that does not matter"),
        (
            "@dialy",
            "expected one of @annually, @daily, @hourly, @midnight, @monthly, @weekly, @yearly; did you mean '@daily'?"
        ),
        ("0 0 30 2 *", "expected a day that exists in some year, found days '30' of months '2'; it would never fire"),
        ("0 0 31 4,6 *", "expected a day that exists in some year, found days '31' of months '4,6'; it would never fire"),
    ])
    func `a fault names the field, what was expected and what came`(cron: String, expected: String) {
        let error = #expect(throws: MartletError.self) { try CronExpression(cron) }
        #expect(error?.code == .invalidInput)
        #expect(error?.message == "cron '\(cron)': \(expected)")
    }

    @Test(arguments: ["*/0", "*/60", "*/x", "0/", "*/-1"])
    func `a step that is none, or longer than the cycle, is refused`(minutes: String) {
        let error = #expect(throws: MartletError.self) { try CronExpression("\(minutes) * * * *") }
        #expect(error?.message.contains("minutes: expected a step of 1 to 59, found") == true)
    }

    @Test func `an expression of a day that stars and weekdays exclude never fires, one that a weekday saves does`() throws {
        #expect(throws: MartletError.self) { try CronExpression("0 0 */30 * MON#2") }
        #expect(try matches("0 0 30 2 MON", after: "2024-01-01T00:00", count: 1) == ["2024-02-05T00:00"])
    }
}
