/// What became of a step in a run, or of one instance of it, as far as the records tell.
package struct RunStep: Sendable, Equatable {
    /// In the order in which people look at them.
    package enum State: Int, Sendable, CaseIterable {
        case failed, running, lost, done, waiting, notBegun, leftOut, fresh
    }

    package let id: StepID
    package let state: State
    /// The oldest first.
    package var attempts: [AttemptRecord] = []
    /// Why it ran, or did not.
    package let why: [String]

    /// What it used, all attempts together.
    package var usage: StepUsage {
        attempts.reduce(into: StepUsage()) { sum, attempt in if let usage = attempt.usage { sum += usage } }
    }
}

extension RunAccount {
    /// All steps of the run: what failed first, then what runs, what ran by the time that it began, what waits, what did not run.
    ///
    /// What is fresh or left out is on record only when a run has ended. Until then, a step that was not attempted waits where something
    /// before it runs, and of others it is not known. Instances of a step that was attempted are shown as they begin.
    /// - Parameter sources: the project's graph.
    package func steps(_ sources: StepSources) -> [RunStep] {
        let attempted = Dictionary(grouping: attempts, by: \.id)
        var steps = attempted.map { step($0, $1) }
        steps += (manifest?.entries ?? [:]).compactMap { id, entry in
            // Attempts beyond those that are told are not known here.
            attempted[id] == nil && (entry.wasFresh || !isCut)
                ? RunStep(id: id, state: .fresh, why: PipelineRunner.Verdict.fresh(key: entry.key).reasons) : nil
        }
        steps += (manifest?.others ?? [:]).compactMap { id, words in
            attempted[id] == nil ? RunStep(id: id, state: .leftOut, why: [words]) : nil
        }
        if state == .running { steps += unattempted(sources, Set(attempts.map(\.id.step))) }
        let start = attempted.mapValues { $0[0].startedAt }
        return steps.sorted { left, right in
            guard left.state == right.state else { return left.state.rawValue < right.state.rawValue }
            let (first, second) = (start[left.id] ?? run.startedAt, start[right.id] ?? run.startedAt)
            return first == second ? left.id < right.id : first < second
        }
    }

    private func step(_ id: StepID, _ attempts: [AttemptRecord]) -> RunStep {
        let last = attempts[attempts.count - 1]
        let state: RunStep.State =
            if last.failure != nil { .failed } else if last.endedAt != nil { .done } else if self.state == .running { .running } else {
                .lost
            }
        // Later attempts at a step have nothing to add to why it was stale.
        return RunStep(id: id, state: state, attempts: attempts, why: attempts.first { !$0.reasons.isEmpty }?.reasons ?? [])
    }

    private func unattempted(_ sources: StepSources, _ attempted: Set<String>) -> [RunStep] {
        let running = Set(attempts.lazy.filter { $0.endedAt == nil }.map(\.id.step))
        return sources.needed(for: run.steps).subtracting(attempted).map { name in
            let waitsFor = sources.nearest(to: name) { running.contains($0) }.sorted().map { "'\($0)'" }
            return waitsFor.isEmpty
                ? RunStep(id: StepID(name), state: .notBegun, why: ["it is fresh, or its turn has not come"])
                : RunStep(id: StepID(name), state: .waiting, why: ["waits for \(waitsFor.joined(separator: ", "))"])
        }
    }
}
