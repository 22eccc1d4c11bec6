import Foundation
import MartletCore
import MartletInference

/// Runs a queue in simulated time: arrivals are given, batches end when their true cost says so, alarms ring to the moment.
struct BatchSimulation {
    /// One request to come.
    struct Arrival {
        var seconds: Double
        var rows = 1
        var priority = 0
        /// How long after it came its caller gives up.
        var timeoutSeconds: Double?
        /// How long after it came its caller goes away.
        var cancelSeconds: Double?
    }

    /// How a request ended.
    enum End: Equatable {
        case answered(latencySeconds: Double, batch: UInt64)
        case rejected(BatchQueue.Rejection, latencySeconds: Double)
        case cancelled
    }

    private enum Happening {
        case arrival(Int)
        case cancel(Int)
        case end(BatchQueue.Batch, startedSeconds: Double)
        case tick
    }

    private(set) var queue: BatchQueue
    /// How each request ended; a request that ended twice has two.
    private(set) var ends: [[End]]
    /// The batches, in the order of their starts.
    private(set) var batches: [BatchQueue.Batch] = []
    /// Called after each event.
    var observe: (BatchQueue, Double) -> Void = { _, _ in }
    /// After each answer the caller comes again, this time later; `nil` for callers who do not.
    var returnSeconds: Double?
    private var arrivals: [Arrival]
    private let trueSeconds: (_ rows: Int) -> Double
    private var calendar: [(seconds: Double, order: Int, happening: Happening)] = []
    private var order = 0
    private var alarmSeconds: Double?
    private let endSeconds: Double

    init(queue: BatchQueue, arrivals: [Arrival], until endSeconds: Double = .infinity, trueSeconds: @escaping (_ rows: Int) -> Double) {
        self.queue = queue
        self.arrivals = arrivals
        self.trueSeconds = trueSeconds
        self.endSeconds = endSeconds
        ends = Array(repeating: [], count: arrivals.count)
    }

    /// The latencies of the answered, ascending.
    var latencies: [Double] {
        ends.flatMap { $0 }.compactMap { if case .answered(let latency, _) = $0 { latency } else { nil } }.sorted()
    }

    /// The latency that all but one answer in a hundred stay below.
    var p99Seconds: Double { latencies[latencies.count * 99 / 100] }

    /// Runs everything to its end.
    mutating func run() {
        for _ in 0..<queue.policy.runnerCount { act(queue.handle(.runnerFree(now: 0)), 0) }
        for index in arrivals.indices { plan(arrivals[index].seconds, .arrival(index)) }
        while !calendar.isEmpty {
            let next = takeNext()
            happen(next.happening, next.seconds)
            observe(queue, next.seconds)
        }
    }

    private mutating func happen(_ happening: Happening, _ now: Double) {
        switch happening {
        case .arrival(let index):
            let arrival = arrivals[index]
            if let cancel = arrival.cancelSeconds { plan(now + cancel, .cancel(index)) }
            let request = BatchQueue.Request(
                id: .init(UInt64(index)), rows: arrival.rows, priority: arrival.priority,
                deadlineSeconds: arrival.timeoutSeconds.map { now + $0 }
            )
            act(queue.handle(.enqueue(request, now: now)), now)
        case .cancel(let index):
            guard ends[index].isEmpty else { return }
            ends[index].append(.cancelled)
            act(queue.handle(.cancel(.init(UInt64(index)))), now)
        case .tick:
            guard alarmSeconds == now else { return }
            alarmSeconds = nil
            act(queue.handle(.tick(now: now)), now)
        case .end(let batch, let started):
            answer(batch, now)
            act(queue.handle(.finished(batch: batch.number, seconds: now - started, now: now)), now)
            act(queue.handle(.runnerFree(now: now)), now)
        }
    }

    private mutating func answer(_ batch: BatchQueue.Batch, _ now: Double) {
        for id in batch.requestIDs {
            let index = Int(id.number)
            guard ends[index] != [.cancelled] else { continue }
            ends[index].append(.answered(latencySeconds: now - arrivals[index].seconds, batch: batch.number))
            guard let returnSeconds, now + returnSeconds < endSeconds else { continue }
            arrivals.append(Arrival(seconds: now + returnSeconds, rows: arrivals[index].rows))
            ends.append([])
            plan(now + returnSeconds, .arrival(arrivals.count - 1))
        }
    }

    private mutating func act(_ actions: [BatchQueue.Action], _ now: Double) {
        for action in actions {
            switch action {
            case .start(let batch):
                batches.append(batch)
                plan(now + trueSeconds(batch.rows), .end(batch, startedSeconds: now))
            case .reject(let id, let rejection):
                ends[Int(id.number)].append(.rejected(rejection, latencySeconds: now - arrivals[Int(id.number)].seconds))
            case .wakeAt(let seconds):
                alarmSeconds = max(now, seconds)
                plan(max(now, seconds), .tick)
            }
        }
    }

    // MARK: - The calendar, a binary heap

    private mutating func plan(_ seconds: Double, _ happening: Happening) {
        order += 1
        calendar.append((seconds, order, happening))
        var child = calendar.count - 1
        while child > 0, isEarlier(child, (child - 1) / 2) {
            calendar.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    private mutating func takeNext() -> (seconds: Double, order: Int, happening: Happening) {
        calendar.swapAt(0, calendar.count - 1)
        let next = calendar.removeLast()
        var parent = 0
        while true {
            let children = [2 * parent + 1, 2 * parent + 2].filter { $0 < calendar.count }
            guard let child = children.min(by: { isEarlier($0, $1) }), isEarlier(child, parent) else { return next }
            calendar.swapAt(parent, child)
            parent = child
        }
    }

    private func isEarlier(_ left: Int, _ right: Int) -> Bool {
        (calendar[left].seconds, calendar[left].order) < (calendar[right].seconds, calendar[right].order)
    }
}

extension [BatchSimulation.Arrival] {
    /// Requests that come independently of one another at a mean rate (a Poisson process).
    static func random(perSecond: Double, seconds: Double, seed: UInt64) -> [BatchSimulation.Arrival] {
        var random = SplitMix64(seed: seed)
        var arrivals: [BatchSimulation.Arrival] = []
        var now = 0.0
        while true {
            now += -log(1 - random.unit()) / perSecond
            guard now < seconds else { return arrivals }
            arrivals.append(BatchSimulation.Arrival(seconds: now))
        }
    }
}
