import MartletCore
import MartletEngines
import Testing

@testable import MartletData

@Suite struct TableRulesTests {
    private static let rows = "u,d\na,2024-02-28\na,2024-02-29\nb,2024-01-01\n,\n"

    private func fault(_ quality: String, table: String = "", top: String = "") throws -> String {
        let bench = try Workbench()
        let properties = "- {name: u, logicalType: string, quality: [\(quality)]}\n- {name: d, logicalType: date}"
        let contract = try Contract.of(properties, table: table, top: top)
        return bench.message { _ = try bench.snapshot(csv: Self.rows, contract) }
    }

    static let rules: [(String, String)] = [
        ("{metric: nullValues, mustBeLessThan: 25, unit: percent}", "expected less than 25 percent, found 25 percent"),
        ("{metric: nullValues, mustBeGreaterThan: 1}", "expected more than 1, found 1"),
        ("{metric: duplicateValues, mustBeBetween: [2, 9]}", "expected between 2 and 9, found 1"),
        ("{metric: invalidValues, arguments: {validValues: [b]}, mustNotBe: 2}", "expected anything but 2, found 2"),
        ("{metric: invalidValues, arguments: {pattern: a}, mustBeGreaterOrEqualTo: 2}", "expected at least 2, found 1"),
        ("{metric: missingValues, arguments: {missingValues: [null, a]}, mustBe: 2}", "expected exactly 2, found 3"),
        (
            "{type: sql, query: 'SELECT max(d) > min(d) FROM {object} WHERE {property} IS NOT NULL', mustBe: false}",
            "found 1"
        ),
        ("{type: sql, query: 'SELECT 1, 2', mustBe: 0}", "expected one number or boolean"),
        ("{type: sql, query: 'SELECT nothing FROM {object}', mustBe: 0}", "Referenced column \"nothing\" not found"),
        ("{type: sql, query: 'DROP TABLE x', mustBe: 0}", "expected one SELECT"),
        ("{type: sql, query: 'SELECT 1; DROP TABLE x', mustBe: 0}", "expected one SELECT"),
    ]

    @Test(arguments: rules) func `a broken rule is told with what was found`(_ rule: String, _ expected: String) throws {
        #expect(try fault(rule).contains(expected))
    }

    static let kept = [
        "{metric: nullValues, mustBeLessOrEqualTo: 25, unit: percent}", "{metric: duplicateValues, mustBe: 1}",
        "{metric: nullValues, mustNotBeBetween: [2, 3]}",
        "{type: sql, query: 'SELECT count(*) FROM ${table} WHERE ${column} = ''a''', mustBe: 2}",
    ]

    @Test(arguments: kept) func `a rule that is kept is silent`(_ rule: String) throws {
        #expect(try fault(rule) == "")
    }

    @Test func `too few rows are refused`() throws {
        let message = try fault("", table: "quality: [{id: enough, metric: rowCount, mustBeGreaterOrEqualTo: 100}]")
        #expect(message.contains("enough: expected at least 100, found 4"))
    }

    @Test func `a broken rule of severity warning is reported and not refused`() throws {
        let bench = try Workbench()
        let rule = "{name: filled, metric: nullValues, mustBe: 0, severity: warning}"
        let snapshot = try bench.snapshot(
            csv: "u\na\n\n", try Contract.of("- {name: u, logicalType: string, quality: [\(rule)]}"))
        #expect(snapshot.warnings == ["filled: expected exactly 0, found 1"])
        #expect(snapshot.quarantine.rowCount == 0)
    }

    static let ages: [(String, String, String)] = [
        ("2", "d", ""), ("38", "h", "expected a value of the last 1.6 days, found the newest 1.6 days old"),
        ("39", "h", ""),
        ("60", "m", "expected a value of the last 1 hours"),
    ]

    @Test(arguments: ages) func `values that are too old are refused`(
        _ value: String, _ unit: String, _ expected: String
    ) throws {
        let message = try fault(
            "", top: "slaProperties: [{property: latency, value: \(value), unit: \(unit), element: sales.d}]"
        )
        #expect(expected.isEmpty ? message.isEmpty : message.contains(expected))
    }

    @Test func `freshness without any value is refused`() throws {
        let bench = try Workbench()
        let contract = try Contract.of(
            "- {name: d, logicalType: timestamp}",
            top: "slaProperties: [{property: freshness, value: 1, unit: d, element: d}]"
        )
        #expect(bench.message { _ = try bench.snapshot(csv: "d\n", contract) }.contains("found none"))
    }
}
