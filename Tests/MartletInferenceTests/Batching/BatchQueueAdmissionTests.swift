import MartletCore
import MartletInference
import Testing

/// Who is taken and who is refused. A batch takes 10 ms whatever its size, the objective is 100 ms, and batches have 8 rows.
@Suite struct BatchQueueAdmissionTests {
    private func queue(
        busy: Bool = true, perRow: Double = 0, _ change: (inout BatchingPolicy) -> Void = { _ in }
    ) throws -> BatchQueue {
        var policy = BatchingPolicy(objectiveSeconds: 0.1, rowCountMax: 8)
        change(&policy)
        var queue = try BatchQueue(policy: policy, curve: .line(seconds: 0.01, perRow: perRow, upTo: 8))
        _ = queue.handle(.runnerFree(now: 0))
        if busy { _ = come(&queue, 0) }
        return queue
    }

    private func come(
        _ queue: inout BatchQueue, _ id: UInt64, rows: Int = 1, priority: Int = 0, deadline: Double? = nil, at now: Double = 0
    ) -> [BatchQueue.Rejection] {
        queue.handle(.enqueue(.init(id: .init(id), rows: rows, priority: priority, deadlineSeconds: deadline), now: now)).compactMap {
            if case .reject(_, let rejection) = $0 { rejection } else { nil }
        }
    }

    @Test func `requests are taken as long as they can be answered in nine tenths of the objective`() throws {
        var queue = try queue()
        // The batch that runs and seven more of eight requests each end after 80 ms; an eighth would end after 90 ms.
        for id in 1...64 as ClosedRange<UInt64> { #expect(come(&queue, id) == [], "request \(id)") }
        for id in 65...72 as ClosedRange<UInt64> { _ = come(&queue, id) }
        guard case .late(let seconds) = come(&queue, 100).first else { throw MartletError(.conflict, "the queue takes too many") }
        #expect(seconds >= 0.01 && seconds < 0.03)
    }

    @Test func `who comes again after the time that he was told is taken`() throws {
        var queue = try queue()
        var id: UInt64 = 0
        var told: Double?
        while told == nil {
            id += 1
            if case .late(let seconds) = come(&queue, id).first { told = seconds }
        }
        let back = try #require(told)
        for (number, end) in [0.01, 0.02, 0.03].enumerated() where end <= back {
            _ = queue.handle(.finished(batch: UInt64(number + 1), seconds: 0.01, now: end))
            _ = queue.handle(.runnerFree(now: end))
        }
        #expect(come(&queue, id + 1, at: back) == [])
    }

    @Test func `a request that could not be answered before its own deadline is refused`() throws {
        var queue = try queue()
        #expect(come(&queue, 1, deadline: 0.021) == [])
        guard case .late = come(&queue, 2, deadline: 0.015).first else { throw MartletError(.conflict, "it was taken") }
    }

    @Test func `an idle machine takes whatever comes, be it slower than the objective`() throws {
        var queue = try queue(busy: false)
        #expect(come(&queue, 1, rows: .max, deadline: 0.001) == [])
        #expect(queue.runningBatchCount == 1)
    }

    @Test func `a model slower than its objective still has a queue`() throws {
        var queue = try queue { $0.objectiveSeconds = 0.001 }
        #expect(come(&queue, 1, at: 0.005) == [])
    }

    @Test func `higher priorities are predicted by their own place`() throws {
        var queue = try queue()
        for id in 1...72 as ClosedRange<UInt64> { _ = come(&queue, id) }
        #expect(come(&queue, 100) != [])
        #expect(come(&queue, 101, priority: 1) == [])
    }

    @Test func `a queue that is full of requests refuses, and says when there is room`() throws {
        var queue = try queue { $0.queueRequestCountMax = 2 }
        #expect(come(&queue, 1) == [])
        #expect(come(&queue, 2) == [])
        #expect(come(&queue, 3) == [.full(retryAfterSeconds: 0.02)])
        #expect(queue.waitingRequestCount == 2)
    }

    @Test func `a queue that is full of rows refuses, but takes one request of any size`() throws {
        var queue = try queue { $0.queueRowCountMax = 4 }
        #expect(come(&queue, 1, rows: 9) == [])
        #expect(come(&queue, 2) == [.full(retryAfterSeconds: 0.02)])
    }

    @Test func `a full queue gives up its last request of lower priority`() throws {
        var queue = try queue { $0.queueRequestCountMax = 3 }
        for (id, priority) in [(1, 0), (2, -2), (3, -1)] as [(UInt64, Int)] { #expect(come(&queue, id, priority: priority) == []) }
        let actions = queue.handle(.enqueue(.init(id: .init(4), rows: 1), now: 0))
        #expect(actions == [.reject(.init(2), .displaced(retryAfterSeconds: 0.02))])
        #expect(come(&queue, 5, priority: -1) == [.full(retryAfterSeconds: 0.02)], "equals are not displaced")
    }

    @Test func `nobody is displaced where that would not make room enough`() throws {
        var queue = try queue { $0.queueRowCountMax = 8 }
        #expect(come(&queue, 1, rows: 6) == [])
        #expect(come(&queue, 2, rows: 2, priority: -1) == [])
        #expect(come(&queue, 3, rows: 3, priority: 0) == [.full(retryAfterSeconds: 0.02)])
        #expect(queue.waitingRequestCount == 2)
    }

    @Test func `what runs is never displaced`() throws {
        var queue = try queue { $0.queueRequestCountMax = 1 }
        #expect(come(&queue, 1) == [])
        #expect(come(&queue, 2, priority: 9) == [.displaced(retryAfterSeconds: 0.02)])
        #expect(queue.runningBatchCount == 1)
    }
}
