import MartletInference

/// The rules of the queue in the plainest words, to which the queue itself is compared event by event.
struct NaiveBatchQueue {
    struct Waiting {
        let request: BatchQueue.Request
        let arrivedSeconds: Double
        let dueSeconds: Double
        let sequence: Int
    }

    private let policy: BatchingPolicy
    private(set) var waiting: [Waiting] = []
    private(set) var running: [UInt64: BatchQueue.Batch] = [:]
    private(set) var freeRunnerCount = 0
    /// What was broken, in words.
    private(set) var faults: [String] = []
    /// How requests ended, each once.
    private(set) var ends: [BatchQueue.RequestID: String] = [:]
    private var wakeSeconds: Double?
    private var isClosed = false
    private var sequence = 0

    init(policy: BatchingPolicy) { self.policy = policy }

    /// Notes an event, with the curve as it was before, and what the queue did about it.
    mutating func note(_ event: BatchQueue.Event, _ curve: CostCurve, _ actions: [BatchQueue.Action], _ queue: BatchQueue) {
        var now: Double?
        var newcomer: BatchQueue.Request?
        switch event {
        case .enqueue(let request, let time):
            (now, newcomer) = (time, request)
            sequence += 1
            let allowance = max(policy.objectiveSeconds, 2 * curve.tailSeconds(rows: request.rows))
            let due = min(time + allowance, request.deadlineSeconds ?? .infinity)
            waiting.append(Waiting(request: request, arrivedSeconds: time, dueSeconds: due, sequence: sequence))
        case .cancel(let id):
            if waiting.contains(where: { $0.request.id == id }) { end(id, "cancelled") }
            waiting.removeAll { $0.request.id == id }
        case .tick(let time): (now, wakeSeconds) = (time, nil)
        case .runnerFree(let time): (now, freeRunnerCount) = (time, freeRunnerCount + 1)
        case .finished(let number, _, _):
            for id in running.removeValue(forKey: number)?.requestIDs ?? [] { end(id, "answered") }
        case .observed: break
        case .close(let time): (now, isClosed) = (time, true)
        }
        for action in actions { note(action, at: now ?? .nan, newcomer) }
        if let now { checkAfter(now, queue) }
    }

    private mutating func note(_ action: BatchQueue.Action, at now: Double, _ newcomer: BatchQueue.Request?) {
        switch action {
        case .wakeAt(let seconds):
            if let wakeSeconds, wakeSeconds > now, seconds >= wakeSeconds { faults.append("asked for a later tick") }
            wakeSeconds = seconds
        case .reject(let id, let rejection):
            guard let place = waiting.firstIndex(where: { $0.request.id == id }) else {
                return faults.append("rejected \(id), who does not wait")
            }
            check(waiting.remove(at: place), rejection, now, newcomer)
            end(id, "rejected")
        case .start(let batch): note(batch, at: now)
        }
    }

    private mutating func check(_ entry: Waiting, _ rejection: BatchQueue.Rejection, _ now: Double, _ newcomer: BatchQueue.Request?) {
        let isNew = entry.request.id == newcomer?.id
        switch rejection {
        case .late(let retry), .full(let retry):
            if !isNew { faults.append("refused one who was in") }
            if !(retry > 0 && retry.isFinite) { faults.append("retry after \(retry)") }
        case .displaced:
            if isNew || entry.request.priority >= newcomer?.priority ?? .min { faults.append("displaced by no higher priority") }
        case .expired: if entry.request.deadlineSeconds ?? .infinity > now { faults.append("expired before its deadline") }
        case .closed: if !isNew || !isClosed { faults.append("closed without cause") }
        }
    }

    private mutating func note(_ batch: BatchQueue.Batch, at now: Double) {
        freeRunnerCount -= 1
        if freeRunnerCount < 0 { faults.append("started without a runner") }
        let first = waiting.sorted(by: precedes).prefix(batch.requestIDs.count)
        if first.map(\.request.id) != batch.requestIDs { faults.append("started out of order") }
        let rows = first.reduce(0) { $0 + $1.request.rows }
        if rows != batch.rows { faults.append("a batch of \(rows) rows says \(batch.rows)") }
        if rows > policy.rowCountMax, first.count > 1 { faults.append("too many rows") }
        if first.isEmpty || first.count > policy.requestCountMax { faults.append("\(first.count) requests in a batch") }
        if first.contains(where: { $0.request.deadlineSeconds ?? .infinity <= now }) { faults.append("started an expired one") }
        waiting.removeAll { entry in batch.requestIDs.contains(entry.request.id) }
        checkAgeing(Array(first))
        if running.updateValue(batch, forKey: batch.number) != nil { faults.append("two batches of one number") }
    }

    /// Nobody is passed by who came later than the bound after him.
    private mutating func checkAgeing(_ started: [Waiting]) {
        for left in waiting {
            let levels = Double(BatchingPolicy.priorityRange.upperBound - left.request.priority + 1)
            let bound = left.arrivedSeconds + levels * policy.ageingSeconds
            if started.contains(where: { $0.arrivedSeconds > bound }) { faults.append("passed beyond the bound") }
        }
    }

    private func precedes(_ left: Waiting, _ right: Waiting) -> Bool {
        func level(_ entry: Waiting) -> Double {
            (entry.arrivedSeconds / policy.ageingSeconds).rounded(.down) - Double(entry.request.priority)
        }
        return (level(left), left.dueSeconds, left.sequence) < (level(right), right.dueSeconds, right.sequence)
    }

    private mutating func checkAfter(_ now: Double, _ queue: BatchQueue) {
        if waiting.count != queue.waitingRequestCount { faults.append("\(waiting.count) wait, it says \(queue.waitingRequestCount)") }
        if waiting.reduce(0, { $0 + $1.request.rows }) != queue.waitingRowCount { faults.append("rows miscounted") }
        if running.count != queue.runningBatchCount { faults.append("running batches miscounted") }
        if waiting.count > policy.queueRequestCountMax { faults.append("too many wait") }
        if queue.waitingRowCount > policy.queueRowCountMax, waiting.count > 1 { faults.append("too many rows wait") }
        let deadline = waiting.compactMap(\.request.deadlineSeconds).min() ?? .infinity
        if deadline <= now { faults.append("an expired one still waits") }
        if deadline < wakeSeconds ?? .infinity { faults.append("no tick for a deadline") }
        guard freeRunnerCount > 0, !waiting.isEmpty else { return }
        if isClosed || freeRunnerCount > 1 { faults.append("waits without cause") }
        let longest = queue.curve.seconds(rows: policy.rowCountMax)
        if !(wakeSeconds ?? .infinity <= now + longest) { faults.append("waits without end") }
    }

    private mutating func end(_ id: BatchQueue.RequestID, _ how: String) {
        if let before = ends.updateValue(how, forKey: id) { faults.append("\(id) ended twice: \(before), \(how)") }
    }
}
