import Foundation
import MartletStore

/// How often two filters hold for the same traces.
package struct TraceCorrelation: Sendable, Equatable {
    package let firstCount: Int64
    package let secondCount: Int64
    package let jointCount: Int64
    package let totalCount: Int64

    /// Half a trace more for each of the four cases: Jeffreys' prior, which steadies few traces.
    private static let prior = 0.5

    /// Makes one.
    package init(firstCount: Int64, secondCount: Int64, jointCount: Int64, totalCount: Int64) {
        self.firstCount = firstCount
        self.secondCount = secondCount
        self.jointCount = jointCount
        self.totalCount = totalCount
    }

    /// Normalized pointwise mutual information, from -1 (never together) over 0 (independent) to 1 (always together); NaN where one of
    /// the two never holds.
    package var information: Double { jointCount == 0 && hasBoth ? -1 : information(prior: 0) }

    /// The same with the prior.
    package var smoothedInformation: Double { information(prior: Self.prior) }

    private var hasBoth: Bool { firstCount > 0 && secondCount > 0 && totalCount > 0 }

    private func information(prior: Double) -> Double {
        let neither = totalCount - firstCount - secondCount + jointCount
        guard hasBoth, neither >= 0 else { return .nan }
        guard jointCount < totalCount else { return 1 }
        let joint = Double(jointCount) + prior
        let (first, second) = (Double(firstCount) + 2 * prior, Double(secondCount) + 2 * prior)
        let total = Double(totalCount) + 4 * prior
        let mutual = (log(joint) + log(total)) - (log(first) + log(second))
        return max(-1, min(1, mutual / -(log(joint) - log(total))))
    }
}

extension TraceStore {
    /// How often two filters hold for the same traces of some experiments.
    /// - Parameter base: what holds for all traces that are counted; `nil` for all.
    package func correlation(
        experiments: [Int64], _ first: SearchFilter, _ second: SearchFilter, among base: SearchFilter?
    ) async throws -> TraceCorrelation {
        guard experiments.count <= TrackingStore.searchExperimentCountMax else {
            throw TrackingFault(
                .invalidParameterValue,
                "a search is of at most \(TrackingStore.searchExperimentCountMax) experiments, found \(experiments.count); split it")
        }
        guard !experiments.isEmpty else { return TraceCorrelation(firstCount: 0, secondCount: 0, jointCount: 0, totalCount: 0) }
        let distinct = Set(experiments).sorted()
        return try await tracking.read { session in
            let all = base.map { [$0] } ?? []
            let count = { (filters: [SearchFilter]) in try session.count(distinct, all + filters) }
            return TraceCorrelation(
                firstCount: try count([first]), secondCount: try count([second]), jointCount: try count([first, second]),
                totalCount: try count([]))
        }
    }
}

extension TrackingSession {
    /// How many traces of some experiments there are for which all filters hold.
    fileprivate func count(_ experiments: [Int64], _ filters: [SearchFilter]) throws -> Int64 {
        let conditions = TraceConditions(self, experiments: experiments)
        let parts = try filters.flatMap { try conditions.conditions($0.comparisons) }
        let part = SQLPart.all([.column("t.experiment", among: experiments)] + parts)
        var count: Int64 = 0
        try connection.query(once: "SELECT COUNT(*) FROM traces AS t WHERE \(part.sql)", part.values) { count = $0.integer(0) }
        return count
    }
}
