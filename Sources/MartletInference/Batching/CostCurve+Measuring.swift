import MartletCore

extension CostCurve {
    /// How often each size is run, where time allows.
    package static let repetitionCount = 7

    /// The sizes to measure: 1, 2, 4, 8 … and the largest itself.
    package static func ladder(upTo rowCountMax: Int) -> [Int] {
        let largest = min(max(rowCountMax, 1), Self.rowCountMax)
        let doubled = sequence(first: 1) { $0 <= largest / 2 ? $0 * 2 : nil }
        return Array(doubled) + (largest.nonzeroBitCount == 1 ? [] : [largest])
    }

    /// Measures a model: runs each size in turn, several times round, and takes the medians.
    ///
    /// The smallest size is run at least once whatever it takes. Larger ones are left out where they would not end within the budget,
    /// taking a size to cost at most in proportion to its rows; what was left out is then believed to cost just that.
    /// - Parameters:
    ///   - ladder: the sizes in rows, in any order.
    ///   - budgetSeconds: how long measuring may take.
    ///   - run: runs a batch of so many rows; the caller has warmed the model up.
    /// - Throws: what `run` throws, and `invalidInput` for a ladder that is none.
    package static func measure(
        ladder: [Int], budgetSeconds: Double = 2, clock: any BatchClock, run: (_ rows: Int) throws -> Void
    ) throws -> CostCurve {
        let sizes = ladder.sorted()
        guard let smallest = sizes.first, smallest >= 1, sizes.count <= pointCountMax else {
            throw MartletError(
                .invalidInput,
                "a model's cost curve: expected 1…\(pointCountMax) sizes of 1 row or more, found \(sizes.count) from "
                    + "\(sizes.first ?? 0); measure a ladder such as 1, 2, 4, 8"
            )
        }
        let end = clock.nowSeconds + budgetSeconds
        var samples = [[Double]](repeating: [], count: sizes.count)
        measuring: for round in 0..<repetitionCount {
            for index in sizes.indices where round == 0 || !samples[index].isEmpty {
                let isFirst = round == 0 && index == 0
                guard isFirst || clock.nowSeconds + expected(index, sizes, samples) <= end else {
                    if round == 0 { break }
                    break measuring
                }
                let start = clock.nowSeconds
                try run(sizes[index])
                samples[index].append(max(clock.nowSeconds - start, 1e-9))
            }
        }
        return try CostCurve(sizes: sizes, samples: samples)
    }

    /// How long the next run of a size is expected to take: as its last one, or in proportion to the size below it.
    private static func expected(_ index: Int, _ sizes: [Int], _ samples: [[Double]]) -> Double {
        if let last = samples[index].last { return last }
        guard index > 0, let below = samples[index - 1].last else { return 0 }
        return below * Double(sizes[index]) / Double(sizes[index - 1])
    }

    private init(sizes: [Int], samples: [[Double]]) throws {
        let measured = zip(sizes, samples).filter { !$0.1.isEmpty }
        let points = measured.map { Point(rows: $0.0, seconds: Self.median($0.1)) }
        let spreads = zip(measured, points).map { ($0.1.max() ?? 0) / $1.seconds }
        try self.init(
            points: points, tailFactor: Self.median(spreads), weight: Double(measured.map(\.1.count).min() ?? 1)
        )
    }

    private static func median(_ values: [Double]) -> Double {
        let sorted = values.sorted()
        let middle = sorted.count / 2
        return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
    }
}
