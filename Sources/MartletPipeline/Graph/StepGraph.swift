package import MartletCore

/// Steps in an order in which each comes after those that it reads from.
package struct StepGraph: Sendable {
    /// The steps, in running order.
    package let steps: [Step]
    /// Where each step is in that order.
    package let positions: [String: Int]

    /// Orders steps. - Throws: `invalidInput` for two steps of one name, an input from nowhere, or a cycle.
    /// - Complexity: O(steps and inputs).
    package init(_ steps: [Step]) throws {
        let numbers = Dictionary(steps.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first })
        for (number, step) in steps.enumerated() {
            guard numbers[step.name] == number else { throw MartletError(.invalidInput, "two steps are named '\(step.name)'; rename one") }
            for source in step.sources.sorted() where numbers[source] == nil {
                let hint = nearest(to: source, among: numbers.keys).map { "; did you mean '\($0)'?" } ?? ""
                throw MartletError(.invalidInput, "step '\(step.name)' reads from '\(source)', which is no step\(hint)")
            }
        }
        let order = Self.order(steps, numbers)
        guard order.count == steps.count else {
            let rest = Set(steps.indices).subtracting(order).sorted().map { steps[$0].name }
            throw Self.circle(rest)
        }
        self.steps = order.map { steps[$0] }
        positions = Dictionary(uniqueKeysWithValues: self.steps.enumerated().map { ($1.name, $0) })
    }

    /// What is said of steps that wait for one another.
    package static func circle(_ steps: [String]) -> MartletError {
        MartletError(.invalidInput, "these steps read from one another in a circle: \(steps.joined(separator: ", "))")
    }

    /// Of those that may come next the one that was declared first (Kahn, 1962).
    private static func order(_ steps: [Step], _ numbers: [String: Int]) -> [Int] {
        var waits = steps.map { $0.sources.count }
        var readers = [[Int]](repeating: [], count: steps.count)
        for (number, step) in steps.enumerated() {
            for source in step.sources { if let source = numbers[source] { readers[source].append(number) } }
        }
        var ready = PriorityQueue<Int>(steps.indices.filter { waits[$0] == 0 }, before: <)
        var order: [Int] = []
        while let next = ready.popFirst() {
            order.append(next)
            for reader in readers[next] {
                waits[reader] -= 1
                if waits[reader] == 0 { ready.insert(reader) }
            }
        }
        return order
    }

    /// The same with some steps and all that they need, alone. - Throws: `notFound` with the nearest name.
    package func restricted(to names: some Sequence<String>) throws -> StepGraph {
        var needed: Set<String> = []
        var rest = Array(names)
        while let name = rest.popLast() {
            let included = steps.map(\.name).filter { $0.hasPrefix("\(name)/") }
            if positions[name] == nil, !included.isEmpty {
                rest += included
                continue
            }
            guard let position = positions[name] else {
                let hint = nearest(to: name, among: positions.keys).map { "did you mean '\($0)'?" } ?? "'martlet run --explain' lists them"
                throw MartletError(.notFound, "there is no step '\(name)'; \(hint)")
            }
            if needed.insert(name).inserted { rest += steps[position].sources }
        }
        return try StepGraph(steps.filter { needed.contains($0.name) })
    }

    /// The same with only some values of keys. What is not known yet is restricted when it is.
    /// - Throws: `invalidInput` where a step would join some of what it joins, or no step has a key.
    package func restricted(to selection: [String: Set<String>]) throws -> StepGraph {
        guard !selection.isEmpty else { return self }
        for key in selection.keys.sorted() {
            let keys = Set(steps.flatMap(\.keys))
            guard keys.contains(key) else {
                let hint =
                    nearest(to: key, among: keys).map { "did you mean '\($0)'?" } ?? "there are \(keys.sorted().joined(separator: ", "))"
                throw MartletError(.invalidInput, "no step that is to run is fanned out by '\(key)'; \(hint)")
            }
            for step in steps where !step.keys.contains(key) {
                guard let source = step.sources.sorted().first(where: { self[$0]?.keys.contains(key) ?? false }) else { continue }
                throw MartletError(
                    .invalidInput,
                    "step '\(step.name)' joins all of '\(source)' and would make something else of some; name the steps that are to run, "
                        + "such as '\(source)', and let it join when all are there")
            }
        }
        return try StepGraph(
            steps.map { step in
                var step = step
                step.fanOuts = step.fanOuts.map { fanOut in
                    guard case .list(let list) = fanOut.values, let chosen = selection[fanOut.key] else { return fanOut }
                    return FanOut(key: fanOut.key, values: .list(list.filter(chosen.contains)))
                }
                return step
            })
    }

    /// The step of a name.
    package subscript(name: String) -> Step? { positions[name].map { steps[$0] } }
}

extension Step {
    /// The steps that this one reads from, for whatever.
    package var sources: Set<String> {
        var sources = Set(inputs.values.compactMap { if case .output(let step, _) = $0 { step } else { nil } })
        if let condition { sources.insert(condition.step) }
        for fanOut in fanOuts { if case .output(let name) = fanOut.values { sources.insert(name.step) } }
        return sources
    }

    /// Whether a cluster's node may do it.
    var mayRunElsewhere: Bool { if case .command = work { true } else { isPortable } }

    /// The parameters of an instance.
    func parameters(of partition: StepPartition) -> JSONValue {
        guard let own = instanceParameters[partition] else { return parameters }
        return .object((parameters.object ?? [:]).merging(own) { $1 })
    }

    /// The keys that it is fanned out by.
    package var keys: Set<String> { Set(fanOuts.map(\.key)) }
}
