import MartletCore
import Synchronization

@testable import MartletPipeline

/// Runs all tasks of a simulation on the calling thread, in an order that a seed gives, with a clock that moves on only when nothing else
/// can. The time that it tells may be set back, which nobody wakes earlier or later for. Equal seeds give equal histories.
final class SimulatedThread: TaskExecutor, RunClock {
    private struct State {
        var jobs: [UnownedJob] = []
        var elapsed = Duration.zero
        /// The time that is told, at the beginning of what has elapsed.
        var origin = Timestamp(microseconds: 1_700_000_000_000_000)
        var sleepers: [Sleeper] = []
        var nextSleeper = 0
        var random: SplitMix64
        var jobCount = 0
    }

    private struct Sleeper {
        let number: Int
        let time: Duration
        let continuation: CheckedContinuation<Void, Never>
    }

    /// A simulation that has run so many jobs will not end.
    static let jobCountMax = 5_000_000

    private let state: Mutex<State>

    init(seed: UInt64) { state = Mutex(State(random: SplitMix64(seed: seed))) }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        state.withLock { $0.jobs.append(job) }
    }

    var now: Timestamp { state.withLock { $0.origin + $0.elapsed } }
    /// How long the simulation has run, whatever the time is set to.
    var elapsed: Duration { state.withLock { $0.elapsed } }

    func setBack(by duration: Duration) { state.withLock { $0.origin = $0.origin - duration } }

    /// A number in [0, 1).
    func chance() -> Double { state.withLock { $0.random.unit() } }

    func wait(until time: Timestamp) async {
        let number = state.withLock { state in
            state.nextSleeper += 1
            return state.nextSleeper
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isOver = state.withLock { state in
                    let rest = time - (state.origin + state.elapsed)
                    guard !Task.isCancelled, rest > .zero else { return true }
                    state.sleepers.append(Sleeper(number: number, time: state.elapsed + rest, continuation: continuation))
                    return false
                }
                if isOver { continuation.resume() }
            }
        } onCancel: {
            let sleeper = state.withLock { state -> Sleeper? in
                state.sleepers.firstIndex { $0.number == number }.map { state.sleepers.remove(at: $0) }
            }
            sleeper?.continuation.resume()
        }
    }

    /// Runs a task to its end. - Throws: what it throws; `engine` where all of it waits for something that will never come.
    func run<Value: Sendable>(_ body: @escaping @Sendable () async throws -> Value) throws -> Value {
        let result = Mutex<Result<Value, any Error>?>(nil)
        let task = Task(executorPreference: self) {
            let made: Result<Value, any Error>
            do { made = .success(try await body()) } catch { made = .failure(error) }
            result.withLock { $0 = made }
        }
        while true {
            if let made = result.withLock({ $0 }) { return try made.get() }
            if let job = nextJob() {
                job.runSynchronously(on: asUnownedTaskExecutor())
            } else if let sleeper = nextSleeper() {
                sleeper.continuation.resume()
            } else {
                task.cancel()
                throw MartletError(.engine, "the simulation waits for nothing")
            }
        }
    }

    private func nextJob() -> UnownedJob? {
        state.withLock { state in
            guard !state.jobs.isEmpty else { return nil }
            state.jobCount += 1
            precondition(state.jobCount < Self.jobCountMax, "the simulation does not end")
            return state.jobs.remove(at: state.random.index(below: state.jobs.count))
        }
    }

    /// Of those that sleep the first to wake; the time is then.
    private func nextSleeper() -> Sleeper? {
        state.withLock { state in
            guard let first = state.sleepers.indices.min(by: { state.sleepers[$0].time < state.sleepers[$1].time }) else { return nil }
            let sleeper = state.sleepers.remove(at: first)
            state.elapsed = max(state.elapsed, sleeper.time)
            return sleeper
        }
    }
}
