import MartletCore

/// The test of a candidate against a baseline on the same rows: better by a margin, and no slice much worse.
///
/// The measure is the relative improvement of the root mean squared error, `1 − rmse(candidate) / rmse(baseline)`, with a
/// paired bootstrap by cluster. The candidate passes where the interval's lower end reaches the margin.
public struct PairedGate: Sendable, Equatable {
    /// The least improvement, as a share of the baseline's error.
    public var margin: Double
    /// By which share of the baseline's error a slice may be worse.
    public var sliceTolerance: Double
    /// How the intervals are drawn.
    public var seed: UInt64

    /// Makes a gate.
    public init(margin: Double, sliceTolerance: Double, seed: UInt64) {
        self.margin = margin
        self.sliceTolerance = sliceTolerance
        self.seed = seed
    }

    /// Rows that neither the candidate nor the baseline was fitted on.
    public struct Sample: Sendable {
        /// What was observed.
        public var actual: [Double]
        /// What the candidate predicted.
        public var candidate: [Double]
        /// What the baseline predicted.
        public var baseline: [Double]
        /// Which rows are drawn together.
        public var clusters: [String]
        /// Which rows are judged together; `nil` for no slices.
        public var slices: [String]?
        /// Other clusters that rows might share a shock in, such as weeks, for a second interval that decides nothing.
        public var shocks: [String]?

        /// Makes a sample; all arrays are of one length.
        public init(
            actual: [Double], candidate: [Double], baseline: [Double], clusters: [String], slices: [String]? = nil,
            shocks: [String]? = nil
        ) {
            precondition(candidate.count == actual.count && baseline.count == actual.count && clusters.count == actual.count)
            self.actual = actual
            self.candidate = candidate
            self.baseline = baseline
            self.clusters = clusters
            self.slices = slices
            self.shocks = shocks
        }
    }

    /// Judges a sample. Rows for which either prediction is missing count against nobody and are counted in the result.
    /// - Throws: `invalidInput` for fewer than two clusters, in all or in a slice.
    public func judge(_ sample: Sample) throws -> GateResult {
        let rows = sample.actual.indices.filter {
            sample.candidate[$0].isFinite && sample.baseline[$0].isFinite && sample.actual[$0].isFinite
        }
        let unjudged = Set(sample.slices ?? []).subtracting(sample.slices.map { names in rows.map { names[$0] } } ?? []).sorted()
        let whole = try Comparison(sample, rows, clusters: sample.clusters, seed: seed)
        let shocks = try sample.shocks.map { try Comparison(sample, rows, clusters: $0, seed: seed).improvement }
        let slices =
            try sample.slices.map { names -> [GateResult.Slice] in
                let members = Dictionary(grouping: rows) { names[$0] }.sorted { $0.key.isBefore($1.key) }
                return try members.map { try slice($0.key, $0.value, sample) }
            } ?? []
        return GateResult(
            rows: rows.count, unpredicted: sample.actual.count - rows.count, candidate: whole.candidate, baseline: whole.baseline,
            improvement: whole.improvement, improvementByShock: shocks, margin: margin, sliceTolerance: sliceTolerance,
            slices: slices, unjudged: unjudged, seed: seed
        )
    }

    private func slice(_ name: String, _ rows: [Int], _ sample: Sample) throws -> GateResult.Slice {
        let comparison: Comparison
        do {
            comparison = try Comparison(sample, rows, clusters: sample.clusters, seed: seed)
        } catch let error as MartletError {
            throw MartletError(error.code, "slice '\(name)': \(error.message); slice by a coarser column", cause: error.cause)
        }
        return GateResult.Slice(
            name: name, rows: rows.count, candidate: comparison.candidate, baseline: comparison.baseline,
            improvement: comparison.improvement, holds: comparison.improvement.value >= -sliceTolerance
        )
    }

    private struct Comparison {
        let candidate: Double
        let baseline: Double
        let improvement: Estimate

        init(_ sample: Sample, _ rows: [Int], clusters: [String], seed: UInt64) throws {
            func squares(_ predicted: [Double]) -> [Double] {
                rows.map { (sample.actual[$0] - predicted[$0]) * (sample.actual[$0] - predicted[$0]) }
            }
            let terms = [squares(sample.candidate), squares(sample.baseline)]
            let n = Double(rows.count)
            candidate = (terms[0].reduce(0, +) / n).squareRoot()
            baseline = (terms[1].reduce(0, +) / n).squareRoot()
            improvement = try ClusterBootstrap(seed: seed).estimate(terms: terms, clusters: rows.map { clusters[$0] }) { sums in
                // Where neither errs, neither is better.
                sums[0] == sums[1] ? 0 : 1 - (sums[0] / sums[1]).squareRoot()
            }
        }
    }
}

/// What a gate found.
public struct GateResult: Sendable, Equatable, Codable {
    /// One slice's comparison.
    public struct Slice: Sendable, Equatable, Codable {
        /// The slice's name.
        public let name: String
        /// How many rows it has.
        public let rows: Int
        /// The candidate's root mean squared error.
        public let candidate: Double
        /// The baseline's.
        public let baseline: Double
        /// The relative improvement.
        public let improvement: Estimate
        /// Whether the slice is within the tolerance.
        public let holds: Bool
    }

    /// How many rows were compared.
    public let rows: Int
    /// How many rows could not be compared.
    public let unpredicted: Int
    /// The candidate's root mean squared error.
    public let candidate: Double
    /// The baseline's.
    public let baseline: Double
    /// The relative improvement, with its interval by cluster.
    public let improvement: Estimate
    /// The same with the interval by shock, which decides nothing.
    public let improvementByShock: Estimate?
    /// The improvement that had to be reached.
    public let margin: Double
    /// By which share of the baseline's error a slice could be worse.
    public let sliceTolerance: Double
    /// The slices, by name.
    public let slices: [Slice]
    /// Slices of which no row could be compared.
    public let unjudged: [String]
    /// The seed of the intervals.
    public let seed: UInt64

    /// Whether the candidate may be released.
    public var passes: Bool { refusals.isEmpty }

    /// Why it may not; empty where it may.
    public var refusals: [String] {
        var reasons: [String] = []
        if !(improvement.low >= margin) {
            reasons.append(
                "the improvement over the baseline is \(improvement.value.signedPercent) with an interval from "
                    + "\(improvement.low.signedPercent), which must reach \(margin.signedPercent)"
            )
        }
        for name in unjudged {
            reasons.append("slice '\(name)' could not be judged, since no row of it was predicted by both")
        }
        for slice in slices where !slice.holds {
            reasons.append(
                "slice '\(slice.name)' is worse than the baseline by \((-slice.improvement.value).signedPercent), "
                    + "above the tolerance of \(sliceTolerance.signedPercent)"
            )
        }
        return reasons
    }
}

extension String {
    /// Orders names that are whole numbers by value, all others by their characters.
    package func isBefore(_ other: String) -> Bool {
        switch (Int(self), Int(other)) {
        case (let left?, let right?): left < right
        case (nil, nil): self < other
        case (let left, _): left != nil
        }
    }
}
