import CForest

/// At most 255 thresholds in the three orders that the kernels search.
struct ForestRanker {
    var table = martlet_forest_ranker()
    let heap: [Float]
    let sorted32: [Float]
    let sorted64: [Double]

    /// - Parameter thresholds: ascending, all different.
    init(_ thresholds: [Double]) {
        precondition((1...255).contains(thresholds.count))
        let rounded = thresholds.map(Self.roundedDown)
        var levels = 1
        while 1 << levels <= thresholds.count { levels += 1 }
        heap = Self.heap(rounded, levels: levels)
        sorted32 = Self.search(rounded, padding: 0)
        var near = 1
        var equal = 1
        for index in rounded.indices.dropFirst() {
            equal = rounded[index] == rounded[index - 1] ? equal + 1 : 1
            near = max(near, equal)
        }
        sorted64 = Self.search(thresholds, padding: near)
        table.levels = UInt32(levels)
        table.near_count = UInt32(near)
        table.zero_rank = UInt32(thresholds.count { $0 < 0 })
    }

    /// The largest float that is not above the threshold: a float is above either of them or of none.
    static func roundedDown(_ threshold: Double) -> Float {
        let nearest = Float(threshold)
        return Double(nearest) > threshold ? nearest.nextDown : nearest
    }

    /// Node i's children are 2i and 2i + 1; a walk in order meets the thresholds ascending.
    private static func heap(_ sorted: [Float], levels: Int) -> [Float] {
        var heap = [Float](repeating: .infinity, count: 256)
        for level in 0..<levels {
            let step = 1 << (levels - level)
            for position in 0..<1 << level {
                let index = position * step + step / 2 - 1
                heap[1 << level + position] = index < sorted.count ? sorted[index] : .infinity
            }
        }
        return heap
    }

    /// Sixteen pivots, each the last of sixteen thresholds, before the thresholds themselves.
    private static func search<Number: BinaryFloatingPoint>(_ sorted: [Number], padding: Int) -> [Number] {
        let filled = sorted + [Number](repeating: .infinity, count: 256 + padding - sorted.count)
        return (0..<16).map { filled[16 * $0 + 15] } + filled
    }
}
