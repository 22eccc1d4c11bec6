package import MartletCore

/// What the runners of a machine hold and wait for, and who may have more: the project that has least, by what it has most of
/// (Ghodsi et al., Dominant Resource Fairness, NSDI 2011).
package struct FairShare: Sendable, Equatable {
    /// Something that a runner holds, or waits for.
    package struct Entry: Sendable, Equatable {
        package let runner: String
        package let project: String
        package let step: String
        package let resources: Resources
        package let at: Timestamp

        package init(runner: String, project: String, step: String, resources: Resources, at: Timestamp) {
            (self.runner, self.project, self.step, self.resources, self.at) = (runner, project, step, resources, at)
        }
    }

    /// A wait that was not asked for again for so long is over: its runner begins something else.
    package static let waitMax = Duration.seconds(2)

    package var claims: [Entry] = []
    package var waits: [Entry] = []

    package init() {}

    /// Forgets what runners that are gone hold, and waits that are over.
    package mutating func clean(now: Timestamp, isAlive: (String) -> Bool) {
        claims.removeAll { !isAlive($0.runner) }
        waits.removeAll { now - $0.at > Self.waitMax || !isAlive($0.runner) }
    }

    /// Gives what is asked for, or puts down that it is waited for. - Returns: whether it was given.
    package mutating func claim(_ entry: Entry, of total: Resources) -> Bool {
        waits.removeAll { $0.runner == entry.runner && $0.step == entry.step }
        guard mayHave(entry, of: total) else {
            waits.append(entry)
            return false
        }
        claims.append(entry)
        return true
    }

    /// Takes one claim back.
    package mutating func giveBack(runner: String, step: String) {
        if let place = claims.firstIndex(where: { $0.runner == runner && $0.step == step }) { claims.remove(at: place) }
    }

    private func mayHave(_ entry: Entry, of total: Resources) -> Bool {
        // What a project names itself is its own matter.
        let held = claims.reduce(Resources.none) { $0 + $1.resources.ofMachine }
        let free = total - held
        // What no machine of this size can give is given once nobody else is there: its runner has said so already.
        guard entry.resources.ofMachine.fits(in: free) || claims.isEmpty else { return false }
        let own = share(of: entry.project, total)
        return !waits.contains { other in
            other.project != entry.project && other.resources.ofMachine.fits(in: free) && share(of: other.project, total) < own
        }
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
