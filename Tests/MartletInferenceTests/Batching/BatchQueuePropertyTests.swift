import MartletCore
import MartletInference
import Testing

@Suite struct BatchQueuePropertyTests {
    /// Events at random, of which the queue's own actions are part: batches end, ticks come or are late.
    private struct Traffic {
        var random: SplitMix64
        var queue: BatchQueue
        var model: NaiveBatchQueue
        var now = 0.0
        var requestCount: UInt64 = 0
        private var batches: [UInt64] = []
        private var wakeSeconds: Double?

        init(seed: UInt64) throws {
            random = SplitMix64(seed: seed)
            var policy = BatchingPolicy(objectiveSeconds: 0.02 + 0.2 * random.unit(), rowCountMax: 1 + random.index(below: 40))
            policy.requestCountMax = 1 + random.index(below: 20)
            policy.queueRequestCountMax = 1 + random.index(below: 30)
            policy.queueRowCountMax = 1 + random.index(below: 200)
            policy.runnerCount = 1 + random.index(below: 3)
            policy.ageingSeconds = 0.005 + 0.1 * random.unit()
            policy.admissionFactor = 0.5 + 2 * random.unit()
            let curve = try CostCurve.line(seconds: 0.01 * random.unit(), perRow: 0.00001 + 0.001 * random.unit(), upTo: 40)
            queue = try BatchQueue(policy: policy, curve: curve)
            model = NaiveBatchQueue(policy: policy)
            for _ in 0..<policy.runnerCount { handle(.runnerFree(now: 0)) }
        }

        mutating func handle(_ event: BatchQueue.Event) {
            let curve = queue.curve
            let actions = queue.handle(event)
            model.note(event, curve, actions, queue)
            for action in actions {
                if case .start(let batch) = action { batches.append(batch.number) }
                if case .wakeAt(let seconds) = action { wakeSeconds = seconds }
            }
        }

        mutating func step() {
            now += 0.003 * random.unit() * random.unit()
            switch random.index(below: 10) {
            case 0...4: come()
            case 5: cancel()
            case 6: ring()
            default: finishOne()
            }
        }

        private mutating func come() {
            requestCount += 1
            let timeout = random.index(below: 3) == 0 ? 0.03 * random.unit() - 0.001 : nil
            let request = BatchQueue.Request(
                id: .init(requestCount), rows: random.index(below: 50), priority: random.index(below: 24) - 12,
                deadlineSeconds: timeout.map { now + $0 }
            )
            handle(.enqueue(request, now: now))
        }

        /// Cancels one who waits, or anybody: one who runs, has ended, or was never there.
        private mutating func cancel() {
            let anybody = BatchQueue.RequestID(UInt64(random.index(below: Int(requestCount) + 2)))
            let waiting = model.waiting.isEmpty ? nil : model.waiting[random.index(below: model.waiting.count)].request.id
            handle(.cancel(random.index(below: 2) == 0 ? anybody : waiting ?? anybody))
        }

        private mutating func ring() {
            guard let seconds = wakeSeconds, random.index(below: 4) > 0 else { return handle(.tick(now: now)) }
            now = max(now, seconds)
            wakeSeconds = nil
            handle(.tick(now: now))
        }

        private mutating func finishOne() {
            guard !batches.isEmpty else { return }
            let number = batches.remove(at: random.index(below: batches.count))
            let hasFailed = random.index(below: 8) == 0
            handle(.finished(batch: number, seconds: hasFailed ? nil : 0.02 * random.unit(), now: now))
            handle(.runnerFree(now: now))
        }

        /// Lets the queue end: closes it, answers who is in it, and refuses one more.
        mutating func end() {
            handle(.close(now: now))
            come()
            while !batches.isEmpty { finishOne() }
        }
    }

    @Test(arguments: 1...25) func `whatever comes, every request ends once and the rules are kept`(seed: Int) throws {
        var traffic = try Traffic(seed: UInt64(seed))
        for step in 0..<1_200 {
            traffic.step()
            try #require(traffic.model.faults == [], "seed \(seed), step \(step)")
        }
        traffic.end()
        #expect(traffic.model.faults == [], "seed \(seed), at the end")
        #expect(traffic.model.ends.count == Int(traffic.requestCount), "seed \(seed)")
        #expect(Set(traffic.model.ends.values).count == 3, "seed \(seed): some are answered, some rejected, some cancelled")
    }
}
