import MartletCore

extension RunEngine {
    /// A step, before it is fanned out.
    struct Template {
        let step: Step
        let keys: Set<String>
        var readers: [Int] = []
        /// How many of the steps that it reads from are not fanned out yet.
        var waitsForSources = 0
        var isExpanded = false
        /// It could not be fanned out: one node stands for all instances, also for those who would read some.
        var isGivenUp = false
        var instances: [Int] = []
        /// The longest way from its beginning to the end, in seconds.
        var rank = 0.0
        var rankOfReaders = 0.0
        var usualSeconds = 1.0
        /// Groups of its instances by what they agree in, made as readers ask for them.
        var groupsByKeys: [Set<String>: [StepPartition: Int]] = [:]
        var quarantinedCount = 0

        init(_ step: Step) {
            self.step = step
            keys = step.keys
        }
    }

    /// An instance of a step.
    struct Node {
        enum State {
            /// For groups that are not settled.
            case waiting
            case preparing
            case ready
            case running
            /// For some time, after a failure.
            case backingOff
            /// For all else to be done.
            case parked(StepFailure)
            case settled(StepOutcome)
        }

        let id: StepID
        let template: Int
        var state = State.waiting
        /// So many groups that it reads are not settled.
        var blockers = 0
        /// What it belongs to, once others read it.
        var groups: [Int] = []
        /// What it reads.
        var sources: [Int] = []
        var resources = Resources.none
        var seconds: Double?
        var failures = 0
        var losses = 0
        var hadSecondChance = false
        var bypassCount = 0
        var attempts = 0

        var isSettled: Bool { if case .settled = state { true } else { false } }
        var hasOutputs: Bool { if case .settled(let outcome) = state { outcome.hasOutputs } else { false } }
    }

    /// Instances of one step that somebody waits for together.
    struct Group {
        let template: Int
        /// Whether all keys of the step are among those that its reader has too, so that it is one instance.
        let isMatch: Bool
        var members: [Int] = []
        var remaining = 0
        var waiting: [Int] = []
    }

    /// A place in the queue of those that could begin.
    struct Ready {
        let node: Int
        let rank: Double
        let arrival: Int

        static func comesBefore(_ left: Ready, _ right: Ready) -> Bool {
            left.rank == right.rank ? left.arrival < right.arrival : left.rank > right.rank
        }
    }

    /// Carries out what events before have made possible, in the order in which they did.
    mutating func drain() {
        while !expandable.isEmpty || !eligible.isEmpty {
            let (steps, instances) = (expandable, eligible)
            (expandable, eligible) = ([], [])
            for number in steps { prepareExpansion(of: number) }
            for node in instances { becomeEligible(node) }
        }
    }

    // MARK: Fanning out

    /// All that a step reads from is fanned out. What its own fan-out needs may still have to run.
    private mutating func prepareExpansion(of number: Int) {
        guard !templates[number].isExpanded else { return }
        let dynamic = templates[number].step.fanOuts.compactMap { if case .output(let name) = $0.values { name.step } else { nil } }
        guard !dynamic.isEmpty else {
            var values: [String: [String]] = [:]
            for fanOut in templates[number].step.fanOuts { if case .list(let list) = fanOut.values { values[fanOut.key] = list } }
            return expand(number, values)
        }
        let sources = dynamic.compactMap { templateNumbers[$0] }.flatMap { templates[$0].instances }
        guard sources.allSatisfy({ nodes[$0].isSettled }) else { return }
        if let broken = sources.first(where: { !nodes[$0].hasOutputs }) { return giveUp(number, outcome(downstreamOf: broken)) }
        actions.append(.expand(step: templates[number].step.name))
    }

    private func outcome(downstreamOf source: Int) -> StepOutcome {
        switch nodes[source].state {
        case .settled(.skipped): .skipped("'\(nodes[source].id)' was skipped")
        case .settled(.cancelled): .cancelled
        default: .blocked(by: nodes[source].id)
        }
    }

    /// A step that cannot be fanned out has one instance, which is settled at once.
    mutating func giveUp(_ number: Int, _ outcome: StepOutcome) {
        guard !templates[number].isExpanded else { return }
        let node = addNode(number, .whole)
        templates[number].isExpanded = true
        templates[number].isGivenUp = true
        unexpandedCount -= 1
        tellReaders(of: number)
        settle(node, outcome)
    }

    mutating func expand(_ number: Int, _ values: [String: [String]]) {
        guard !templates[number].isExpanded else { return }
        let counts = templates[number].step.fanOuts.map { values[$0.key]?.count ?? 0 }
        guard counts.reduce(1.0, { $0 * Double($1) }) <= Double(FanOutValues.countMax) else {
            let words = counts.map { "\($0)" }.joined(separator: " × ")
            let message =
                "step '\(templates[number].step.name)' is fanned out into \(words) instances; there may be \(FanOutValues.countMax); fan it out "
                + "by less"
            return giveUp(number, .failed(StepFailure(.start, message)))
        }
        templates[number].isExpanded = true
        unexpandedCount -= 1
        var partitions: [[String: String]] = [[:]]
        for fanOut in templates[number].step.fanOuts {
            partitions = partitions.flatMap { partial in
                (values[fanOut.key] ?? []).map { partial.merging([fanOut.key: $0]) { $1 } }
            }
        }
        var free: [Int] = []
        for partition in partitions.map({ StepPartition($0) }) where numbers[StepID(templates[number].step.name, partition)] == nil {
            let node = addNode(number, partition)
            connect(node)
            if nodes[node].blockers == 0 { free.append(node) }
        }
        tellReaders(of: number)
        eligible += free
    }

    private mutating func addNode(_ template: Int, _ partition: StepPartition) -> Int {
        let id = StepID(templates[template].step.name, partition)
        nodes.append(Node(id: id, template: template))
        numbers[id] = nodes.count - 1
        templates[template].instances.append(nodes.count - 1)
        unsettledCount += 1
        return nodes.count - 1
    }

    private mutating func connect(_ node: Int) {
        let template = nodes[node].template
        for source in templates[template].step.sources.sorted() {
            guard let source = templateNumbers[source] else { continue }
            guard let group = group(of: source, readBy: node, template) else { continue }
            nodes[node].sources.append(group)
            if groups[group].remaining > 0 {
                groups[group].waiting.append(node)
                nodes[node].blockers += 1
            }
        }
    }

    /// The instances of a step that agree with a reader in the keys that both have; `nil` where there are none.
    private mutating func group(of source: Int, readBy node: Int, _ template: Int) -> Int? {
        let keys = sharedKeys(source, template)
        if templates[source].groupsByKeys[keys] == nil { makeGroups(of: source, by: keys) }
        return templates[source].groupsByKeys[keys]?[nodes[node].id.partition.restricted(to: keys)]
    }

    /// The keys in which instances of a step and of its reader agree.
    func sharedKeys(_ source: Int, _ reader: Int) -> Set<String> {
        templates[source].isGivenUp ? [] : templates[source].keys.intersection(templates[reader].keys)
    }

    private mutating func makeGroups(of template: Int, by keys: Set<String>) {
        var made: [StepPartition: Int] = [:]
        for node in templates[template].instances {
            let shared = nodes[node].id.partition.restricted(to: keys)
            let group =
                made[shared]
                ?? {
                    groups.append(Group(template: template, isMatch: keys == templates[template].keys))
                    made[shared] = groups.count - 1
                    return groups.count - 1
                }()
            groups[group].members.append(node)
            if !nodes[node].isSettled { groups[group].remaining += 1 }
            nodes[node].groups.append(group)
        }
        templates[template].groupsByKeys[keys] = made
    }

    private mutating func tellReaders(of number: Int) {
        for reader in templates[number].readers {
            templates[reader].waitsForSources -= 1
            if templates[reader].waitsForSources == 0 { expandable.append(reader) }
        }
    }

    // MARK: Settling

    mutating func settle(_ node: Int, _ outcome: StepOutcome) {
        guard !nodes[node].isSettled else { return }
        nodes[node].state = .settled(outcome)
        unsettledCount -= 1
        if case .quarantined = outcome { templates[nodes[node].template].quarantinedCount += 1 }
        actions.append(.settled(nodes[node].id, outcome))
        if case .failed = outcome, options.failsFast { cancel() }
        for group in nodes[node].groups {
            groups[group].remaining -= 1
            guard groups[group].remaining == 0 else { continue }
            let waiting = groups[group].waiting
            groups[group].waiting = []
            for reader in waiting {
                nodes[reader].blockers -= 1
                if nodes[reader].blockers == 0 { eligible.append(reader) }
            }
        }
        expandable += templates[nodes[node].template].readers.filter { !templates[$0].isExpanded && templates[$0].waitsForSources == 0 }
    }

    /// All that it reads is settled.
    mutating func becomeEligible(_ node: Int) {
        guard case .waiting = nodes[node].state else { return }
        if isCancelled { return settle(node, .cancelled) }
        for group in nodes[node].sources {
            if let outcome = outcome(ofReading: group) { return settle(node, outcome) }
        }
        nodes[node].state = .preparing
        preparingCount += 1
        if case .prepare(let ids)? = actions.last {
            actions[actions.count - 1] = .prepare(ids + [nodes[node].id])
        } else {
            actions.append(.prepare([nodes[node].id]))
        }
    }

    /// What becomes of a reader for what it reads; `nil` where it may go on.
    private func outcome(ofReading group: Int) -> StepOutcome? {
        let members = groups[group].members
        var quarantined: [Int] = []
        var skipped = 0
        for member in members {
            guard case .settled(let outcome) = nodes[member].state else { continue }
            switch outcome {
            case .fresh, .done: break
            case .skipped: skipped += 1
            case .quarantined: quarantined.append(member)
            case .failed, .blocked: return .blocked(by: nodes[member].id)
            case .cancelled: return .cancelled
            }
        }
        if let first = quarantined.first {
            let template = templates[groups[group].template]
            if groups[group].isMatch {
                return .quarantined(StepFailure(.refused, "'\(nodes[first].id)', which it reads, is in quarantine"))
            }
            // Of all instances, not of those alone that this one reads: that is what was declared.
            let share = Double(template.quarantinedCount) / Double(max(1, template.instances.count))
            if share > template.step.policy.tolerance || quarantined.count == members.count { return .blocked(by: nodes[first].id) }
        }
        if skipped > 0, skipped + quarantined.count == members.count { return .skipped("nothing that it reads ran") }
        return nil
    }
}
