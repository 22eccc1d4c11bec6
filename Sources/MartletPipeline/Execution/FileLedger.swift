import Dispatch
import Glibc
package import MartletCore
import Synchronization

/// A ledger of a machine that all runners of a user share, under a lock between processes.
///
/// Where it cannot be read or written, a run makes one step at a time until it can be: so the run ends, and takes no more than that from
/// others. That is told once, and nobody waits for the lock until it is over. What this runner holds is written down anew at each change,
/// so that no fault of the file outlives it.
package final class FileLedger: MachineLedger {
    /// How much memory these processes and what they began have or could have now; `nil` where nobody knows. Enough need not be exact.
    package typealias MemoryLook = @Sendable (_ processes: Set<Int32>, _ enough: Int64) -> Int64?

    private struct State {
        var held: [FairShare.Entry] = []
        /// Something was given back that the file still says is held.
        var isBehind = false
        /// The last change failed.
        var isAtFault = false
        var isTold = false
    }

    private static let count = Atomic<Int>(0)

    private let file: LedgerFile
    private let total: Resources
    private let project: String
    private let runner: LedgerRunner
    private let memory: MemoryLook
    private let clock: @Sendable () -> Timestamp
    private let lockWait: Duration
    private let state = Mutex(State())
    /// Its thread waits for the lock, which a process that was stopped may hold, and no thread of those that all tasks share.
    private let queue = DispatchQueue(label: "martlet.ledger")

    /// - Parameters:
    ///   - project: whose steps these are.
    ///   - total: what the machine has.
    ///   - folder: of the file; by default one that is the same for all processes of this user that see one another.
    ///   - lockWait: how long others may take to change the file.
    ///   - clock: one that nobody sets.
    package init(
        project: String, total: Resources, folder: String? = nil, lockWait: Duration = LedgerFile.lockWaitMax,
        memory: @escaping MemoryLook = { Machine.memoryBytes(of: $0, enough: $1) },
        clock: @escaping @Sendable () -> Timestamp = FileLedger.sinceBoot
    ) {
        file = LedgerFile(folder: folder ?? LedgerPlace.usual)
        self.total = total
        self.lockWait = lockWait
        self.project = project
        self.memory = memory
        self.clock = clock
        runner = LedgerRunner(number: Self.count.wrappingAdd(1, ordering: .relaxed).newValue)
    }

    deinit {
        // What still cannot be written is held until this process ends.
        state.withLock { state in
            state.held = []
            if state.isBehind { try? change(&state, waitAtMost: state.isAtFault ? .zero : lockWait) { _ in } }
        }
    }

    package func claim(_ resources: Resources, for step: String) async -> LedgerAnswer {
        let entry = FairShare.Entry(runner: "\(runner)", project: project, step: step, resources: resources, at: clock())
        return await inTurn { state, wait in
            let isGiven = try self.change(&state, waitAtMost: wait) { $0.claim(entry, of: self.total, there: self.there(for: entry, $0)) }
            if isGiven { state.held.append(entry) }
            return LedgerAnswer(isGiven)
        } otherwise: { state, error in
            let answer = LedgerAnswer(state.held.isEmpty, warning: state.isTold ? nil : Self.words(error))
            state.isTold = true
            if answer.isGiven { state.held.append(entry) }
            return answer
        }
    }

    package func giveBack(_ resources: Resources, for step: String) async {
        await inTurn { state, wait in
            if let place = state.held.firstIndex(where: { $0.step == step }) { state.held.remove(at: place) }
            state.isBehind = true
            try self.change(&state, waitAtMost: wait) { _ in }
        } otherwise: { _, _ in
            // The next change writes it, and tells where that fails too.
        }
    }

    /// Changes the file at once where nobody else does, or has it done in turn.
    private func inTurn<Value: Sendable>(
        _ work: @escaping @Sendable (inout State, _ lockWait: Duration) throws -> Value,
        otherwise: @escaping @Sendable (inout State, any Error) -> Value
    ) async -> Value {
        let made: Value?? = state.withLockIfAvailable { state in
            guard !state.isAtFault else { return nil }
            let before = state
            if let value = try? work(&state, .zero) { return value }
            state = before
            return nil
        }
        if let made, let value = made { return value }
        return await withCheckedContinuation { continuation in
            queue.async { [lockWait] in
                let value = self.state.withLock { state in
                    do { return try work(&state, state.isAtFault ? .zero : lockWait) } catch { return otherwise(&state, error) }
                }
                continuation.resume(returning: value)
            }
        }
    }

    private func change<Value>(
        _ state: inout State, waitAtMost wait: Duration, _ change: (inout FairShare) -> Value
    ) throws -> Value {
        let held = state.held
        state.isAtFault = true
        let value = try file.change(waitAtMost: wait) { share in
            share.clean(now: clock()) { LedgerRunner($0)?.isAlive ?? false }
            share.claims.removeAll { $0.runner == "\(runner)" }
            share.claims += held
            return change(&share)
        }
        (state.isBehind, state.isAtFault) = (false, false)
        return value
    }

    /// What of the machine there is for runners now: others may hold memory.
    private func there(for entry: FairShare.Entry, _ share: FairShare) -> Resources {
        var there = total
        let runners = Set((share.claims + [entry]).compactMap { LedgerRunner($0.runner)?.pid })
        // Where nobody holds anything, it is given whatever others hold.
        guard !share.claims.isEmpty, let bytes = memory(runners, share.held.memoryBytes + entry.resources.memoryBytes) else { return there }
        there.memoryBytes = min(there.memoryBytes, bytes)
        return there
    }

    private static func words(_ error: any Error) -> String {
        let reason = (error as? MartletError)?.message ?? "\(error)"
        return "what other projects run on this machine cannot be seen, so that this run makes one step at a time until it can: \(reason)"
    }

    /// The time since the machine began.
    package static func sinceBoot() -> Timestamp {
        var time = timespec()
        clock_gettime(CLOCK_BOOTTIME, &time)
        return Timestamp(microseconds: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1_000)
    }
}

/// A runner as a ledger names it: a process, told from a later one of the same number by when it began, and which of its runs.
struct LedgerRunner: CustomStringConvertible {
    let pid: Int32
    private let startTicks: UInt64
    private let number: Int

    /// One of this process.
    init(number: Int) { (pid, startTicks, self.number) = (getpid(), Self.ownStartTicks ?? 0, number) }

    /// Reads a description.
    init?(_ text: String) {
        let parts = text.split(separator: " ")
        guard parts.count == 3, let pid = Int32(parts[0]), let ticks = UInt64(parts[1]), let number = Int(parts[2]) else { return nil }
        (self.pid, startTicks, self.number) = (pid, ticks, number)
    }

    var description: String { "\(pid) \(startTicks) \(number)" }
    var isAlive: Bool { (pid == getpid() ? Self.ownStartTicks : Self.startTicks(pid)) == startTicks }

    /// When a process began; `nil` where there is none, or only what nobody has asked for its end yet.
    private static let ownStartTicks = startTicks(getpid())

    private static func startTicks(_ pid: Int32) -> UInt64? {
        ProcessFiles.status(pid).flatMap { $0.isZombie ? nil : $0.startTicks }
    }
}
