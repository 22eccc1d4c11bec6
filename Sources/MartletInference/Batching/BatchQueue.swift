/// Decides which requests run together, when, and which are refused: a value that knows no clock, thread or model.
///
/// Feed it events in the order of their times; carry out the actions that it answers with. All times are seconds on one scale. `S(n)`
/// is the curve's usual cost of n rows, `T(n)` its tail.
///
/// - *Due.* A request is due `max(objective, 2·T(rows))` after it came: a model that takes most of the objective by itself would
///   otherwise refuse all who find it at work. A nearer deadline of its own takes the objective's place.
/// - *Order.* By priority, then due time, then arrival. A request of priority p is passed by none that comes more than
///   `(9 - p + 1) · ageingSeconds` after it.
/// - *Admission* (`BatchQueue+Admission`). Refused is who would be answered too late, or finds the queue full, and nobody
///   of lower priority in it.
/// - *Start* (`BatchQueue+Starting`). A free runner takes the first requests in order, as many as gain by joining and as the
///   earliest due time allows; it waits for more only where all, the waiting and the awaited, are answered sooner on average.
package struct BatchQueue: Sendable {
    /// The name of a request; no two that wait or run share one.
    package struct RequestID: Hashable, Sendable {
        package let number: UInt64

        package init(_ number: UInt64) { self.number = number }
    }

    /// What the decision must know of a request.
    package struct Request: Sendable, Equatable {
        package let id: RequestID
        /// The rows, 1…`CostCurve.rowCountMax`.
        package let rows: Int
        /// The priority, within `BatchingPolicy.priorityRange`.
        package let priority: Int
        /// When the caller gives up; `nil` for never.
        package let deadlineSeconds: Double?

        /// Makes a request; rows and priority outside their range count as its nearest end.
        package init(id: RequestID, rows: Int, priority: Int = 0, deadlineSeconds: Double? = nil) {
            self.id = id
            self.rows = min(max(rows, 1), CostCurve.rowCountMax)
            let range = BatchingPolicy.priorityRange
            self.priority = min(max(priority, range.lowerBound), range.upperBound)
            self.deadlineSeconds = deadlineSeconds
        }
    }

    /// Requests that run together, in this order.
    package struct Batch: Sendable, Equatable {
        package let number: UInt64
        package let requestIDs: [RequestID]
        package let rows: Int

        package init(number: UInt64, requestIDs: [RequestID], rows: Int) {
            (self.number, self.requestIDs, self.rows) = (number, requestIDs, rows)
        }
    }

    /// What happened.
    package enum Event: Sendable {
        case enqueue(Request, now: Double)
        /// The caller went away. Nothing happens where the request runs already or is unknown.
        case cancel(RequestID)
        /// The time of a `wakeAt` has come; at other times it does no harm.
        case tick(now: Double)
        /// A runner has nothing to do; each is told once at the beginning and once after each batch.
        case runnerFree(now: Double)
        /// A batch ended. - Parameter seconds: what the model took, to learn from; `nil` where it failed.
        case finished(batch: UInt64, seconds: Double?, now: Double)
        /// The model answered a request outside of any batch: only something to learn from.
        case observed(rows: Int, seconds: Double)
        /// No more requests are taken, and none waits for company.
        case close(now: Double)
    }

    /// What is to be done about it.
    package enum Action: Sendable, Equatable {
        /// A free runner runs this batch.
        case start(Batch)
        /// The request left the queue without an answer.
        case reject(RequestID, Rejection)
        /// A tick is needed at this time, or as soon after as can be; a later one that was asked for before is not needed any more.
        case wakeAt(seconds: Double)
    }

    /// Why a request was not answered.
    package enum Rejection: Sendable, Equatable {
        /// It would have been answered too late.
        case late(retryAfterSeconds: Double)
        /// As many requests or rows wait as may.
        case full(retryAfterSeconds: Double)
        /// It gave way to a request of higher priority.
        case displaced(retryAfterSeconds: Double)
        /// Its deadline passed while it waited.
        case expired
        /// It came after `close`.
        case closed
    }

    /// A batch under way.
    struct Running: Sendable {
        let number: UInt64
        let rows: Int
        let requestCount: Int
        /// When it should end.
        let endSeconds: Double
    }

    package let policy: BatchingPolicy
    /// What batches cost, as learned so far.
    package internal(set) var curve: CostCurve
    var waiting = WaitingRequests()
    var running: [Running] = []
    var demand: Demand
    var patience = Patience()
    var freeRunnerCount = 0
    var isClosed = false
    /// Until when the free runner waits for more.
    var holdSeconds: Double?
    /// The rows of the batches that a long queue is worked off in.
    var drainRows = 1
    private var requestedWakeSeconds: Double?
    private var latestSeconds = -Double.infinity
    private var batchCount: UInt64 = 0
    var sequence: UInt64 = 0

    /// Makes an empty queue without runners.
    /// - Throws: `invalidInput` for a policy whose limits are none.
    package init(policy: BatchingPolicy, curve: CostCurve) throws {
        try policy.check()
        self.policy = policy
        self.curve = curve
        demand = Demand(gapSecondsMax: policy.objectiveSeconds)
        chooseDrainRows()
    }

    /// The requests that wait.
    package var waitingRequestCount: Int { waiting.count }
    /// The rows that wait.
    package var waitingRowCount: Int { waiting.rowCount }
    /// The batches that run.
    package var runningBatchCount: Int { running.count }
    /// The requests that wait or run.
    var presentRequestCount: Int { running.reduce(waiting.count) { $0 + $1.requestCount } }

    /// Takes note of an event and says what is to be done, in this order. A time before that of an earlier event counts as that one.
    package mutating func handle(_ event: Event) -> [Action] {
        var actions: [Action] = []
        switch event {
        case .enqueue(let request, let now): enqueue(request, advance(to: now), &actions)
        case .cancel(let id): _ = waiting.remove(id)
        case .observed(let rows, let seconds): learn(rows, seconds)
        case .finished(let number, let seconds, let now):
            finish(number, seconds, advance(to: now))
        case .tick(let now):
            requestedWakeSeconds = nil
            goOn(advance(to: now), &actions)
        case .runnerFree(let now):
            precondition(freeRunnerCount < policy.runnerCount, "a runner is free once after each batch")
            freeRunnerCount += 1
            goOn(advance(to: now), &actions)
        case .close(let now):
            isClosed = true
            goOn(advance(to: now), &actions)
        }
        return actions
    }

    private mutating func advance(to now: Double) -> Double {
        latestSeconds = max(latestSeconds, now)
        // A tick that is overdue is not relied upon.
        if let requested = requestedWakeSeconds, requested <= latestSeconds { requestedWakeSeconds = nil }
        return latestSeconds
    }

    private mutating func enqueue(_ request: Request, _ now: Double, _ actions: inout [Action]) {
        expire(now, &actions)
        admit(request, now, &actions)
        start(now, &actions)
        wake(&actions)
    }

    private mutating func goOn(_ now: Double, _ actions: inout [Action]) {
        expire(now, &actions)
        start(now, &actions)
        wake(&actions)
    }

    private mutating func expire(_ now: Double, _ actions: inout [Action]) {
        for entry in waiting.removeExpired(now: now) { actions.append(.reject(entry.request.id, .expired)) }
    }

    /// Asks for a tick where one is needed before that which was asked for.
    private mutating func wake(_ actions: inout [Action]) {
        let needed = min(holdSeconds ?? .infinity, waiting.earliestDeadlineSeconds)
        guard needed < requestedWakeSeconds ?? .infinity else { return }
        requestedWakeSeconds = needed
        actions.append(.wakeAt(seconds: needed))
    }

    /// Notes that the first requests in order run now.
    mutating func startFirst(_ count: Int, _ now: Double, _ actions: inout [Action]) {
        let entries = waiting.takeFirst(count)
        let rows = entries.reduce(0) { $0 + $1.request.rows }
        freeRunnerCount -= 1
        batchCount += 1
        let end = now + curve.seconds(rows: rows)
        running.append(Running(number: batchCount, rows: rows, requestCount: count, endSeconds: end))
        actions.append(.start(Batch(number: batchCount, requestIDs: entries.map(\.request.id), rows: rows)))
    }

    private mutating func finish(_ number: UInt64, _ seconds: Double?, _ now: Double) {
        guard let place = running.firstIndex(where: { $0.number == number }) else { return }
        let ended = running.remove(at: place)
        demand.restart(present: presentRequestCount, now: now)
        if let seconds { learn(ended.rows, seconds) }
    }

    private mutating func learn(_ rows: Int, _ seconds: Double) {
        curve.observe(rows: rows, seconds: seconds)
        chooseDrainRows()
    }
}
