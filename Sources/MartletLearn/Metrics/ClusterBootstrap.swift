public import MartletCore

/// An estimate with its interval.
public struct Estimate: Sendable, Equatable, Codable {
    /// The estimate on the whole sample.
    public let value: Double
    /// The interval's lower end.
    public let low: Double
    /// The interval's upper end.
    public let high: Double
    /// How sure the interval is, for example 0.95.
    public let confidence: Double

    /// The estimate as JSON.
    public var json: JSONValue {
        [
            "value": JSONValue(finite: value), "low": JSONValue(finite: low), "high": JSONValue(finite: high),
            "confidence": .number(confidence),
        ]
    }
}

/// The bootstrap by cluster: whole clusters are drawn again, because rows of one cluster (the weeks of a store) are not
/// independent. Percentile intervals (Efron and Tibshirani 1993, chapter 13; Cameron, Gelbach and Miller 2008).
///
/// It serves statistics that are functions of sums over rows, so a replicate costs O(clusters), not O(rows).
public struct ClusterBootstrap: Sendable {
    /// How many replicates are drawn.
    public var replicates: Int
    /// The share of replicates inside the interval.
    public var confidence: Double
    /// The seed of the draws; the same seed gives the same interval.
    public var seed: UInt64

    /// Makes a bootstrap.
    public init(replicates: Int = 2_000, confidence: Double = 0.95, seed: UInt64) {
        precondition(replicates >= 100 && confidence > 0 && confidence < 1)
        self.replicates = replicates
        self.confidence = confidence
        self.seed = seed
    }

    /// The statistic of sums, with its interval.
    /// - Parameters:
    ///   - terms: one array per sum, each of one value a row.
    ///   - clusters: the cluster of each row.
    ///   - statistic: the figure, from the sums in the order of `terms`.
    /// - Throws: `invalidInput` for fewer than two clusters: nothing could be said about their spread.
    public func estimate(
        terms: [[Double]], clusters: [String], statistic: ([Double]) -> Double
    ) throws -> Estimate {
        try estimates(terms: terms, clusters: clusters) { [statistic($0)] }[0]
    }

    /// Several statistics of the same draws, each with its interval. - Parameter statistics: the figures, always as many.
    func estimates(
        terms: [[Double]], clusters: [String], statistics: ([Double]) -> [Double]
    ) throws -> [Estimate] {
        let names = Set(clusters).sorted()
        guard names.count >= 2 else {
            throw MartletError(.invalidInput, "an interval by cluster needs at least two clusters, found \(names.count)")
        }
        let positions = Dictionary(uniqueKeysWithValues: names.enumerated().map { ($1, $0) })
        var sums = [[Double]](repeating: [Double](repeating: 0, count: terms.count), count: names.count)
        for (row, cluster) in clusters.enumerated() {
            guard let position = positions[cluster] else { continue }
            for term in terms.indices { sums[position][term] += terms[term][row] }
        }
        var generator = SplitMix64(seed: seed)
        let draws = (0..<replicates).map { _ in
            statistics(Self.total((0..<names.count).map { _ in sums[generator.index(below: names.count)] }))
        }
        let tail = (1 - confidence) / 2
        return statistics(Self.total(sums)).enumerated().map { position, value in
            let sorted = draws.map { $0[position] }.sorted()
            return Estimate(
                value: value, low: quantile(of: sorted, tail), high: quantile(of: sorted, 1 - tail), confidence: confidence)
        }
    }

    private static func total(_ rows: [[Double]]) -> [Double] {
        rows.dropFirst().reduce(into: rows[0]) { total, row in
            for position in row.indices { total[position] += row[position] }
        }
    }
}

/// A quantile of sorted values by linear interpolation (type 7 of Hyndman and Fan 1996, as NumPy's default).
package func quantile(of sorted: [Double], _ share: Double) -> Double {
    guard let last = sorted.indices.last else { return .nan }
    let position = share * Double(last)
    let below = Int(position.rounded(.down))
    let above = min(below + 1, last)
    return sorted[below] + (position - Double(below)) * (sorted[above] - sorted[below])
}
