import MartletCore
import Synchronization

@testable import MartletPipeline

/// A disk, processes and the power of a machine that fails whenever a seed says so.
///
/// What a runner does is done by an incarnation of it; when that is killed, everything that it asks for fails, and the next one starts on
/// what is left: records that were acknowledged, and perhaps one that was not; contents; exit files of commands that had ended.
final class SimulatedWorld: Sendable {
    /// The runner, or the machine, was killed.
    struct Killed: Error {}

    struct Process {
        let id: StepID
        let key: Digest
        let resources: Resources
        let incarnation: Int
    }

    struct Disk {
        var contents: [Digest: JSONValue] = [:]
        /// Contents that a loss of power takes away.
        var unsettled: Set<Digest> = []
        var executions: [StepID: [StepExecution]] = [:]
        var attempts: [AttemptRecord] = []
        var runs: [RunRecord] = []
        var letters: [StepID: DeadLetter] = [:]
        /// What commands that had ended made, and nobody kept yet, by key.
        var leftovers: [Digest: [String: Digest]] = [:]
    }

    struct State {
        var incarnation = 0
        var disk = Disk()
        var processes: [Int: Process] = [:]
        var nextProcess = 0
        /// How often a command of a key was begun, and ended well.
        var begun: [Digest: Int] = [:]
        var crashes = 0
        var faults: [String] = []
    }

    let thread: SimulatedThread
    let capacity: Resources
    /// How likely each moment is to be the last one.
    let crashChance: Double
    /// Which share of the crashes takes the machine along.
    let powerLossShare: Double
    let state = Mutex(State())

    init(seed: UInt64, capacity: Resources, crashChance: Double, powerLossShare: Double = 0.3) {
        thread = SimulatedThread(seed: seed)
        self.capacity = capacity
        self.crashChance = crashChance
        self.powerLossShare = powerLossShare
    }

    /// A moment at which everything may end. Takes up to 10 ms.
    func moment(_ incarnation: Int) async throws {
        await thread.wait(until: thread.now + .microseconds(Int64(thread.chance() * 10_000)))
        try check(incarnation)
        if thread.chance() < crashChance {
            crash()
            throw Killed()
        }
    }

    /// A read, which takes as long, and after which all is as before: a crash meanwhile is one of the next moment.
    func pause(_ incarnation: Int) async throws {
        await thread.wait(until: thread.now + .microseconds(Int64(thread.chance() * 1_000)))
        try check(incarnation)
    }

    func check(_ incarnation: Int) throws { if state.withLock({ $0.incarnation != incarnation }) { throw Killed() } }

    private func crash() {
        let isPowerLoss = thread.chance() < powerLossShare
        state.withLock { state in
            state.incarnation += 1
            state.crashes += 1
            state.processes.removeAll()
            // Exit files are not durable: they count only as long as the machine has not begun anew.
            guard isPowerLoss else { return }
            state.disk.leftovers.removeAll()
            for digest in state.disk.unsettled { state.disk.contents[digest] = nil }
            state.disk.unsettled.removeAll()
        }
    }

    /// Does something to the disk that is acknowledged when this returns; killed meanwhile, it has happened or not.
    func commit<Value: Sendable>(_ incarnation: Int, _ change: @Sendable (inout Disk) throws -> Value) async throws -> Value {
        try await moment(incarnation)
        let value = try state.withLock { try change(&$0.disk) }
        try await moment(incarnation)
        return value
    }

    /// What does not hold is put down, for a test to find.
    func expect(_ condition: Bool, _ fault: @autoclosure () -> String) {
        if !condition {
            let text = fault()
            state.withLock { $0.faults.append(text) }
        }
    }

    func begin(_ process: Process) -> Int {
        state.withLock { state in
            state.nextProcess += 1
            state.processes[state.nextProcess] = process
            state.begun[process.key, default: 0] += 1
            let used = state.processes.values.reduce(Resources.none) { $0 + $1.resources }
            if !used.fits(in: capacity) { state.faults.append("more is given than there is: \(used.excess(over: capacity))") }
            return state.nextProcess
        }
    }

    func end(_ number: Int) { state.withLock { $0.processes[number] = nil } }
}

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

    func lastExecutions(_ ids: [StepID]) async throws -> [StepID: StepExecution] {
        try await world.pause(incarnation)
        return world.state.withLock { state in ids.reduce(into: [:]) { $0[$1] = state.disk.executions[$1]?.last } }
    }

    func estimates(_ steps: [String]) async throws -> [StepID: StepEstimate] { [:] }

    func begin(_ attempt: AttemptRecord) async throws { try await world.commit(incarnation) { $0.attempts.append(attempt) } }

    func end(_ attempt: AttemptRecord, _ execution: StepExecution?) async throws {
        let outputs = execution.map { Set($0.outputs.values) } ?? []
        let isDurable = world.state.withLock { $0.disk.unsettled.isDisjoint(with: outputs) }
        world.expect(isDurable, "\(attempt.id) is put on record with outputs that are not durable")
        try await world.commit(incarnation) { disk in
            disk.attempts.removeAll { $0.run == attempt.run && $0.id == attempt.id && $0.number == attempt.number }
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
        let digest = Digest(of: value)
        world.state.withLock { $0.disk.contents[digest] = value }
        return digest
    }
}

/// Processes that last and fail as a seed says.
struct SimulatedCommands: Executor {
    let name = "simulated"
    let world: SimulatedWorld
    let incarnation: Int
    /// How likely an attempt is to fail by itself.
    let failureChance: Double

    func capacity() async -> Resources { world.capacity }

    /// What a step makes is a function of its key, as it should be.
    static func output(_ key: Digest) -> JSONValue { ["made of": .string(key.description)] }

    func run(_ attempt: StepAttempt) async -> AttemptResult {
        do {
            try await world.moment(incarnation)
            if let outputs = world.state.withLock({ $0.disk.leftovers[attempt.key] }) {
                return AttemptResult(.success(StepResult(outputs: outputs)))
            }
            let isKnown = world.state.withLock { $0.disk.executions[attempt.id]?.contains { $0.key == attempt.key } ?? false }
            world.expect(!isKnown, "\(attempt.id) is begun again although its execution was acknowledged")
            return try await process(attempt)
        } catch {
            return AttemptResult(.failure(StepFailure(.lost, "killed")), error: error)
        }
    }

    private func process(_ attempt: StepAttempt) async throws -> AttemptResult {
        let number = world.begin(
            SimulatedWorld.Process(id: attempt.id, key: attempt.key, resources: attempt.resources, incarnation: incarnation))
        defer { world.end(number) }
        let seconds = 0.01 + world.thread.chance() * 2
        await world.thread.wait(until: world.thread.now + .seconds(seconds))
        try world.check(incarnation)
        if world.thread.chance() < failureChance { return AttemptResult(.failure(StepFailure(.exit, "it ended with status 1"))) }
        let output = Self.output(attempt.key)
        let digest = Digest(of: output)
        // The command writes its exit file; its outputs are kept a while later.
        world.state.withLock { state in
            if state.disk.contents.updateValue(output, forKey: digest) == nil { state.disk.unsettled.insert(digest) }
            state.disk.leftovers[attempt.key] = ["out": digest]
        }
        try await world.moment(incarnation)
        var usage = StepUsage()
        usage.wallSeconds = seconds
        return AttemptResult(.success(StepResult(outputs: ["out": digest])), usage: usage)
    }

    func hasLeftover(_ id: StepID, _ key: Digest) async -> Bool { world.state.withLock { $0.disk.leftovers[key] != nil } }

    func forget(_ attempt: StepAttempt) async { world.state.withLock { $0.disk.leftovers[attempt.key] = nil } }
}
