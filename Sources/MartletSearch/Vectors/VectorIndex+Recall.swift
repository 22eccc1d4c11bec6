import MartletCore
import MartletEngines

/// Which share of the rows that are really nearest a search finds.
package struct RecallEstimate: Sendable, Equatable {
    /// From 0 to 1.
    package let recall: Double
    /// How many rows were asked about, each without itself.
    package let queryCount: Int
}

extension VectorIndex {
    /// The most rows that recall is measured with; large indexes are measured with fewer, but at least a tenth.
    package static let recallQueryCountMax = 1_000
    /// Multiplications that the exact answers may take together, about ten seconds of a core.
    private static let recallWorkMax = 20_000_000_000

    /// Measures the default search against the exact one, with rows of the index. One that is as near as the farthest exact answer is found.
    /// - Parameter count: how many neighbours are asked for; as many as there are where there are fewer.
    package func recall(at count: Int = 10, seed: UInt64) throws -> RecallEstimate {
        let wanted = min(count, rowCount - 1)
        guard wanted > 0 else { return RecallEstimate(recall: 1, queryCount: 0) }
        let queries = sample(seed)
        var found = 0
        for position in queries {
            let exact = try hits(besides: position, wanted, Self.efDefault, true)
            guard let farthest = exact.last?.distance else { continue }
            found += try hits(besides: position, wanted, Self.efDefault, false).count { $0.distance <= farthest }
        }
        return RecallEstimate(recall: Double(found) / Double(wanted * queries.count), queryCount: queries.count)
    }

    /// Different rows by chance.
    private func sample(_ seed: UInt64) -> [Int] {
        let affordable = Self.recallWorkMax / (rowCount * dimension)
        let count = min(rowCount, Self.recallQueryCountMax, max(affordable, Self.recallQueryCountMax / 10))
        var random = SplitMix64(seed: seed)
        return random.places(count, of: rowCount)
    }
}

extension SplitMix64 {
    /// Different places below a total, in an order by chance (the first of a shuffle by Fisher and Yates). The standard library's own may
    /// change, and with it the bytes of an index.
    mutating func places(_ count: Int, of total: Int) -> [Int] {
        var places = Array(0..<total)
        for place in 0..<count { places.swapAt(place, place + index(below: total - place)) }
        return Array(places.prefix(count))
    }
}
