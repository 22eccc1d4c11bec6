import Dispatch
import MartletCore
import Synchronization

/// What a batcher's callers, threads and alarms share. It lives until its last thread has ended.
final class BatcherCore<Input: Sendable, Output: Sendable>: Sendable {
    typealias RequestID = BatchQueue.RequestID
    typealias Completion = CheckedContinuation<Output, any Error>

    /// A request that has not ended.
    struct Pending {
        let input: Input
        let arrivedSeconds: Double
        let rows: Int
        let completion: Completion
        var isRunning = false
    }

    /// A batch for a thread to run.
    struct Work {
        let batch: BatchQueue.Batch
        let inputs: [Input]
    }

    struct State {
        var queue: BatchQueue
        var pending: [RequestID: Pending] = [:]
        /// Batches that no thread has taken yet.
        var ready: [Work] = []
        var statistics = BatchStatistics()
        /// The number of the alarm that counts; earlier ones ring in vain.
        var alarmNumber: UInt64 = 0
        var isClosed = false
        var isStopped = false
        var liveRunnerCount = 0
        var closers: [CheckedContinuation<Void, Never>] = []
    }

    /// What is done when the lock is free again.
    struct Effects {
        var ended: [(completion: Completion, result: Result<Output, any Error>)] = []
        /// How often to wake a thread.
        var signalCount = 0
        var alarm: (seconds: Double, number: UInt64)?
    }

    /// One in so many requests on their caller's thread is timed.
    static var directSampleInterval: Int { 64 }

    let name: String
    let policy: BatchingPolicy
    let clock: any BatchClock
    let run: Batcher<Input, Output>.Run
    let state: Mutex<State>
    /// Counts the batches in `ready`, and once for each thread after the stop.
    let work = DispatchSemaphore(value: 0)
    private let requestCount = Atomic<UInt64>(0)
    /// Requests up to so many rows run on their caller's thread; -1 for none.
    let directRowCountMax: Atomic<Int>
    let directCount = Atomic<Int>(0)
    let directFailureCount = Atomic<Int>(0)
    let directRowCount = Atomic<Int>(0)

    init(name: String, queue: BatchQueue, clock: any BatchClock, run: @escaping Batcher<Input, Output>.Run) {
        self.name = name
        self.clock = clock
        self.run = run
        policy = queue.policy
        directRowCountMax = Atomic(Self.directRowCountMax(queue))
        state = Mutex(State(queue: queue))
    }

    var curve: CostCurve { state.withLock { $0.queue.curve } }

    func newRequestID() -> RequestID { RequestID(requestCount.wrappingAdd(1, ordering: .relaxed).newValue) }

    // MARK: - Events

    func enqueue(_ id: RequestID, _ input: Input, rows: Int, priority: Int, timeout: Duration?, _ completion: Completion) {
        let now = clock.nowSeconds
        let deadline = timeout.map { now + $0 / .seconds(1) }
        let request = BatchQueue.Request(id: id, rows: rows, priority: priority, deadlineSeconds: deadline)
        update { state, effects in
            state.pending[id] = Pending(input: input, arrivedSeconds: now, rows: request.rows, completion: completion)
            self.carryOut(state.queue.handle(.enqueue(request, now: now)), now, &state, &effects)
        }
    }

    func cancel(_ id: RequestID) {
        update { state, effects in
            guard let cancelled = state.pending.removeValue(forKey: id) else { return }
            _ = state.queue.handle(.cancel(id))
            state.statistics.cancelledCount += 1
            effects.ended.append((cancelled.completion, .failure(CancellationError())))
        }
    }

    private func ring(_ number: UInt64) {
        let now = clock.nowSeconds
        update { state, effects in
            guard number == state.alarmNumber else { return }
            self.carryOut(state.queue.handle(.tick(now: now)), now, &state, &effects)
        }
    }

    func close(draining: Bool) {
        let now = clock.nowSeconds
        update { state, effects in
            state.isClosed = true
            self.chooseLane(state)
            if !draining {
                for (id, pending) in state.pending where !pending.isRunning {
                    _ = state.queue.handle(.cancel(id))
                    self.reject(id, .closed, &state, &effects)
                }
            }
            self.carryOut(state.queue.handle(.close(now: now)), now, &state, &effects)
        }
    }

    /// Returns when all threads have ended after `close`.
    func ended() async {
        await withCheckedContinuation { closer in
            let hasEnded = state.withLock { state in
                if state.liveRunnerCount > 0 { state.closers.append(closer) }
                return state.liveRunnerCount == 0
            }
            if hasEnded { closer.resume() }
        }
    }

    // MARK: - Actions

    /// Changes the state and then, without the lock, does what follows from it.
    func update<Result>(_ body: (inout sending State, inout Effects) -> sending Result) -> sending Result {
        var effects = Effects()
        let result = state.withLock { state in
            let result = body(&state, &effects)
            stopIfDone(&state, &effects)
            return result
        }
        for end in effects.ended { end.completion.resume(with: end.result) }
        for _ in 0..<effects.signalCount { work.signal() }
        if let alarm = effects.alarm {
            clock.call(atSeconds: alarm.seconds) { [weak self] in self?.ring(alarm.number) }
        }
        return result
    }

    func carryOut(_ actions: [BatchQueue.Action], _ now: Double, _ state: inout State, _ effects: inout Effects) {
        for action in actions {
            switch action {
            case .start(let batch): prepare(batch, now, &state, &effects)
            case .reject(let id, let rejection): reject(id, rejection, &state, &effects)
            case .wakeAt(let seconds):
                state.alarmNumber += 1
                effects.alarm = (seconds, state.alarmNumber)
            }
        }
    }

    private func prepare(_ batch: BatchQueue.Batch, _ now: Double, _ state: inout State, _ effects: inout Effects) {
        var inputs: [Input] = []
        inputs.reserveCapacity(batch.requestIDs.count)
        for id in batch.requestIDs {
            guard let index = state.pending.index(forKey: id) else { preconditionFailure("who waits in the queue is pending") }
            state.pending.values[index].isRunning = true
            let pending = state.pending.values[index]
            inputs.append(pending.input)
            state.statistics.queueSeconds.observe(max(0, now - pending.arrivedSeconds))
        }
        state.statistics.batchRows.observe(Double(batch.rows))
        state.ready.append(Work(batch: batch, inputs: inputs))
        effects.signalCount += 1
    }

    private func reject(_ id: RequestID, _ rejection: BatchQueue.Rejection, _ state: inout State, _ effects: inout Effects) {
        guard let rejected = state.pending.removeValue(forKey: id) else { return }
        state.statistics.count(rejection)
        effects.ended.append((rejected.completion, .failure(error(for: rejection))))
    }

    private func stopIfDone(_ state: inout State, _ effects: inout Effects) {
        guard state.isClosed, !state.isStopped, state.queue.presentRequestCount == 0 else { return }
        state.isStopped = true
        effects.signalCount += state.liveRunnerCount
    }
}
