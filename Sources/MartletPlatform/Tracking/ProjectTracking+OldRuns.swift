import MartletCore
import MartletPipeline
import MartletRegistry
import MartletStore

/// Runs that an earlier martlet kept in the records of the home.
extension ProjectTracking {
    /// Moves them to tracking. A run is removed there only when all of it is here; one that a crash cut off begins anew.
    func moveOldRuns() async throws {
        while let old = try records.firstOldRun() {
            if try await !isHere(old.id) { try await copy(old) }
            try records.removeOldRun(old.id)
        }
    }

    /// Moves what steps did, so that nothing runs again for an update. A crash between the two leaves them in both places, and they are
    /// moved again.
    func moveOldExecutions() async throws {
        let old = try records.oldExecutions()
        guard let last = old.last else { return }
        try await pipelines.take(
            old.map {
                StepExecution(
                    id: StepID($0.step), key: $0.key, keyParts: $0.keyParts, outputs: $0.outputs, summary: $0.summary,
                    startedAt: $0.startedAt, finishedAt: $0.finishedAt)
            })
        try records.removeOldExecutions(through: last.sequence)
    }

    private func isHere(_ id: String) async throws -> Bool {
        do {
            return try await store.run(id).tags.contains { $0.key == Self.movedTag }
        } catch let fault as TrackingFault where fault.code == .resourceDoesNotExist {
            return false
        }
    }

    /// Set last, so that a run that has it is whole.
    private static var movedTag: String { "martlet.moved" }

    private func copy(_ old: OldRun) async throws {
        let experiment = try await experiment(named: old.experiment)
        try await store.resumeRun(
            old.id, RunDraft(experiment: experiment, name: old.name, startedAt: old.startedAt.microseconds / 1_000))
        let parameters = old.parameters.sorted { $0.key < $1.key }.map { KeyedText($0.key, $0.value) }
        let metrics = old.metrics.map { LoggedMetric($0.key, $0.value, at: $0.at.microseconds / 1_000, step: Int64($0.step)) }
        for part in parts(of: parameters, LogBatch.parameterCountMax) { try await store.log(LogBatch(parameters: part), run: old.id) }
        for part in parts(of: metrics, LogBatch.metricCountMax) { try await store.log(LogBatch(metrics: part), run: old.id) }
        let status: TrackedRun.Status =
            switch old.status {
            case "finished": .finished
            case "failed": .failed
            case "killed": .killed
            default: .running
            }
        _ = try await store.updateRun(old.id, RunChange(status: status, endedAt: old.endedAt.map { $0.microseconds / 1_000 }))
        for tag in old.tags.sorted(by: { $0.key < $1.key }) + [(Self.movedTag, "true")] {
            try await store.setTag(KeyedText(tag.key, tag.value), run: old.id)
        }
    }

    private func parts<Element>(of all: [Element], _ countMax: Int) -> [[Element]] {
        stride(from: 0, to: all.count, by: countMax).map { Array(all[$0..<min($0 + countMax, all.count)]) }
    }
}
