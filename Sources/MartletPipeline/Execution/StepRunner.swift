package import MartletCore
package import MartletStore

/// Runs a graph: a step whose key was seen before, and whose outputs are still there, is not run again.
///
/// An execution is recorded only once all its outputs are on disk, so a killed run continues with the step that it was in.
package struct StepRunner: Sendable {
    private let records: RecordStore
    private let blobs: BlobStore
    private let now: @Sendable () -> Timestamp

    package init(records: RecordStore, blobs: BlobStore, now: @escaping @Sendable () -> Timestamp = { .now }) {
        self.records = records
        self.blobs = blobs
        self.now = now
    }

    /// Why a step runs, or does not.
    package enum Verdict: Sendable, Equatable {
        case fresh(key: Digest)
        case stale(reasons: [String])
        /// A step before it must run first; whether this one is stale depends on what comes out.
        case waits(on: [String])
    }

    /// What happens during a run, for those who watch.
    package enum Event: Sendable {
        case reused(step: String, execution: StepExecution)
        case started(step: String, reasons: [String])
        case progress(step: String, share: Double?, message: String)
        case finished(step: String, execution: StepExecution)
        case failed(step: String)
    }

    /// Says for each step whether it would run, and why, without running anything.
    package func explain(_ graph: StepGraph) throws -> [(step: Step, verdict: Verdict)] {
        var outputs: [String: [String: Digest]] = [:]
        return try graph.steps.map { step in
            let unknown = step.sources.filter { outputs[$0] == nil }.sorted()
            guard unknown.isEmpty else { return (step, .waits(on: unknown)) }
            let key = StepKey(step: step, inputs: try resolve(step, outputs))
            if let execution = try reusable(step, key) {
                outputs[step.name] = execution.outputs
                return (step, .fresh(key: key.digest))
            }
            return (step, .stale(reasons: try reasons(step, key)))
        }
    }

    /// Runs what is stale. - Returns: every step's execution, by name.
    @discardableResult
    package func run(
        _ graph: StepGraph, observe: @escaping @Sendable (Event) -> Void
    ) async throws -> [String: StepExecution] {
        var executions: [String: StepExecution] = [:]
        for step in graph.steps {
            try Task.checkCancellation()
            let key = StepKey(step: step, inputs: try resolve(step, executions.mapValues(\.outputs)))
            if let execution = try reusable(step, key) {
                observe(.reused(step: step.name, execution: execution))
                executions[step.name] = execution
            } else {
                executions[step.name] = try await execute(step, key, observe)
            }
        }
        return executions
    }

    private func execute(
        _ step: Step, _ key: StepKey, _ observe: @escaping @Sendable (Event) -> Void
    ) async throws -> StepExecution {
        observe(.started(step: step.name, reasons: try reasons(step, key)))
        let startedAt = now()
        let inputs = key.parts["inputs"]?.object?.compactMapValues { $0.string.flatMap(Digest.init) } ?? [:]
        let context = StepContext(inputs: inputs, key: key.digest) { share, message in
            observe(.progress(step: step.name, share: share, message: message))
        }
        do {
            let result = try await step.action(context)
            for (name, digest) in result.outputs where !blobs.contains(digest) {
                throw MartletError(.corrupt, "step '\(step.name)' named the output '\(name)' (\(digest.short)) but did not store it")
            }
            let execution = StepExecution(
                step: step.name, key: key.digest, keyParts: key.parts, outputs: result.outputs, summary: result.summary,
                startedAt: startedAt, finishedAt: now()
            )
            try records.record(execution)
            observe(.finished(step: step.name, execution: execution))
            return execution
        } catch {
            observe(.failed(step: step.name))
            throw error
        }
    }

    private func resolve(_ step: Step, _ outputs: [String: [String: Digest]]) throws -> [String: Digest] {
        try step.inputs.mapValues { input in
            switch input {
            case .external(let digest): return digest
            case .output(let source, let name):
                guard let digest = outputs[source]?[name] else {
                    throw MartletError(.notFound, "step '\(step.name)' reads '\(name)' of '\(source)', which made no such output")
                }
                return digest
            }
        }
    }

    private func reusable(_ step: Step, _ key: StepKey) throws -> StepExecution? {
        guard let execution = try records.execution(step: step.name, key: key.digest) else { return nil }
        return execution.outputs.values.allSatisfy(blobs.contains) ? execution : nil
    }

    private func reasons(_ step: Step, _ key: StepKey) throws -> [String] {
        if let same = try records.execution(step: step.name, key: key.digest) {
            let lost = same.outputs.filter { !blobs.contains($0.value) }.map(\.key).sorted()
            return ["its outputs are gone: \(lost.joined(separator: ", "))"]
        }
        guard let earlier = try records.lastExecution(step: step.name) else { return ["it never ran"] }
        return key.differences(from: earlier.keyParts)
    }
}
