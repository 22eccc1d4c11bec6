package import MartletCore

extension PipelineRunner {
    /// Why a step would run, or not.
    package enum Verdict: Sendable, Equatable {
        case fresh(key: Digest)
        case stale(reasons: [String])
        /// Steps before it must run first; whether this one is stale depends on what comes out.
        case waits(on: [String])
        case skipped(String)
        /// It cannot run as things are.
        case refused(String)
    }

    /// Says for each step whether it would run, and why, without running or recording anything.
    /// - Returns: the steps in running order, with each instance that is known; a step whose instances are not known yet stands alone.
    package func explain(_ graph: StepGraph, options: Options = Options()) async throws -> [(id: StepID, verdict: Verdict)] {
        let state = RunState(
            runner: self, graph: graph, run: "", estimates: [:], options: options, capacity: .unlimited, observe: { _ in })
        let verdicts = try await state.verdicts()
        return verdicts.sorted { left, right in
            let (first, second) = (graph.positions[left.key.step] ?? 0, graph.positions[right.key.step] ?? 0)
            return first == second ? left.key.partition < right.key.partition : first < second
        }.map { ($0.key, $0.value) }
    }

    /// The keys that steps have now: of all whose inputs are there. Runs and records nothing.
    package func keys(_ graph: StepGraph, options: Options = Options()) async throws -> [StepID: StepKey] {
        let state = RunState(
            runner: self, graph: graph, run: "", estimates: [:], options: options, capacity: .unlimited, observe: { _ in })
        _ = try await state.verdicts()
        return state.dryKeys
    }
}

extension PipelineRunner.Verdict {
    /// What it says in a word.
    package var word: String {
        switch self {
        case .fresh: "fresh"
        case .stale: "stale"
        case .waits: "waits"
        case .skipped: "skipped"
        case .refused: "refused"
        }
    }

    /// What stands before a step in a list.
    package var mark: String {
        switch self {
        case .fresh: "="
        case .stale: "•"
        case .waits: "?"
        case .skipped: "–"
        case .refused: "✗"
        }
    }

    /// Why.
    package var reasons: [String] {
        switch self {
        case .fresh(let key): ["key \(key.short) was made before, and its outputs are there"]
        case .stale(let reasons): reasons
        case .waits(let steps): ["depends on what comes out of \(steps.joined(separator: ", "))"]
        case .skipped(let reason), .refused(let reason): [reason]
        }
    }
}

extension Resources {
    /// Enough for anything.
    static let unlimited = Resources(cores: .greatestFiniteMagnitude, memoryBytes: .max, accelerators: .max)
}
