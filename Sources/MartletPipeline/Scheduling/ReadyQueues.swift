/// Those that could begin, apart by the scarce kinds of resources that they need: many that wait for a licence hide nobody who needs none.
struct ReadyQueues {
    /// What one queue's instances need beside memory.
    struct Kinds: Hashable {
        let hasCores: Bool
        let hasAccelerators: Bool
        let names: Set<String>

        init(_ resources: Resources) {
            hasCores = resources.cores > 0
            hasAccelerators = resources.accelerators > 0
            names = Set(resources.named.keys)
        }
    }

    /// None is empty.
    private var queues: [Kinds: PriorityQueue<RunEngine.Ready>] = [:]

    var isEmpty: Bool { queues.isEmpty }
    var first: RunEngine.Ready? { queues.values.lazy.compactMap(\.first).min(by: RunEngine.Ready.comesBefore) }

    /// Whether somebody needs no core whose kinds are not among these.
    func needsNoCore(besides passed: Set<Kinds>) -> Bool { queues.keys.contains { !$0.hasCores && !passed.contains($0) } }

    mutating func insert(_ ready: RunEngine.Ready, _ kinds: Kinds) {
        queues[kinds, default: PriorityQueue(before: RunEngine.Ready.comesBefore)].insert(ready)
    }

    /// Takes out the most urgent of those whose kinds are not among these. - Complexity: O(kinds + log instances).
    mutating func popFirst(besides passed: Set<Kinds>) -> (ready: RunEngine.Ready, kinds: Kinds)? {
        let heads = queues.compactMap { kinds, queue in passed.contains(kinds) ? nil : queue.first.map { (ready: $0, kinds: kinds) } }
        guard let next = heads.min(by: { RunEngine.Ready.comesBefore($0.ready, $1.ready) }) else { return nil }
        _ = queues[next.kinds]?.popFirst()
        if queues[next.kinds]?.isEmpty ?? true { queues[next.kinds] = nil }
        return next
    }
}
