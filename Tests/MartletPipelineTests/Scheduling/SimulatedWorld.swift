import MartletCore
import Synchronization

@testable import MartletPipeline

/// A disk, processes and the power of a machine that fails whenever a seed says so.
///
/// What a runner does is done by an incarnation of it; when that is killed, everything that it asks for fails, and the next one starts on
/// what is left: records that were acknowledged, and perhaps one that was not; contents; exit files of commands that had ended. What
/// else goes wrong is a `SimulatedFault`.
final class SimulatedWorld: Sendable {
    /// The runner, or the machine, was killed.
    struct Killed: Error {}

    struct Process {
        let id: StepID
        let key: Digest
        let resources: Resources
    }

    struct Leftover {
        let span: AttemptSpan
        /// Whether it made what it should.
        let hasOutputs: Bool
    }

    struct Disk {
        var contents: [Digest: JSONValue] = [:]
        /// Contents that a loss of power takes away.
        var unsettled: Set<Digest> = []
        var executions: [StepID: [StepExecution]] = [:]
        var attempts: [AttemptRecord] = []
        var runs: [RunRecord] = []
        var letters: [StepID: DeadLetter] = [:]
        /// Commands that had ended with 0, by key, until what they made is on record.
        var leftovers: [Digest: Leftover] = [:]
    }

    struct State {
        var incarnation = 0
        var disk = Disk()
        var processes: [Int: Process] = [:]
        var nextProcess = 0
        /// How often a command of a key was begun, and ended well.
        var begun: [Digest: Int] = [:]
        /// What runners hold by the ledger, and somebody else's.
        var share = FairShare()
        /// The steps whose files are gone.
        var vanished: Set<String> = []
        /// What an attempt had reached that was killed as memory ran out, by run and step.
        var reached: [String: Int] = [:]
        var breaker = BreakerModel()
        /// How often each fault struck.
        var struck: [SimulatedFault: Int] = [:]
        /// What does not hold.
        var flaws: [String] = []

        var crashes: Int { struck[.crash] ?? 0 }
        var used: Resources { processes.values.reduce(.none) { $0 + $1.resources } }
    }

    /// What a breaker is to do, told by what ended: used by one step at a time.
    struct BreakerModel {
        static let options = CircuitBreaker.Options(failures: 3, pause: .seconds(5))

        private var failures = 0
        private(set) var closedUntil = Duration.zero

        mutating func end(_ result: StepFailure?, at elapsed: Duration) {
            switch result?.kind {
            case nil: failures = 0
            case .exit:
                failures += 1
                if failures >= Self.options.failures { closedUntil = elapsed + Self.options.pause }
            default: break
            }
        }
    }

    let thread: SimulatedThread
    let capacity: Resources
    private let chances: [SimulatedFault: Double]
    let state = Mutex(State())

    init(seed: UInt64, capacity: Resources, chances: [SimulatedFault: Double]) {
        thread = SimulatedThread(seed: seed)
        self.capacity = capacity
        self.chances = chances
    }

    /// Whether something goes wrong now.
    func strikes(_ fault: SimulatedFault) -> Bool {
        guard let chance = chances[fault], thread.chance() < chance else { return false }
        state.withLock { $0.struck[fault, default: 0] += 1 }
        return true
    }

    /// A moment at which everything may end. Takes up to 10 ms.
    func moment(_ incarnation: Int) async throws {
        await thread.wait(until: thread.now + .microseconds(Int64(thread.chance() * 10_000)))
        try check(incarnation)
        if strikes(.clockSetBack) { thread.setBack(by: .seconds(60 * thread.chance())) }
        if strikes(.crash) {
            crash()
            throw Killed()
        }
    }

    /// A read, which takes as long, and after which all is as before: a crash meanwhile is one of the next moment. It ends where its task is
    /// cancelled, as those of databases do.
    func pause(_ incarnation: Int) async throws {
        await thread.wait(until: thread.now + .microseconds(Int64(thread.chance() * 1_000)))
        try check(incarnation)
        try Task.checkCancellation()
    }

    func check(_ incarnation: Int) throws { if state.withLock({ $0.incarnation != incarnation }) { throw Killed() } }

    private func crash() {
        let isPowerLoss = strikes(.powerLoss)
        state.withLock { state in
            state.incarnation += 1
            state.processes.removeAll()
            // Exit files are not durable: they count only as long as the machine has not begun anew.
            guard isPowerLoss else { return }
            state.disk.leftovers.removeAll()
            for digest in state.disk.unsettled { state.disk.contents[digest] = nil }
            state.disk.unsettled.removeAll()
        }
    }

    /// Whether a write fails. - Throws: `full`.
    func checkSpace() throws { if strikes(.fullDisk) { throw MartletError(.full, "no space left") } }

    /// Does something to the disk that is acknowledged when this returns; killed meanwhile, it has happened or not.
    func commit<Value: Sendable>(_ incarnation: Int, _ change: @Sendable (inout Disk) throws -> Value) async throws -> Value {
        try await moment(incarnation)
        try checkSpace()
        let value = try state.withLock { try change(&$0.disk) }
        try await moment(incarnation)
        return value
    }

    /// What does not hold is put down, for a test to find.
    func expect(_ condition: Bool, _ fault: @autoclosure () -> String) {
        if !condition {
            let text = fault()
            state.withLock { $0.flaws.append(text) }
        }
    }

    func begin(_ process: Process) -> Int {
        let elapsed = thread.elapsed
        return state.withLock { state in
            state.nextProcess += 1
            state.processes[state.nextProcess] = process
            state.begun[process.key, default: 0] += 1
            let used = state.used + state.share.claims.filter { $0.runner == SimulatedLedger.other }.reduce(.none) { $0 + $1.resources }
            if !used.fits(in: capacity) { state.flaws.append("more is given than there is: \(used.excess(over: capacity))") }
            if process.resources.named["api"] != nil, elapsed < state.breaker.closedUntil {
                state.flaws.append("\(process.id) begins although the breaker is open")
            }
            return state.nextProcess
        }
    }

    func end(_ number: Int) { state.withLock { $0.processes[number] = nil } }
}
