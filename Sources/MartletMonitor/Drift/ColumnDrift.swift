import MartletCore

/// How far a column has drifted.
package struct ColumnDrift: Sendable, Equatable {
    /// The column's name.
    package let column: String
    /// The rows of each bin; the first bin are those whose value is missing.
    package let reference: [Int]
    package let present: [Int]

    package init(_ column: String, reference: [Int], present: [Int]) {
        (self.column, self.reference, self.present) = (column, reference, present)
    }

    /// The population stability index.
    package var index: Double { PopulationStability.index(reference, present) }

    /// What the index must pass: the threshold, or, of few rows, what chance makes.
    package func limit(_ threshold: Double) -> Double { max(threshold, PopulationStability.chance(reference, present)) }

    /// The rows of the smaller side.
    package var rowCount: Int { min(reference.reduce(0, +), present.reduce(0, +)) }
}

/// What there is to say of the drift of several columns.
package struct DriftVerdict: Sendable, Equatable {
    /// How many columns are named, of those that drifted and of those that were not judged.
    static let namedCountMax = 3

    /// Whether any has drifted.
    package let hasDrifted: Bool
    /// Which, by how much, or why not: `drift of column x: PSI 0.31 > 0.2`.
    package let words: String

    /// - Parameters:
    ///   - threshold: the index that must be passed.
    ///   - rowCountMin: columns with fewer rows, on either side, are not judged.
    package init(_ columns: [ColumnDrift], threshold: Double, rowCountMin: Int) {
        let judged = columns.filter { $0.rowCount >= rowCountMin }.map { (name: $0.column, index: $0.index, limit: $0.limit(threshold)) }
            .sorted { ($1.index, $0.name) < ($0.index, $1.name) }
        let drifted = judged.filter { $0.index > $0.limit }
        hasDrifted = !drifted.isEmpty
        let few = Self.words(of: columns.filter { $0.rowCount < rowCountMin }.map(\.column).sorted())
        let most = columns.map(\.rowCount).max() ?? 0
        guard let highest = judged.first else {
            words = "not judged: \(most.grouped) rows to compare, expected \(rowCountMin.grouped)"
            return
        }
        func figure(_ column: (name: String, index: Double, limit: Double), _ sign: String) -> String {
            "\(column.name): PSI \(column.index.formatted(places: 2)) \(sign) \(Self.limit(column.limit))"
        }
        guard hasDrifted else {
            words = "no drift, most in column \(figure(highest, "≤"))\(few)"
            return
        }
        words = "drift of column \(Self.list(drifted.map { figure($0, ">") }))\(few)"
    }

    /// Which were not judged; empty where all were.
    private static func words(of few: [String]) -> String {
        few.isEmpty ? "" : "; not judged: column\(few.count == 1 ? "" : "s") \(list(few))"
    }

    private static func list(_ items: [String]) -> String {
        let rest = items.count - namedCountMax
        return items.prefix(namedCountMax).joined(separator: ", ") + (rest > 0 ? " and \(rest) more" : "")
    }

    /// A threshold as it was declared; what chance makes, to two places.
    private static func limit(_ limit: Double) -> String {
        limit == (limit * 100).rounded() / 100 ? "\(limit)" : limit.formatted(places: 2)
    }
}
