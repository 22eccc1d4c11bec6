package import MartletCore
package import MartletStore

/// The four measures of software delivery, of releases to endpoints.
///
/// They are those of Forsgren, Humble and Kim, "Accelerate" (2018), and of DORA's reports, with what Martlet has on record in the place of
/// commits and incidents:
///
/// - *Deployment*: a move of an endpoint's pointer with the action `deploy` to another release than before. A move back is none.
/// - *Move back*: a `rollback`, or a `deploy` of a release that is older than the one it replaces (by `createdAt`).
/// - *Deployment frequency*: deployments a day of the period.
/// - *Lead time for changes*: from the creation of a release, the commit as near as Martlet knows it, to its first deployment to any
///   endpoint. What follows at other endpoints is no new change.
/// - *Failed deployment*: one whose release the next move of its endpoint took back within `failureWindow`. A fix that is rolled forward
///   is a deployment like any other, and so is one that was taken back later: nobody can tell why.
/// - *Change failure rate*: failed deployments among those that are decided: that failed, or whose window is over. The others are counted
///   apart.
/// - *Time to restore service*: from a failed deployment to the move back. How long people took to see it is in it.
///
/// All are of the deployments within a period. A few say little: each has its count, and the rate its interval (Wilson's, at 95 %).
package struct DeliveryMeasures: Sendable, Equatable {
    /// How soon a move back must follow for a deployment to have failed.
    package static let failureWindow = Duration.seconds(86_400)

    /// How a time is spread.
    package struct Spread: Sendable, Equatable {
        /// Of how many it is.
        package let count: Int
        /// `nil` where there is none.
        package let medianSeconds: Double?
        /// The 90th percentile, interpolated as R's type 7 and numpy do; `nil` where there is none.
        package let p90Seconds: Double?

        init(_ durations: [Duration]) {
            let seconds = durations.map(\.secondsAsDouble).sorted()
            count = seconds.count
            medianSeconds = Self.quantile(0.5, of: seconds)
            p90Seconds = Self.quantile(0.9, of: seconds)
        }

        /// Hyndman and Fan (1996), type 7, of sorted values.
        static func quantile(_ share: Double, of sorted: [Double]) -> Double? {
            guard !sorted.isEmpty else { return nil }
            let position = share * Double(sorted.count - 1)
            let below = Int(position)
            let above = min(below + 1, sorted.count - 1)
            return sorted[below] + (position - Double(below)) * (sorted[above] - sorted[below])
        }
    }

    /// From here on, this time included.
    package let start: Timestamp
    /// Up to here; also the time at which all is judged.
    package let end: Timestamp
    package let deploymentCount: Int
    /// The endpoints that were deployed to.
    package let endpointCount: Int
    package let deploymentsPerDay: Double
    package let leadTime: Spread
    /// First deployments of releases that are not on record: their lead time is not known.
    package let unknownReleaseCount: Int
    package let changeFailure: Proportion
    /// Deployments of the period that may still fail.
    package let undecidedCount: Int
    package let timeToRestore: Spread

    /// Measures a period.
    /// - Parameters:
    ///   - moves: all moves of the endpoints from the first one on, in any order; what is at `end` or later is not known yet.
    ///   - releases: those that were ever deployed.
    /// - Throws: `invalidInput` where the period is empty or the window negative.
    package init(
        moves: [RouteMove], releases: [ReleaseRecord], from start: Timestamp, to end: Timestamp,
        failureWindow: Duration = DeliveryMeasures.failureWindow
    ) throws {
        guard start < end else {
            throw MartletError(.invalidInput, "delivery measures: expected a period that ends after \(start), found its end \(end)")
        }
        guard failureWindow >= .zero else {
            throw MartletError(.invalidInput, "delivery measures: expected a failure window of 0 or more, found \(failureWindow)")
        }
        let createdAt = Dictionary(releases.map { ($0.digest, $0.createdAt) }, uniquingKeysWith: { first, _ in first })
        let known = moves.filter { $0.at < end }.sorted { $0.sequence < $1.sequence }
        let deployments = Dictionary(grouping: known, by: \.endpoint).values
            .flatMap { Deployment.all(in: $0, createdAt: createdAt, failureWindow: failureWindow) }
            .sorted { $0.move.sequence < $1.move.sequence }
        let counted = deployments.filter { $0.move.at >= start }
        self.start = start
        self.end = end
        deploymentCount = counted.count
        endpointCount = Set(counted.map(\.move.endpoint)).count
        deploymentsPerDay = Double(counted.count) / ((end - start).secondsAsDouble / 86_400)
        let first = Self.firstOfRelease(deployments).filter { $0.move.at >= start }
        let leadTimes = first.compactMap { deployment in createdAt[deployment.move.release].map { deployment.move.at - $0 } }
        leadTime = Spread(leadTimes.map { max(.zero, $0) })
        unknownReleaseCount = first.count - leadTimes.count
        let failed = counted.compactMap(\.takenBackAfter)
        let decided = counted.count { $0.takenBackAfter != nil || end - $0.move.at > failureWindow || $0.isFollowed }
        changeFailure = Proportion(failed.count, of: decided)
        undecidedCount = counted.count - decided
        timeToRestore = Spread(failed)
    }

    private static func firstOfRelease(_ deployments: [Deployment]) -> [Deployment] {
        var seen: Set<Digest> = []
        return deployments.filter { seen.insert($0.move.release).inserted }
    }
}

extension DeliveryMeasures {
    /// A move that brings something new, and what became of it.
    private struct Deployment {
        let move: RouteMove
        /// After how long it was taken back; `nil` where it was not, or only after the window.
        let takenBackAfter: Duration?
        /// Whether a later move of the endpoint has decided over it.
        let isFollowed: Bool

        /// Those among the moves of one endpoint, which are in their order.
        static func all(in moves: [RouteMove], createdAt: [Digest: Timestamp], failureWindow: Duration) -> [Deployment] {
            // A move to where the pointer is already changes nothing.
            let changes = moves.filter { $0.release != $0.previous }
            return changes.indices.compactMap { position in
                let move = changes[position]
                guard !isBack(move, createdAt) else { return nil }
                let next = position + 1 < changes.count ? changes[position + 1] : nil
                let back = next.flatMap { isBack($0, createdAt) ? $0.at - move.at : nil }
                return Deployment(move: move, takenBackAfter: back.flatMap { $0 <= failureWindow ? $0 : nil }, isFollowed: next != nil)
            }
        }

        private static func isBack(_ move: RouteMove, _ createdAt: [Digest: Timestamp]) -> Bool {
            if move.action == .rollback { return true }
            guard let before = move.previous.flatMap({ createdAt[$0] }), let created = createdAt[move.release] else { return false }
            return created < before
        }
    }
}

extension DeliveryMeasures {
    /// The measures for programs. What is not known is null.
    package var json: JSONValue {
        [
            "from": .string(start.description), "to": .string(end.description), "deployments": .integer(Int64(deploymentCount)),
            "endpoints": .integer(Int64(endpointCount)), "deployments_per_day": .number(deploymentsPerDay),
            "lead_time": leadTime.json, "unknown_releases": .integer(Int64(unknownReleaseCount)),
            "change_failure_rate": changeFailure.json, "undecided": .integer(Int64(undecidedCount)), "time_to_restore": timeToRestore.json,
        ]
    }
}

extension DeliveryMeasures.Spread {
    fileprivate var json: JSONValue {
        [
            "count": .integer(Int64(count)), "median_seconds": medianSeconds.map(JSONValue.number) ?? .null,
            "p90_seconds": p90Seconds.map(JSONValue.number) ?? .null,
        ]
    }
}

extension Duration {
    fileprivate var secondsAsDouble: Double { Double(components.seconds) + Double(components.attoseconds) * 1e-18 }
}
