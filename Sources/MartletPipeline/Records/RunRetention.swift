package import MartletCore
import MartletStore

/// Which runs' records go: those that are neither among the newest nor young, and that nothing rests on.
///
/// What rests on a run: a step's present output and its account, outputs that a younger run used or a release or an artifact needs, a dead
/// letter, and what is known of steps that run once only. The executions and attempts of a run go with it.
package struct RunRetention: Sendable, Equatable {
    /// Budgets of a month are told from attempts that are so young, which may have begun a month before.
    package static let ageMin = Duration.seconds(62 * 86_400)

    /// A run as far as it matters here.
    struct Run: Equatable {
        let id: String
        let state: RunRecord.State
        let startedAt: Timestamp
    }

    /// An execution as far as it matters here.
    struct Execution {
        let id: StepID
        let key: Digest
        let outputs: Set<Digest>
        /// What it read.
        let inputs: Set<Digest>
        let run: String?
    }

    /// So many of the newest runs stay.
    package let newestCount: Int
    /// And those that began since then.
    package let limit: Timestamp

    /// - Parameter age: how old a run may be; at least `ageMin`.
    package init(newestCount: Int, age: Duration, now: Timestamp) {
        precondition(newestCount > 0)
        (self.newestCount, limit) = (newestCount, now - max(age, Self.ageMin))
    }

    /// Those of some runs, the newest first, that stay for themselves.
    func ownRight(_ runs: [Run]) -> [Run] {
        runs.enumerated().filter { $0 < newestCount || $1.startedAt >= limit || $1.state == .running }.map(\.element)
    }

    /// The ids of those that go.
    /// - Parameters:
    ///   - runs: the newest first.
    ///   - executions: the newest first.
    ///   - used: the keys that runs used that stay for themselves.
    ///   - unlisted: those of them that left no list of what they used: they are under way, were lost or failed themselves.
    ///   - needed: contents that must stay.
    ///   - restedOn: further runs that something rests on.
    func leaving(
        _ runs: [Run], _ executions: [Execution], used: [StepID: Set<Digest>], unlisted: Set<String> = [], needed: Set<Digest>,
        restedOn: Set<String>
    ) -> [String] {
        var staying = restedOn.union(ownRight(runs).map(\.id))
        var seen: Set<StepID> = []
        let needed = needed.union(Self.read(by: unlisted, executions))
        for execution in executions {
            let isPresent = seen.insert(execution.id).inserted
            let isUsed = used[execution.id]?.contains(execution.key) ?? false
            guard let run = execution.run, isPresent || isUsed || !execution.outputs.isDisjoint(with: needed) else { continue }
            staying.insert(run)
        }
        return runs.map(\.id).filter { !staying.contains($0) }
    }

    /// What executions of some runs read, and what those read that made it, and so on.
    private static func read(by runs: Set<String>, _ executions: [Execution]) -> Set<Digest> {
        var open = executions.filter { $0.run.map(runs.contains) ?? false }.flatMap(\.inputs)
        guard !open.isEmpty else { return [] }
        var makers: [Digest: [Int]] = [:]
        for (place, execution) in executions.enumerated() { for output in execution.outputs { makers[output, default: []].append(place) } }
        var read: Set<Digest> = []
        while let digest = open.popLast() {
            guard read.insert(digest).inserted else { continue }
            for place in makers[digest] ?? [] { open += executions[place].inputs }
        }
        return read
    }
}

/// What goes, or went, of the records of runs.
package struct RunRemoval: Sendable, Equatable {
    /// The oldest last.
    package let runs: [String]
    package let attemptCount: Int
    package let executionCount: Int
}
