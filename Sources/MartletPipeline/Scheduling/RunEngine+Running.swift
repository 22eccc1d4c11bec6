import MartletCore

extension RunEngine {
    mutating func prepared(_ node: Int, _ preparation: Preparation) {
        guard case .preparing = nodes[node].state else { return }
        preparingCount -= 1
        switch preparation {
        case .fresh: settle(node, .fresh)
        case .skipped(let reason): settle(node, .skipped(reason))
        case .failed(let failure):
            if failure.kind == .cancelled { return settle(node, .cancelled) }
            giveUp(node, failure, templates[nodes[node].template].step.policy, mayRunAgain: false)
        case .stale(let seconds, let resources):
            if isCancelled { return settle(node, .cancelled) }
            if let refusal = Self.refusal(of: nodes[node].id, resources, capacity) { return settle(node, .failed(refusal)) }
            nodes[node].resources = resources
            nodes[node].seconds = seconds
            makeReady(node)
        }
    }

    /// Why a step can never begin: it asks for more than there is.
    static func refusal(of id: StepID, _ resources: Resources, _ capacity: Resources) -> StepFailure? {
        let excess = resources.excess(over: capacity)
        guard !excess.isEmpty else { return nil }
        return StepFailure(
            .start,
            "step '\(id)' asks for \(excess.joined(separator: " and for ")) that there are; ask for less under 'resources', or raise "
                + "'capacity'")
    }

    mutating func makeReady(_ node: Int) {
        nodes[node].state = .ready
        arrivals += 1
        let template = templates[nodes[node].template]
        let rank = options.order == .arrival ? 0 : template.rankOfReaders + (nodes[node].seconds ?? template.usualSeconds)
        ready.insert(Ready(node: node, rank: rank, arrival: arrivals), ReadyQueues.Kinds(nodes[node].resources))
    }

    /// Begins what fits, the most urgent first. What was passed by too often keeps what it lacks, and others go on with the rest.
    mutating func dispatch(at now: Timestamp) {
        var passedBy: [(ready: Ready, kinds: ReadyQueues.Kinds)] = []
        var starved: [Resources] = []
        var counts: [ReadyQueues.Kinds: Int] = [:]
        var enough: Set<ReadyQueues.Kinds> = []
        defer { passedBy.forEach { ready.insert($0.ready, $0.kinds) } }
        while let next = ready.popFirst(besides: enough) {
            let node = next.ready.node
            guard case .ready = nodes[node].state else { continue }
            let (needs, free) = (nodes[node].resources, capacity - used)
            let isLet = isLet(node, at: now)
            if isLet, needs.fits(in: free), !starved.contains(where: { needs.delays($0, in: free) }) {
                for other in passedBy where needs.delays(nodes[other.ready.node].resources, in: free) {
                    nodes[other.ready.node].bypassCount += 1
                }
                begin(node)
                continue
            }
            passedBy.append(next)
            if isLet, nodes[node].bypassCount >= Self.bypassMax { starved.append(needs) }
            // Looking at a thousand more that need the same helps as little as looking on where nothing could begin.
            counts[next.kinds, default: 0] += 1
            if counts[next.kinds, default: 0] > Self.bypassMax { enough.insert(next.kinds) }
            if isFull, !ready.needsNoCore(besides: enough) { return }
        }
    }

    /// Nothing that takes a core could begin.
    private var isFull: Bool { capacity.cores - used.cores < 0.001 }

    private mutating func begin(_ node: Int) {
        for name in nodes[node].resources.named.keys { breakers[name]?.begin() }
        used += nodes[node].resources
        runningCount += 1
        nodes[node].state = .running
        nodes[node].attempts += 1
        actions.append(.launch(nodes[node].id, attempt: nodes[node].attempts, resources: nodes[node].resources))
    }

    /// Whether no breaker of what it needs is open.
    private mutating func isLet(_ node: Int, at now: Timestamp) -> Bool {
        for name in nodes[node].resources.named.keys.sorted() {
            guard let breaker = breakers[name], !breaker.lets(at: now) else { continue }
            if let time = breaker.opensAt { askToWake(at: time) }
            return false
        }
        return true
    }

    private mutating func giveBack(_ node: Int) {
        used -= nodes[node].resources
        runningCount -= 1
    }

    mutating func refused(_ node: Int, at now: Timestamp) {
        guard case .running = nodes[node].state else { return }
        for name in nodes[node].resources.named.keys { breakers[name]?.pass(at: now) }
        giveBack(node)
        nodes[node].attempts -= 1
        if isCancelled { settle(node, .cancelled) } else { makeReady(node) }
    }

    mutating func ended(_ node: Int, _ failure: StepFailure?, needs: Resources? = nil, at now: Timestamp) {
        guard case .running = nodes[node].state else { return }
        giveBack(node)
        tellBreakers(node, failure, at: now)
        nodes[node].bypassCount = 0
        nodes[node].resources = needs ?? nodes[node].resources
        guard let failure else {
            return settle(node, .done)
        }
        if isCancelled || failure.kind == .cancelled { return settle(node, .cancelled) }
        if failure.kind == .lost { nodes[node].losses += 1 } else { nodes[node].failures += 1 }
        let policy = templates[nodes[node].template].step.policy
        let mayRunAgain = !(policy.isOnceOnly && failure.kind != .start)
        let wait = policy.retry.wait(
            after: failure, failures: nodes[node].failures, losses: nodes[node].losses, spread: random.unit())
        if mayRunAgain, let wait {
            let time = now + wait
            actions.append(.retries(nodes[node].id, failure, at: time - shift))
            guard wait > .zero else { return makeReady(node) }
            nodes[node].state = .backingOff
            backoffs.insert((time, node))
            return askToWake(at: time)
        }
        giveUp(node, failure, policy, mayRunAgain: mayRunAgain)
    }

    private mutating func giveUp(_ node: Int, _ failure: StepFailure, _ policy: StepPolicy, mayRunAgain: Bool) {
        guard policy.tolerance > 0, !nodes[node].id.partition.isWhole else { return settle(node, .failed(failure)) }
        if mayRunAgain, failure.kind != .refused, !nodes[node].hadSecondChance {
            nodes[node].state = .parked(failure)
            secondChances.append(node)
            actions.append(.retries(nodes[node].id, failure, at: nil))
        } else {
            settle(node, .quarantined(failure))
        }
    }

    /// What a failure says about the resources that the step used.
    private mutating func tellBreakers(_ node: Int, _ failure: StepFailure?, at now: Timestamp) {
        for name in nodes[node].resources.named.keys {
            switch failure?.kind {
            case nil: breakers[name]?.succeed()
            case .exit, .signal, .time, .heartbeat:
                guard let breaker = breakers[name] else { continue }
                breakers[name]?.fail(at: now)
                if breaker.isClosed, breakers[name]?.isClosed == false { actions.append(.rests(resource: name, breaker.options)) }
            default: breakers[name]?.pass(at: now)
            }
        }
    }

    mutating func returnFromBackoff(at now: Timestamp) {
        forgetWake(before: now)
        while let first = backoffs.first, first.until <= now {
            _ = backoffs.popFirst()
            if case .backingOff = nodes[first.node].state { makeReady(first.node) }
        }
        if let first = backoffs.first { askToWake(at: first.until) }
    }

    mutating func cancel() {
        guard !isCancelled else { return }
        isCancelled = true
        for node in nodes.indices {
            switch nodes[node].state {
            case .running: actions.append(.stop(nodes[node].id))
            case .ready, .backingOff: settle(node, .cancelled)
            case .parked(let failure): settle(node, .quarantined(failure))
            case .waiting, .preparing, .settled: break
            }
        }
        for number in templates.indices where !templates[number].isExpanded && templates[number].waitsForSources == 0 {
            giveUp(number, .cancelled)
        }
    }

    mutating func finishIfDone(at now: Timestamp) {
        if runningCount == 0, preparingCount == 0, backoffs.isEmpty, !secondChances.isEmpty, isIdle {
            let again = secondChances
            secondChances = []
            for node in again {
                guard case .parked = nodes[node].state else { continue }
                nodes[node].hadSecondChance = true
                makeReady(node)
            }
            dispatch(at: now)
        }
        guard unsettledCount == 0, unexpandedCount == 0, !isFinished else { return }
        isFinished = true
        actions.append(.finished)
    }

    /// Whether nobody is ready to begin.
    private var isIdle: Bool {
        !nodes.contains { if case .ready = $0.state { true } else { false } }
    }
}
