/// How a run stands at a moment, for those who watch.
package struct RunStanding: Sendable, Equatable {
    /// An instance that cannot begin yet, and what it waits for in words.
    package struct Waiting: Sendable, Equatable {
        package let id: StepID
        package let source: String

        package init(_ id: StepID, for source: String) { (self.id, self.source) = (id, source) }
    }

    /// How many run.
    package var running = 0
    /// How many are neither settled nor run, with steps that are not fanned out yet counted once.
    package var waiting = 0
    /// The first of those that wait.
    package var examples: [Waiting] = []
    /// What is held.
    package var used = Resources.none
    /// What there is.
    package var capacity = Resources.none
    /// How long the longest way is, in seconds, that begins with what could begin and does not.
    package var waitingSeconds = 0.0
    /// Whether it is known of most steps how long they take.
    package var isEstimated = false

    package init() {}
}

extension RunEngine {
    /// The most examples of what waits.
    static let exampleCountMax = 3
    /// So many instances are looked at for examples.
    private static let lookCountMax = 64

    /// How the run stands. - Complexity: O(1) on average over a run.
    mutating func standing() -> RunStanding {
        while settledPrefix < nodes.count, nodes[settledPrefix].isSettled { settledPrefix += 1 }
        var standing = RunStanding()
        standing.running = runningCount
        standing.waiting = unsettledCount - runningCount + unexpandedCount
        standing.used = used
        standing.capacity = capacity
        standing.isEstimated = isEstimated
        standing.waitingSeconds = ready.first?.rank ?? 0
        for node in nodes[settledPrefix...].prefix(Self.lookCountMax) {
            guard standing.examples.count < Self.exampleCountMax else { break }
            if let source = source(of: node) { standing.examples.append(RunStanding.Waiting(node.id, for: source)) }
        }
        return standing
    }

    /// What an instance waits for, in a word or two.
    private func source(of node: Node) -> String? {
        switch node.state {
        case .waiting: node.sources.lazy.map { groups[$0] }.first { $0.remaining > 0 }.map(words)
        case .ready: failing(node).map { "'\($0)', which failed" } ?? (node.resources - (capacity - used)).scarceName
        case .backingOff: "its next attempt"
        case .parked: "all else, to try again"
        case .preparing, .running, .settled: nil
        }
    }

    /// What it needs and is kept from as that failed again and again.
    private func failing(_ node: Node) -> String? { node.resources.named.keys.filter { breakers[$0]?.isClosed == false }.min() }

    private func words(_ group: Group) -> String {
        if group.members.count == 1, let only = group.members.first { return nodes[only].id.description }
        return "\(group.remaining) of '\(templates[group.template].step.name)'"
    }

    /// How long an instance takes, and how long the way from its end to that of the run is.
    func outlook(of id: StepID) -> (seconds: Double?, restSeconds: Double)? {
        guard let node = numbers[id] else { return nil }
        return (nodes[node].seconds, templates[nodes[node].template].rankOfReaders)
    }
}

extension Resources {
    /// Of a difference to what is free, what is missing, in a word; that it is its turn where nothing is.
    fileprivate var scarceName: String {
        if cores > 0 { return "cores" }
        if memoryBytes > 0 { return "memory" }
        if accelerators > 0 { return "accelerators" }
        return named.filter { $0.value > 0 }.keys.min() ?? "its turn"
    }
}
