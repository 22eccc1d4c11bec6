import MartletCore
import MartletSearch

/// Seeded rows around a few centres, with ids `r0`, `r1`, ….
struct RandomRows {
    let vectors: [[Double]]

    /// - Parameter offset: how many rows of the same seed are left out before.
    init(_ count: Int, dimension: Int, seed: UInt64, offset: Int = 0) {
        var random = SplitMix64(seed: seed)
        let centres = (0..<20).map { _ in (0..<dimension).map { _ in random.unit() * 4 - 2 } }
        let all = (0..<offset + count).map { _ in centres[random.index(below: centres.count)].map { $0 + random.unit() - 0.5 } }
        vectors = Array(all.dropFirst(offset))
    }

    func rows(_ metric: VectorMetric, order: [Int]? = nil) -> VectorRows {
        var rows = VectorRows(metric: metric, dimension: vectors[0].count)
        for position in order ?? Array(vectors.indices) { rows.append(id: "r\(position)", vector: vectors[position]) }
        return rows
    }

    func index(_ metric: VectorMetric, seed: UInt64 = 0) throws -> VectorIndex {
        var options = VectorIndex.Options()
        options.seed = seed
        return try VectorIndex.build(rows(metric), options).index
    }
}
