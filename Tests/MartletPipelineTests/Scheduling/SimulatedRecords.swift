import MartletCore
import Synchronization

@testable import MartletPipeline

/// What one incarnation of a runner sees of the disk.
struct SimulatedRecords: PipelineRecords, StepContents {
    let world: SimulatedWorld
    let incarnation: Int

    func begin(_ run: RunRecord) async throws { try await world.commit(incarnation) { $0.runs.append(run) } }

    func end(_ run: RunRecord, saved: [String: SavedUsage]) async throws {
        try await world.commit(incarnation) { disk in
            disk.runs.removeAll { $0.id == run.id }
            disk.runs.append(run)
        }
    }

    func executions(_ keys: [StepID: Digest]) async throws -> [StepID: StepExecution] {
        try await world.pause(incarnation)
        return world.state.withLock { state in
            keys.reduce(into: [:]) { found, pair in
                found[pair.key] = state.disk.executions[pair.key]?.last { $0.key == pair.value }
            }
        }
    }

    func executionsOrLast(_ keys: [StepID: Digest]) async throws -> [StepID: StepExecution] {
        try await lastExecutions(Array(keys.keys)).merging(executions(keys)) { $1 }
    }

    /// Which one is the last says but why a step is stale, which no simulation asks.
    func reused(_ executions: [StepExecution]) async throws {}

    func lastExecutions(_ ids: [StepID]) async throws -> [StepID: StepExecution] {
        try await world.pause(incarnation)
        return world.state.withLock { state in ids.reduce(into: [:]) { $0[$1] = state.disk.executions[$1]?.last } }
    }

    func estimates(_ steps: [String]) async throws -> [StepID: StepEstimate] {
        try await world.pause(incarnation)
        return [:]
    }

    func begin(_ attempt: AttemptRecord) async throws {
        let isKnown = try await world.commit(incarnation) { disk in
            let isKnown = disk.attempts.contains { $0.isSame(as: attempt) }
            if !isKnown { disk.attempts.append(attempt) }
            return isKnown
        }
        guard isKnown else { return }
        world.expect(false, "the beginning of \(attempt.id) is put on record after its end, or twice")
        throw MartletError(.storage, "there is such an attempt")
    }

    func end(_ attempt: AttemptRecord, _ execution: StepExecution?) async throws {
        let outputs = execution.map { Set($0.outputs.values) } ?? []
        let isDurable = world.state.withLock { $0.disk.unsettled.isDisjoint(with: outputs) }
        world.expect(isDurable, "\(attempt.id) is put on record with outputs that are not durable")
        try await world.commit(incarnation) { disk in
            disk.attempts.removeAll { $0.isSame(as: attempt) }
            disk.attempts.append(attempt)
            guard let execution else { return }
            disk.executions[execution.id, default: []].append(execution)
            disk.letters[execution.id] = nil
        }
    }

    func unsettledAttempt(_ id: StepID, key: Digest) async throws -> AttemptRecord? {
        try await world.pause(incarnation)
        return world.state.withLock { state in
            state.disk.attempts.last {
                $0.id == id && $0.key == key && $0.isOnceOnly
                    && ($0.endedAt == nil || ($0.failure.map { $0.kind != .start } ?? false))
            }
        }
    }

    func bury(_ letters: [DeadLetter]) async throws {
        try await world.commit(incarnation) { disk in for letter in letters { disk.letters[letter.id] = letter } }
    }

    func settle(_ digests: Set<Digest>) async throws { try await world.commit(incarnation) { $0.unsettled.subtract(digests) } }

    func contains(_ digest: Digest) -> Bool { world.state.withLock { $0.disk.contents[digest] != nil } }

    func json(_ digest: Digest) throws -> JSONValue {
        guard let value = world.state.withLock({ $0.disk.contents[digest] }) else { throw MartletError(.notFound, "no content \(digest)") }
        return value
    }

    func keep(_ value: JSONValue) throws -> Digest {
        try world.checkSpace()
        let digest = Digest(of: value)
        world.state.withLock { $0.disk.contents[digest] = value }
        return digest
    }
}

extension AttemptRecord {
    /// What may be on record once.
    fileprivate func isSame(as other: AttemptRecord) -> Bool { run == other.run && id == other.id && number == other.number }
}
