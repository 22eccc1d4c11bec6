package import MartletCore

/// Decides what a run does next: which steps are fanned out, looked at, begun, begun again and given up. It knows no clock, process or disk.
///
/// Feed it what happened and carry out what it answers. Equal events give equal actions.
/// Steps whose longest way to the end is longest go first (list scheduling by upward rank: Topcuoglu et al., HEFT, 2002). Resources are
/// never given twice. What does not fit is passed by what does, but by those that take of what it lacks not for ever.
package struct RunEngine {
    /// How steps that are ready are ordered.
    package enum Order: Sendable {
        /// The longest way to the end first.
        case criticalPath
        /// As they became ready.
        case arrival
    }

    /// What a run may be told.
    package struct Options: Sendable {
        package var order = Order.criticalPath
        /// By name of a project's resource.
        package var breakers: [String: CircuitBreaker.Options] = [:]
        /// Whether the first failure ends the run, rather than only what depends on it.
        package var failsFast = false
        /// What spreads the waits before further attempts.
        package var seed: UInt64 = 0

        package init() {}
    }

    /// What happened.
    package enum Event: Sendable {
        case began
        /// The values of the keys of a step that its fan-out needed an output for; all keys.
        case expanded(step: String, values: [String: [String]])
        case cannotExpand(step: String, StepFailure)
        /// Those that were looked at together, so that the most urgent of them begins first.
        case prepared([(StepID, Preparation)])
        /// The resources were somebody else's after all; some time has passed since.
        case refused(StepID)
        case succeeded(StepID)
        /// An attempt failed; so much is set aside for the next one, where that is another amount.
        case failed(StepID, StepFailure, needs: Resources? = nil)
        /// A time that was asked for has come, or something else may have changed.
        case woke
        case cancel
    }

    /// What a look at a step found.
    package enum Preparation: Sendable {
        /// Its outputs are there already.
        case fresh
        /// It must run; so long and with so much, as far as is known.
        case stale(seconds: Double?, resources: Resources)
        /// Its condition does not hold.
        case skipped(String)
        case failed(StepFailure)
    }

    /// What is to be done.
    package enum Action: Sendable {
        /// Tell the values of a step's keys.
        case expand(step: String)
        /// Look whether these are fresh.
        case prepare([StepID])
        case launch(StepID, attempt: Int, resources: Resources)
        /// Stop it; it will still say how it ended.
        case stop(StepID)
        /// Send `woke` then.
        case wake(at: Timestamp)
        case settled(StepID, StepOutcome)
        /// It failed and will be begun again, at the earliest then; `nil` for when all else is done.
        case retries(StepID, StepFailure, at: Timestamp?)
        /// A resource failed so often in a row that nothing that needs it begins for a while.
        case rests(resource: String, CircuitBreaker.Options)
        /// All is settled.
        case finished
    }

    /// A step that does not fit lets at most so many others take of what it lacks; then that is kept for it.
    static let bypassMax = 64

    let options: Options
    var templates: [Template]
    var nodes: [Node] = []
    var groups: [Group] = []
    var numbers: [StepID: Int] = [:]
    let templateNumbers: [String: Int]
    var ready = ReadyQueues()
    let capacity: Resources
    var used = Resources.none
    var breakers: [String: CircuitBreaker]
    var random: SplitMix64
    /// Failed instances that are tried once more when all else is done.
    var secondChances: [Int] = []
    var unsettledCount = 0
    var unexpandedCount: Int
    var runningCount = 0
    var preparingCount = 0
    /// When those that failed may begin again, and which.
    var backoffs = PriorityQueue<(until: Timestamp, node: Int)>(before: { $0 < $1 })
    var arrivals = 0
    var isCancelled = false
    var isFinished = false
    var actions: [Action] = []
    /// Steps that may be fanned out, and instances whose sources are settled: a list and not a recursion, as a chain may be long.
    var (expandable, eligible): ([Int], [Int]) = ([], [])
    /// Whether it is known of most steps how long they take.
    let isEstimated: Bool
    /// All instances before this one are settled.
    var settledPrefix = 0
    private var asked: Timestamp?
    /// The time of the event before.
    private var latest: Timestamp?
    /// By how much the clock was set back so far.
    private(set) var shift = Duration.zero

    /// - Parameter seconds: how long a step takes, as far as is known, for the way to the end.
    package init(_ graph: StepGraph, capacity: Resources, options: Options = Options(), seconds: (Step) -> Double? = { _ in nil }) {
        self.options = options
        self.capacity = capacity
        templateNumbers = graph.positions
        breakers = options.breakers.mapValues(CircuitBreaker.init)
        random = SplitMix64(seed: options.seed)
        unexpandedCount = graph.steps.count
        templates = graph.steps.map { Template($0) }
        for number in templates.indices {
            for source in templates[number].step.sources.sorted() {
                guard let source = graph.positions[source] else { continue }
                templates[source].readers.append(number)
                templates[number].waitsForSources += 1
            }
        }
        let known = templates.map { seconds($0.step) }
        isEstimated = !known.isEmpty && 2 * known.count { $0 != nil } > known.count
        let usual = Self.mean(known.compactMap { $0 }) ?? 1
        for number in templates.indices.reversed() {
            let rest = templates[number].readers.map { templates[$0].rank }.max() ?? 0
            templates[number].rankOfReaders = rest
            templates[number].rank = rest + (known[number] ?? usual)
            templates[number].usualSeconds = known[number] ?? usual
        }
    }

    /// What is to be done after an event.
    package mutating func handle(_ event: Event, at clock: Timestamp) -> [Action] {
        actions = []
        let now = time(at: clock)
        switch event {
        case .began:
            expandable = templates.indices.filter { templates[$0].waitsForSources == 0 }
        case .expanded(let step, let values): if let number = templateNumbers[step] { expand(number, values) }
        case .cannotExpand(let step, let failure): if let number = templateNumbers[step] { giveUp(number, .failed(failure)) }
        case .prepared(let found): for (id, preparation) in found { if let node = numbers[id] { prepared(node, preparation) } }
        case .refused(let id): if let node = numbers[id] { refused(node, at: now) }
        case .succeeded(let id): if let node = numbers[id] { ended(node, nil, at: now) }
        case .failed(let id, let failure, let needs): if let node = numbers[id] { ended(node, failure, needs: needs, at: now) }
        // Whatever the clock says now: it may have been set back, and who still waits asks again.
        case .woke: asked = nil
        case .cancel: cancel()
        }
        drain()
        returnFromBackoff(at: now)
        dispatch(at: now)
        finishIfDone(at: now)
        return actions
    }

    /// Those instances of a step whose outputs a step reads: they agree in the keys that both have, and ran.
    package func sources(of id: StepID, in step: String) -> [StepID] {
        guard let reader = numbers[id], let template = templateNumbers[step] else { return [] }
        let keys = sharedKeys(template, nodes[reader].template)
        let shared = id.partition.restricted(to: keys)
        return templates[template].groupsByKeys[keys]?[shared].map {
            groups[$0].members.filter { nodes[$0].hasOutputs }.map { nodes[$0].id }
        } ?? []
    }

    /// The time that all waits are counted by. A clock that is set back stands still for it: no wait is cut short, and none grows by more
    /// than what passed since the event before.
    private mutating func time(at clock: Timestamp) -> Timestamp {
        if let latest, clock + shift < latest { shift = latest - clock }
        latest = clock + shift
        return clock + shift
    }

    /// What became of each step so far.
    package var outcomes: [StepID: StepOutcome] {
        var outcomes: [StepID: StepOutcome] = [:]
        for node in nodes { if case .settled(let outcome) = node.state { outcomes[node.id] = outcome } }
        return outcomes
    }

    /// What is not settled.
    var openSteps: [StepID] { nodes.filter { !$0.isSettled }.map(\.id) }

    /// The steps, in words, that an instance waits for; of many instances of one step their number.
    func waits(for id: StepID) -> [String] {
        guard let node = numbers[id] else { return [] }
        return nodes[node].sources.filter { groups[$0].remaining > 0 }.map { group in
            let open = groups[group].members.filter { !nodes[$0].isSettled }
            guard let first = open.first else { return "" }
            return open.count == 1 ? nodes[first].id.description : "\(open.count) of '\(nodes[first].id.step)'"
        }
    }

    /// The steps whose instances are not known, and what they wait for.
    var unexpandedSteps: [(step: String, sources: [String])] {
        templates.filter { !$0.isExpanded }.map { template in
            let open = template.step.sources.sorted().filter { name in
                guard let source = templateNumbers[name].map({ templates[$0] }) else { return false }
                return !source.isExpanded || source.instances.contains { !nodes[$0].isSettled }
            }
            return (template.step.name, open)
        }
    }

    private static func mean(_ values: [Double]) -> Double? { values.isEmpty ? nil : values.reduce(0, +) / Double(values.count) }

    mutating func askToWake(at time: Timestamp) {
        if let asked, asked <= time, asked > Timestamp(microseconds: .min) { return }
        asked = time
        actions.append(.wake(at: time - shift))
    }

    /// What was asked for has come.
    mutating func forgetWake(before now: Timestamp) { if let time = asked, time <= now { asked = nil } }
}

/// What became of a step in a run.
package enum StepOutcome: Sendable, Equatable {
    /// Its outputs were there already.
    case fresh
    /// It ran well.
    case done
    /// Its condition did not hold, or none of what it reads ran.
    case skipped(String)
    /// It failed, and the rest goes on without it.
    case quarantined(StepFailure)
    case failed(StepFailure)
    /// Something that it reads failed.
    case blocked(by: StepID)
    case cancelled

    /// Whether its outputs are there.
    package var hasOutputs: Bool { self == .fresh || self == .done }
}
