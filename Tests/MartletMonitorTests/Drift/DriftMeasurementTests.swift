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

    @Test func `texts are counted by the twenty values most frequent on both sides and the rest`() throws {
        // The value t is there 10 · t times: t7 to t23 follow what is frequent on the other side, and 20 + 30 + 40 + 50 + 60 rows are the rest.
        let texts = "SELECT 't' || a.range AS x FROM range(1, 25) a, range(1, 25) b, range(10) c WHERE b.range <= a.range"
        let present = """
            SELECT 'new' AS x FROM range(1500) UNION ALL SELECT 't24' FROM range(1000) UNION ALL SELECT 't1' FROM range(500)
            UNION ALL SELECT NULL FROM range(100)
            """
        let found = try drift(texts, present, isNumber: false)
        #expect(found.reference == [0, 0, 240, 10] + (7...23).reversed().map { $0 * 10 } + [200])
        #expect(found.present == [100, 1_500, 1_000, 500] + [Int](repeating: 0, count: 17) + [0])
    }

    @Test func `rare values are counted with the rest`() throws {
        // 1,000 and 4,000 rows: 50 of a value on both sides together make 10 of the smaller one.
        let reference = "SELECT CASE WHEN range < 10 THEN 'a' WHEN range < 19 THEN 'b' ELSE 'c' END AS x FROM range(1000)"
        let present = "SELECT CASE WHEN range < 40 THEN 'a' WHEN range < 80 THEN 'b' ELSE 'c' END AS x FROM range(4000)"
        let found = try drift(reference, present, isNumber: false)
        #expect(found.reference == [0, 981, 10, 9])
        #expect(found.present == [0, 3_920, 40, 40])
    }

    @Test func `a value that takes over a small window is seen, however rare it was`() throws {
        let reference = "SELECT 'v' || range % 100 AS x FROM range(100000)"
        let found = try drift(reference, "SELECT 'v7' AS x FROM range(500)", isNumber: false)
        #expect(found.reference == [0, 1_000, 99_000])
        #expect(found.present == [0, 500, 0])
        #expect(DriftVerdict([found], threshold: 0.2, rowCountMin: 500).hasDrifted)
    }

    /// Of the twenty values that the smaller side has most of, chosen by it alone, nearly all are rarer on the other.
    @Test(arguments: [100, 250, 1_000, 5_000])
    func `texts of many values do not seem to drift`(values: Int) throws {
        func texts(_ from: Int, _ to: Int) -> String { "SELECT 'v' || hash(range) % \(values) AS x FROM range(\(from), \(to))" }
        for number in 0..<10 {
            let start = number * 10_000
            let (few, many, other) = (texts(start, start + 500), texts(start + 500, start + 5_500), texts(start + 6_000, start + 6_500))
            let columns = [
                try drift(few, many, isNumber: false), try drift(many, few, isNumber: false), try drift(few, other, isNumber: false),
            ]
            #expect(!DriftVerdict(columns, threshold: 0.2, rowCountMin: 500).hasDrifted)
        }
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
