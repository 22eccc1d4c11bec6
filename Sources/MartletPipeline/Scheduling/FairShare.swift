package import MartletCore

/// What the runners of a machine hold and wait for, and who may have more: the project that has least, by what it has most of
/// (Ghodsi et al., Dominant Resource Fairness, NSDI 2011), but nobody waits for ever.
package struct FairShare: Sendable, Equatable {
    /// Something that a runner holds, or waits for.
    package struct Entry: Sendable, Equatable {
        package let runner: String
        package let project: String
        package let step: String
        package let resources: Resources
        /// When it was asked for, the last time.
        package let at: Timestamp
        /// When it was asked for first.
        package var since: Timestamp

        package init(
            runner: String, project: String, step: String, resources: Resources, at: Timestamp, since: Timestamp? = nil
        ) {
            (self.runner, self.project, self.step, self.resources, self.at) = (runner, project, step, resources, at)
            self.since = since ?? at
        }

        fileprivate func isSame(as other: Entry) -> Bool { runner == other.runner && step == other.step }
    }

    /// A wait that was not asked for again for so long is over: its runner begins something else.
    package static let waitMax = Duration.seconds(2)
    /// What has waited for so long keeps the machine for itself until it fits: small steps of others would let a large one starve.
    package static let patience = Duration.seconds(60)

    package var claims: [Entry] = []
    package var waits: [Entry] = []

    package init() {}

    /// What all hold. What a project names itself is its own matter, and is not in it.
    package var held: Resources { claims.reduce(.none) { $0 + $1.resources.ofMachine } }

    /// Forgets what runners that are gone hold, and waits that are over.
    package mutating func clean(now: Timestamp, isAlive: (String) -> Bool) {
        claims.removeAll { !isAlive($0.runner) }
        waits.removeAll { now - $0.at > Self.waitMax || !isAlive($0.runner) }
    }

    /// Gives what is asked for, or puts down that it is waited for.
    /// - Parameters:
    ///   - total: what the machine has, by which shares are counted.
    ///   - there: what of it there is now, where others than runners hold some.
    /// - Returns: whether it was given.
    package mutating func claim(_ entry: Entry, of total: Resources, there: Resources? = nil) -> Bool {
        var entry = entry
        entry.since = waits.first { $0.isSame(as: entry) }?.since ?? entry.since
        let isGiven = mayHave(entry, of: total, there: there ?? total)
        waits.removeAll { $0.isSame(as: entry) }
        if isGiven { claims.append(entry) } else { waits.append(entry) }
        return isGiven
    }

    /// Takes one claim back.
    package mutating func giveBack(runner: String, step: String) {
        if let place = claims.firstIndex(where: { $0.runner == runner && $0.step == step }) { claims.remove(at: place) }
    }

    private func mayHave(_ entry: Entry, of total: Resources, there: Resources) -> Bool {
        let free = there - held
        // What cannot be given at all, as others than runners hold it or the machine is too small, is given once no runner holds anything:
        // nobody knows when that ends, and every run is to end.
        guard entry.resources.ofMachine.fits(in: free) || claims.isEmpty else { return false }
        if let first = starved(at: entry.at) {
            if first.isSame(as: entry) { return true }
            guard !claims.isEmpty, leaves(entry.resources.ofMachine, for: first.resources.ofMachine, of: free) else { return false }
        }
        let own = share(of: entry.project, total)
        return !waits.contains { other in
            other.project != entry.project && other.resources.ofMachine.fits(in: free) && share(of: other.project, total) < own
        }
    }

    /// Whether something leaves what another waits for that nobody passes by any more: also what is there for it already, as it has to ask.
    private func leaves(_ wanted: Resources, for waiting: Resources, of free: Resources) -> Bool {
        waiting.fits(in: free) ? waiting.fits(in: free - wanted) : !wanted.delays(waiting, in: free)
    }

    /// What has waited longest, where that is too long.
    private func starved(at now: Timestamp) -> Entry? {
        waits.filter { now - $0.since >= Self.patience }.min { ($0.since, $0.runner, $0.step) < ($1.since, $1.runner, $1.step) }
    }

    /// The dominant share of what a project holds.
    package func share(of project: String, _ total: Resources) -> Double {
        claims.filter { $0.project == project }.reduce(Resources.none) { $0 + $1.resources.ofMachine }.dominantShare(of: total)
    }
}

extension Resources {
    /// Without those that a project names.
    fileprivate var ofMachine: Resources { Resources(cores: cores, memoryBytes: memoryBytes, accelerators: accelerators) }
}
