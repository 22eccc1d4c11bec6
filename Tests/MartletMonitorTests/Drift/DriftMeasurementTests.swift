import MartletCore
import MartletEngines
import Testing

@testable import MartletMonitor

@Suite struct DriftMeasurementTests {
    private func drift(_ reference: String, _ present: String, isNumber: Bool = true) throws -> ColumnDrift {
        let measurement = DriftMeasurement(try DuckDBDatabase().connect())
        return try measurement.drift(of: DriftMeasurement.Samples("c", isNumber: isNumber, reference: reference, present: present))
    }

    /// The numbers of a range as a query.
    private func numbers(_ from: Int, _ to: Int) -> String { "SELECT CAST(range AS DOUBLE) AS x FROM range(\(from), \(to))" }

    @Test func `numbers are cut into the reference's tenths, and what lies beyond is in the outermost`() throws {
        let found = try drift(numbers(0, 1_000), numbers(500, 1_500))
        #expect(found.reference == [0] + [Int](repeating: 100, count: 10))
        #expect(found.present == [0, 0, 0, 0, 0, 0, 100, 100, 100, 100, 600])
        let below = try drift(numbers(0, 1_000), numbers(-1_000, 0))
        #expect(below.present == [0, 1_000] + [Int](repeating: 0, count: 9))
    }

    @Test func `what is missing is a bin of its own, on either side`() throws {
        let nulls = " UNION ALL SELECT CAST(NULL AS DOUBLE) FROM range(70)"
        let found = try drift(numbers(0, 1_000), numbers(0, 1_000) + nulls)
        #expect(found.reference.first == 0)
        #expect(found.present == [70] + [Int](repeating: 100, count: 10))
        let gone = try drift(numbers(0, 1_000) + nulls, numbers(0, 1_000))
        #expect((gone.reference.first, gone.present.first) == (70, 0))
        let nothing = try drift("SELECT CAST(NULL AS DOUBLE) AS x FROM range(70)", numbers(0, 10))
        #expect((nothing.reference, nothing.present) == ([70, 0], [0, 10]))
    }

    @Test func `a number of few values is counted by value, and one of another value apart`() throws {
        let found = try drift(
            "SELECT CAST(range % 2 AS DOUBLE) AS x FROM range(100)", "SELECT CAST(range % 4 - 1 AS DOUBLE) AS x FROM range(100)")
        // Missing, 0, 1, and the rest: −1 and 2.
        #expect(found.reference == [0, 50, 50, 0])
        #expect(found.present == [0, 25, 25, 50])
    }

    @Test(arguments: [(20, 21), (21, 10)])
    func `up to twenty values of a number have bins of their own, more are cut into parts`(values: Int, bins: Int) throws {
        let query = "SELECT CAST(range % \(values) AS DOUBLE) AS x FROM range(2100)"
        #expect(try drift(query, query).reference.dropFirst().count == bins)
    }

    @Test func `texts are counted by the twenty most frequent values and the rest`() throws {
        // The value t is there t times: t5 to t24 are the most frequent, and 1 + 2 + 3 + 4 rows the rest.
        let texts = "SELECT 't' || a.range AS x FROM range(1, 25) a, range(1, 25) b WHERE b.range <= a.range"
        let found = try drift(texts, "SELECT unnest(['t24', 't24', 't1', 'new', NULL]) AS x", isNumber: false)
        #expect(found.reference == [0] + (5...24).reversed() + [10])
        #expect(found.present == [1, 2] + [Int](repeating: 0, count: 19) + [2])
    }

    @Test func `no row is lost or counted twice`() throws {
        var random = SplitMix64(seed: 5)
        for _ in 0..<20 {
            let (n, m, step) = (random.index(below: 3_000) + 1, random.index(below: 3_000) + 1, random.index(below: 50) + 1)
            let value = "CASE WHEN range % 13 = 0 THEN NULL ELSE CAST(hash(range) % \(step * 10) AS DOUBLE) END AS x"
            let found = try drift("SELECT \(value) FROM range(\(n))", "SELECT \(value) FROM range(\(m))")
            #expect(found.reference.reduce(0, +) == n)
            #expect(found.present.reduce(0, +) == m)
            #expect(found.reference.first == (n + 12) / 13)
        }
    }
}
