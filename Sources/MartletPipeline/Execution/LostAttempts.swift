package import MartletCore
package import MartletStore

/// Puts down the end of attempts whose runners are gone, with what they had used when that was noted last.
package struct LostAttempts {
    /// How old attempts of other machines are before they are thought lost: their locks may not be seen here. One that ends after that all
    /// the same has its end on record as it was.
    static let otherMachinesAge = Duration.seconds(86_400)

    private let records: PipelineStore
    private let home: Home
    private let machine: MachineStart

    package init(_ records: PipelineStore, home: Home, machine: MachineStart = .own) {
        (self.records, self.home, self.machine) = (records, home, machine)
    }

    /// Looks at all attempts of a project that have no end. One whose key somebody holds is under way.
    /// - Parameter graph: what it says of a step's accelerators, an attempt of it had; of others nothing is known.
    /// - Throws: `storage`.
    package func settle(of project: String, in graph: StepGraph, at now: Timestamp) async throws {
        let open = try await records.openAttempts(of: project)
        guard !open.isEmpty else { return }
        let (locks, machines) = (KeyLocks(home: home), try await records.machines(ofOpenAttemptsOf: project))
        for attempt in open where isOwn(machines[attempt.run]) || now - attempt.startedAt >= Self.otherMachinesAge {
            guard let hold = try locks.take(attempt.key) else { continue }
            defer { hold.release() }
            try await records.lose(ended(attempt, accelerators: graph[attempt.id.step]?.demand.accelerators ?? 0))
        }
    }

    private func isOwn(_ other: MachineStart?) -> Bool { other.map(machine.seesLocks) ?? false }

    private func ended(_ attempt: AttemptRecord, accelerators: Int) -> AttemptRecord {
        let folder = home.attemptPath(key: attempt.key)
        var (ended, usage) = (attempt, AttemptFiles(folder: folder).areOf(attempt) ? StepUsage(leftIn: folder) : nil)
        let seconds = usage?.wallSeconds ?? 0
        usage?.acceleratorSeconds = seconds * Double(accelerators)
        ended.usage = usage
        // When it was noted last is the last that is known of it.
        ended.endedAt = attempt.startedAt + .seconds(seconds)
        ended.failure = StepFailure(.lost, "its runner is gone, and nobody heard how it ended")
        return ended
    }
}
