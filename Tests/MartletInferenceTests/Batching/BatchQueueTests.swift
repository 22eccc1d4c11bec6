import MartletCore
import MartletInference
import Testing

/// The decisions line by line: events with the actions that they cause.
@Suite struct BatchQueueTests {
    private typealias Step = (event: BatchQueue.Event, actions: [BatchQueue.Action])

    private static func policy(_ change: (inout BatchingPolicy) -> Void = { _ in }) -> BatchingPolicy {
        var policy = BatchingPolicy(objectiveSeconds: 0.1, rowCountMax: 8)
        change(&policy)
        return policy
    }

    /// A batch takes 10 ms, whatever its size.
    private func flat(_ change: (inout BatchingPolicy) -> Void = { _ in }) throws -> BatchQueue {
        try BatchQueue(policy: Self.policy(change), curve: .line(seconds: 0.01, perRow: 0, upTo: 8))
    }

    private func play(_ queue: inout BatchQueue, _ steps: [Step], _ location: SourceLocation = #_sourceLocation) {
        for (number, step) in steps.enumerated() {
            #expect(queue.handle(step.event) == step.actions, "step \(number)", sourceLocation: location)
        }
    }

    private func come(
        _ id: UInt64, at now: Double, rows: Int = 1, priority: Int = 0, deadline: Double? = nil
    ) -> BatchQueue.Event {
        .enqueue(.init(id: .init(id), rows: rows, priority: priority, deadlineSeconds: deadline), now: now)
    }

    private func start(_ number: UInt64, _ ids: [UInt64], rows: Int? = nil) -> BatchQueue.Action {
        .start(.init(number: number, requestIDs: ids.map { .init($0) }, rows: rows ?? ids.count))
    }

    private func finish(_ number: UInt64, at now: Double, taking seconds: Double? = 0.01) -> BatchQueue.Event {
        .finished(batch: number, seconds: seconds, now: now)
    }

    // MARK: - Starting

    @Test func `a lone request on an idle machine starts at once`() throws {
        var queue = try flat()
        play(&queue, [(.runnerFree(now: 0), []), (come(1, at: 5), [start(1, [1])])])
    }

    @Test func `what comes while the runner works goes together into the next batch`() throws {
        var queue = try flat()
        play(
            &queue,
            [
                (.runnerFree(now: 0), []), (come(1, at: 0), [start(1, [1])]), (come(2, at: 0.004), []), (come(3, at: 0.009), []),
                (finish(1, at: 0.01), []), (.runnerFree(now: 0.01), [start(2, [2, 3])]), (finish(2, at: 0.02), []),
                (.runnerFree(now: 0.02), []),
            ])
    }

    @Test func `where rows cost the same together, each request runs for itself`() throws {
        var queue = try BatchQueue(policy: Self.policy(), curve: .line(seconds: 0, perRow: 0.001, upTo: 8))
        play(
            &queue,
            [
                (.runnerFree(now: 0), []), (come(1, at: 0), [start(1, [1])]), (come(2, at: 0), []), (come(3, at: 0), []),
                (finish(1, at: 0.001, taking: 0.001), []), (.runnerFree(now: 0.001), [start(2, [2])]),
            ])
    }

    @Test func `a batch has no more rows than it may, and a request of more runs alone`() throws {
        var queue = try flat()
        play(
            &queue,
            [
                (come(1, at: 0, rows: 4), []), (come(2, at: 0, rows: 5), []), (come(3, at: 0, rows: 20), []), (come(4, at: 0), []),
                (.runnerFree(now: 0), [start(1, [1], rows: 4)]), (finish(1, at: 0.01), []),
                (.runnerFree(now: 0.01), [start(2, [2], rows: 5)]), (finish(2, at: 0.02), []),
                (.runnerFree(now: 0.02), [start(3, [3], rows: 20)]), (finish(3, at: 0.05, taking: nil), []),
                (.runnerFree(now: 0.05), [start(4, [4])]),
            ])
    }

    @Test func `a batch has no more requests than it may`() throws {
        var queue = try flat { $0.requestCountMax = 2 }
        play(&queue, [(come(1, at: 0), []), (come(2, at: 0), []), (come(3, at: 0), []), (.runnerFree(now: 0), [start(1, [1, 2])])])
    }

    @Test func `the order is priority, then due time, then arrival`() throws {
        var queue = try flat { $0.requestCountMax = 4 }
        play(
            &queue,
            [
                (come(1, at: 0), []), (come(2, at: 0, priority: -1), []), (come(3, at: 0), []),
                (come(4, at: 0, deadline: 0.09), [.wakeAt(seconds: 0.09)]), (come(5, at: 0, priority: 99), []),
                (.runnerFree(now: 0), [start(1, [5, 4, 1, 3])]), (finish(1, at: 0.01), []), (.runnerFree(now: 0.01), [start(2, [2])]),
            ])
    }

    @Test func `a request that waited two ageing periods goes before one of the next priority`() throws {
        var queue = try flat {
            $0.requestCountMax = 1
            $0.ageingSeconds = 1
        }
        play(
            &queue,
            [
                (come(1, at: 0.5), []), (come(2, at: 1.5, priority: 1), []), (come(3, at: 2.5, priority: 1), []),
                (.runnerFree(now: 3), [start(1, [1])]), (finish(1, at: 3.01), []), (.runnerFree(now: 3.01), [start(2, [2])]),
            ])
    }

    @Test func `a batch ends before the first of its requests is due`() throws {
        var queue = try BatchQueue(policy: Self.policy(), curve: .line(seconds: 0.008, perRow: 0.002, upTo: 8))
        play(
            &queue,
            [
                (come(1, at: 0, deadline: 0.013), [.wakeAt(seconds: 0.013)]), (come(2, at: 0), []), (come(3, at: 0), []),
                (come(4, at: 0), []), (.runnerFree(now: 0), [start(1, [1, 2])]),
            ])
    }

    @Test func `who is late in any case does not make the batch smaller`() throws {
        var queue = try BatchQueue(policy: Self.policy(), curve: .line(seconds: 0.008, perRow: 0.002, upTo: 8))
        play(
            &queue,
            [
                (come(1, at: 0, deadline: 0.013), [.wakeAt(seconds: 0.013)]), (come(2, at: 0), []), (come(3, at: 0), []),
                (.runnerFree(now: 0.005), [start(1, [1, 2, 3])]),
            ])
    }

    @Test func `a batch is not made smaller for one request where that makes others late`() throws {
        var queue = try BatchQueue(policy: Self.policy(), curve: .line(seconds: 0.008, perRow: 0.002, upTo: 8))
        play(
            &queue,
            [
                (come(1, at: 0, deadline: 0.011), [.wakeAt(seconds: 0.011)]), (come(2, at: 0), []),
                (come(3, at: 0, deadline: 0.015), []), (.runnerFree(now: 0), [start(1, [1, 3, 2])]),
            ])
    }

    // MARK: - Waiting for more

    /// A queue that has learned that two callers come back half a millisecond after their answers, when they come back now, and the
    /// number of the next batch.
    private func withTwoCallers(runners: Int = 1) throws -> (queue: BatchQueue, now: Double, next: UInt64) {
        var queue = try flat { $0.runnerCount = runners }
        var batchCount: UInt64 = 0
        func started(_ actions: [BatchQueue.Action]) -> [UInt64] {
            actions.compactMap { if case .start(let batch) = $0 { batch.number } else { nil } }
        }
        for _ in 0..<runners { _ = queue.handle(.runnerFree(now: 0)) }
        var now = 1.0
        for round in 0..<10 as Range<UInt64> {
            now += 0.0005
            var numbers = started(queue.handle(come(1_000 + 2 * round, at: now))) + started(queue.handle(come(1_001 + 2 * round, at: now)))
            while let number = numbers.first {
                now += 0.01
                batchCount = number
                _ = queue.handle(finish(number, at: now))
                numbers = numbers.dropFirst() + started(queue.handle(.runnerFree(now: now)))
            }
        }
        return (queue, now + 0.0005, batchCount + 1)
    }

    @Test func `a batch waits for a caller who is expected soon, and no longer than for him`() throws {
        var (queue, now, next) = try withTwoCallers()
        guard case .wakeAt(let until) = queue.handle(come(1, at: now)).first else { throw MartletError(.conflict, "nothing waits") }
        #expect(until > now + 0.0005 && until < now + 0.005)
        #expect(queue.handle(come(2, at: now + 0.0005)) == [start(next, [1, 2])])
    }

    @Test func `a batch for which nobody comes starts when the tick comes`() throws {
        var (queue, now, next) = try withTwoCallers()
        guard case .wakeAt(let until) = queue.handle(come(1, at: now)).first else { throw MartletError(.conflict, "nothing waits") }
        #expect(queue.handle(.tick(now: until)) == [start(next, [1])])
    }

    @Test func `where nobody came the last times, nothing waits`() throws {
        var (queue, now, next) = try withTwoCallers()
        var held = 0
        for round in 0..<30 as Range<UInt64> {
            if case .wakeAt(let until) = queue.handle(come(round, at: now)).first {
                held += 1
                now = until
                _ = queue.handle(.tick(now: now))
            }
            now += 0.01
            _ = queue.handle(finish(next, at: now))
            _ = queue.handle(.runnerFree(now: now))
            next += 1
            now += 0.001
        }
        #expect((1...8).contains(held))
    }

    @Test func `with another runner free nothing waits`() throws {
        var (queue, now, next) = try withTwoCallers(runners: 2)
        #expect(queue.handle(come(1, at: now)) == [start(next, [1])])
    }

    @Test func `a batch waits no longer than the first that is due can`() throws {
        var (queue, now, next) = try withTwoCallers()
        #expect(queue.handle(come(1, at: now, deadline: now + 0.01)) == [start(next, [1])])
    }

    @Test func `nothing waits when the queue closes`() throws {
        var (queue, now, next) = try withTwoCallers()
        _ = queue.handle(come(1, at: now))
        #expect(queue.handle(.close(now: now + 0.0001)) == [start(next, [1])])
    }

    // MARK: - Leaving

    @Test func `a cancelled request is never started, and one that runs stays`() throws {
        var queue = try flat()
        play(
            &queue,
            [
                (.runnerFree(now: 0), []), (come(1, at: 0), [start(1, [1])]), (come(2, at: 0), []), (.cancel(.init(2)), []),
                (.cancel(.init(1)), []), (.cancel(.init(77)), []), (finish(1, at: 0.01), []), (.runnerFree(now: 0.01), []),
            ])
        #expect(queue.waitingRowCount == 0)
    }

    @Test func `requests leave when their deadlines pass, and a tick is asked for only where it is needed earlier`() throws {
        var queue = try flat()
        play(
            &queue,
            [
                (come(1, at: 0, deadline: 5), [.wakeAt(seconds: 5)]), (come(2, at: 0, deadline: 6), []),
                (come(3, at: 0, deadline: 4), [.wakeAt(seconds: 4)]), (come(4, at: 0), []),
                (.tick(now: 4), [.reject(.init(3), .expired), .wakeAt(seconds: 5)]),
                (.tick(now: 4.5), [.wakeAt(seconds: 5)]),
                (.runnerFree(now: 6), [.reject(.init(1), .expired), .reject(.init(2), .expired), start(1, [4])]),
            ])
    }

    @Test func `a request that comes after its deadline is refused`() throws {
        var queue = try flat()
        play(&queue, [(.runnerFree(now: 0), []), (come(1, at: 1, deadline: 1), [.reject(.init(1), .expired)])])
    }

    @Test func `a closed queue takes nobody and answers who is there`() throws {
        var queue = try flat()
        play(
            &queue,
            [
                (come(1, at: 0), []), (.close(now: 0), []), (come(2, at: 0), [.reject(.init(2), .closed)]),
                (.runnerFree(now: 0), [start(1, [1])]),
            ])
    }

    // MARK: - Learning

    @Test func `batches teach what they cost, failed ones do not`() throws {
        var queue = try flat()
        for number in 1...20 as ClosedRange<UInt64> {
            let now = Double(number)
            _ = queue.handle(.runnerFree(now: now))
            _ = queue.handle(come(number, at: now))
            _ = queue.handle(finish(number, at: now + 0.5, taking: number <= 10 ? nil : 0.02))
            if number == 10 { #expect(queue.curve.seconds(rows: 1) == 0.01) }
        }
        #expect(queue.curve.seconds(rows: 1) > 0.0125)
    }

    @Test func `a time before the last one counts as that`() throws {
        var queue = try flat()
        play(&queue, [(.runnerFree(now: 10), []), (come(1, at: 3, deadline: 9), [.reject(.init(1), .expired)])])
    }

    @Test(arguments: [
        ("objectiveSeconds", policy { $0.objectiveSeconds = .nan }), ("rowCountMax", policy { $0.rowCountMax = 0 }),
        ("queueRequestCountMax", policy { $0.queueRequestCountMax = 0 }), ("runnerCount", policy { $0.runnerCount = 65 }),
        ("ageingSeconds", policy { $0.ageingSeconds = 0 }), ("retryRunCountMax", policy { $0.retryRunCountMax = -1 }),
    ])
    func `a policy without a limit is refused by its name`(name: String, policy: BatchingPolicy) throws {
        let curve = try CostCurve.line(seconds: 0.01, perRow: 0)
        let error = #expect(throws: MartletError.self) { try BatchQueue(policy: policy, curve: curve) }
        #expect(error?.message.contains("'\(name)'") == true)
    }
}
