import MartletCore
package import MartletEngines

/// Counts two samples of a column in the same bins.
///
/// The bins are the reference's tenths, of a number that takes few values each value, of a text each of the values that are most frequent in
/// both samples together; rare ones and all others share one. Rows whose value is missing are a bin of their own. Where the present lies
/// beyond all that the reference has, it is counted in the outermost bin.
package struct DriftMeasurement {
    /// Into so many parts of equal size the reference is cut.
    static let partCount = 10
    /// The most values that have bins of their own.
    static let valueCountMax = 20
    /// A value of which chance alone would have fewer rows on the smaller side has no bin of its own: the index of few is not χ² any more.
    static let expectedCountMin = 10.0
    /// One of which there are so many times more is no rare one, whatever the other side has: by chance that happens less than once in a
    /// million times.
    static let frequentFactor = 3.0

    /// Two samples of a column.
    package struct Samples: Sendable {
        package let column: String
        /// Whether it is a number; texts otherwise.
        package let isNumber: Bool
        /// Queries with one column `x`, a `DOUBLE` or a `VARCHAR`.
        package let reference: String
        package let present: String

        package init(_ column: String, isNumber: Bool, reference: String, present: String) {
            (self.column, self.isNumber, self.reference, self.present) = (column, isNumber, reference, present)
        }
    }

    private let connection: DuckDBConnection

    package init(_ connection: DuckDBConnection) { self.connection = connection }

    /// - Throws: `engine` where a query is none.
    package func drift(of samples: Samples) throws -> ColumnDrift {
        let values = try frequentValues(samples)
        // One more than have bins tells that there are more.
        let bins: Bins
        if values.count <= Self.valueCountMax || !samples.isNumber {
            bins = .values(Array(values.prefix(Self.valueCountMax)), isNumber: samples.isNumber)
        } else {
            bins = .parts(edges: try edges(samples))
        }
        let (reference, present) = (try counts(samples.reference, bins), try counts(samples.present, bins))
        guard case .values = bins else { return ColumnDrift(samples.column, reference: reference, present: present) }
        return Self.withoutRare(samples.column, reference, present)
    }

    /// Counts values that are rare with the rest, which is the last bin.
    private static func withoutRare(_ column: String, _ reference: [Int], _ present: [Int]) -> ColumnDrift {
        let (n, m) = (reference.reduce(0, +), present.reduce(0, +))
        let smallerShare = Double(min(n, m)) / Double(max(1, n + m))
        let smaller = n <= m ? reference : present
        let own = reference.indices.dropFirst().dropLast().filter {
            Double(reference[$0] + present[$0]) * smallerShare >= expectedCountMin
                || Double(smaller[$0]) >= frequentFactor * expectedCountMin
        }
        func folded(_ counts: [Int], _ sum: Int) -> [Int] {
            let kept = [counts[0]] + own.map { counts[$0] }
            return kept + [sum - kept.reduce(0, +)]
        }
        return ColumnDrift(column, reference: folded(reference, n), present: folded(present, m))
    }

    // MARK: Bins

    private enum Bins {
        /// Of each value; the rest follows.
        case values([Value], isNumber: Bool)
        /// Up to and with each edge; the rest follows.
        case parts(edges: [Value])

        /// How many there are, without that of what is missing.
        var count: Int {
            switch self {
            case .values(let values, _): values.count + 1
            case .parts(let edges): edges.count + 1
            }
        }

        /// The number of the bin of `x`, and what its `?` stand for.
        var sql: (text: String, parameters: [Value]) {
            switch self {
            case .values(let values, let isNumber):
                let type = isNumber ? "DOUBLE" : "VARCHAR"
                let cases = values.indices.map { "WHEN x = CAST(? AS \(type)) THEN \($0 + 1)" }
                return ("CASE WHEN x IS NULL THEN 0 \(cases.joined(separator: " ")) ELSE \(values.count + 1) END", values)
            case .parts(let edges):
                let cases = edges.indices.map { "WHEN x <= CAST(? AS DOUBLE) THEN \($0 + 1)" }
                return ("CASE WHEN x IS NULL THEN 0 \(cases.joined(separator: " ")) ELSE \(edges.count + 1) END", edges)
            }
        }
    }

    /// The most frequent values, of equally frequent ones the smallest.
    ///
    /// Texts of both samples: those most frequent in one alone are so in part by chance, and less frequent in the other without any drift.
    private func frequentValues(_ samples: Samples) throws -> [Value] {
        let both = "SELECT x FROM (\(samples.reference)) UNION ALL SELECT x FROM (\(samples.present))"
        let table = try connection.query(
            "SELECT x FROM (\(samples.isNumber ? samples.reference : both)) WHERE x IS NOT NULL GROUP BY x ORDER BY count(*) DESC, x "
                + "LIMIT \(Self.valueCountMax + 1)")
        return try values(of: table.column("x"))
    }

    /// The tenths, those that differ.
    private func edges(_ samples: Samples) throws -> [Value] {
        let shares = (1..<Self.partCount).map { "\(Double($0) / Double(Self.partCount))" }.joined(separator: ", ")
        let table = try connection.query(
            "SELECT DISTINCT x FROM (SELECT unnest(quantile_disc(x, [\(shares)])) AS x FROM (\(samples.reference))) ORDER BY x")
        return try values(of: table.column("x"))
    }

    private func values(of column: Column) -> [Value] { (0..<column.count).map { column[$0] } }

    private func counts(_ query: String, _ bins: Bins) throws -> [Int] {
        let (bin, parameters) = bins.sql
        let table = try connection.query(
            "SELECT bin, count(*) AS rows FROM (SELECT \(bin) AS bin FROM (\(query))) GROUP BY bin", parameters)
        var counts = [Int](repeating: 0, count: bins.count + 1)
        for (bin, rows) in zip(try table.column("bin").integers(), try table.column("rows").integers()) { counts[Int(bin)] = Int(rows) }
        return counts
    }
}
