import MartletCore

/// Steps in an order in which each comes after those that it reads from.
package struct StepGraph: Sendable {
    /// The steps, in running order.
    package let steps: [Step]

    /// Orders steps. - Throws: `invalidInput` for two steps of one name, an input from nowhere, or a cycle.
    package init(_ steps: [Step]) throws {
        var names: Set<String> = []
        for step in steps where !names.insert(step.name).inserted {
            throw MartletError(.invalidInput, "two steps are named '\(step.name)'; rename one")
        }
        var remaining = steps
        var ordered: [Step] = []
        var done: Set<String> = []
        for step in steps {
            for source in step.sources where !names.contains(source) {
                throw MartletError(.invalidInput, "step '\(step.name)' reads from '\(source)', which is no step")
            }
        }
        while let position = remaining.firstIndex(where: { $0.sources.isSubset(of: done) }) {
            let step = remaining.remove(at: position)
            done.insert(step.name)
            ordered.append(step)
        }
        guard remaining.isEmpty else {
            throw MartletError(
                .invalidInput, "these steps read from one another in a circle: \(remaining.map(\.name).joined(separator: ", "))")
        }
        self.steps = ordered
    }
}

extension Step {
    /// The steps that this one reads from.
    package var sources: Set<String> {
        Set(inputs.values.compactMap { if case .output(let step, _) = $0 { step } else { nil } })
    }
}
