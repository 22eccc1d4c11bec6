import Dispatch
import MartletCore
import MartletInference
import Synchronization
import Testing

/// Requests are numbers, answers their doubles; a negative number makes the model fail.
@Suite(.timeLimit(.minutes(2))) struct BatcherTests {
    private struct Unanswerable: Error, Equatable { let numbers: [Int] }

    /// A model that notes its batches and can be held up.
    private final class Model: Sendable {
        private let batchList = Mutex<[[Int]]>([])
        private let gate = DispatchSemaphore(value: 0)
        private let isGated: Bool
        private let entries: AsyncStream<[Int]>.Continuation
        /// Each batch as it begins.
        let begun: AsyncStream<[Int]>

        init(isGated: Bool = false) {
            self.isGated = isGated
            (begun, entries) = AsyncStream.makeStream()
        }

        var batches: [[Int]] { batchList.withLock { $0 } }

        /// Lets some batches through.
        func open(_ count: Int = 1) { for _ in 0..<count { gate.signal() } }

        func run(_ numbers: [Int]) throws -> [Int] {
            batchList.withLock { $0.append(numbers) }
            entries.yield(numbers)
            if isGated { gate.wait() }
            if numbers.contains(where: { $0 < 0 }) { throw Unanswerable(numbers: numbers) }
            return numbers.map { 2 * $0 }
        }
    }

    private func batcher(
        _ model: Model, clock: any BatchClock = SystemBatchClock(), curve: CostCurve? = nil,
        _ change: (inout BatchingPolicy) -> Void = { _ in }
    ) throws -> Batcher<Int, Int> {
        var policy = BatchingPolicy(objectiveSeconds: 60, rowCountMax: 64)
        change(&policy)
        return try Batcher(name: "doubler", policy: policy, curve: try curve ?? .line(seconds: 0.005, perRow: 0.000_05), clock: clock) {
            try model.run($0)
        }
    }

    /// Submits a request and returns when it waits, or as many as there then are.
    private func submit(
        _ number: Int, to batcher: Batcher<Int, Int>, thenWaiting count: Int, priority: Int = 0, timeout: Duration? = nil
    ) async -> Task<Int, any Error> {
        let task = Task { try await batcher.submit(number, rows: 1, priority: priority, timeout: timeout) }
        while batcher.statistics.waitingRequestCount != count { await Task.yield() }
        return task
    }

    private func code(_ task: Task<Int, any Error>) async -> MartletError.Code? {
        let result = await task.result
        if case .failure(let error as MartletError) = result { return error.code }
        return nil
    }

    @Test func `those who wait while the model is at work are answered together, each with his own`() async throws {
        let model = Model(isGated: true)
        let batcher = try batcher(model)
        var begun = model.begun.makeAsyncIterator()
        let first = await submit(1, to: batcher, thenWaiting: 0)
        #expect(await begun.next() == [1])
        var rest: [Task<Int, any Error>] = []
        for number in 2...6 { rest.append(await submit(number, to: batcher, thenWaiting: number - 1)) }
        model.open(2)
        #expect(try await first.value == 2)
        for (number, task) in zip(2...6, rest) { #expect(try await task.value == 2 * number) }
        #expect(model.batches == [[1], [2, 3, 4, 5, 6]])
        await batcher.close()
        let statistics = batcher.statistics
        #expect((statistics.inferenceCount, statistics.rowCount, statistics.executionCount) == (6, 6, 2))
        #expect((statistics.queueSeconds.count, statistics.batchRows.sum, statistics.executionSeconds.count) == (6, 6, 2))
    }

    @Test func `a cancelled task leaves the queue at once and is never run`() async throws {
        let model = Model(isGated: true)
        let batcher = try batcher(model)
        var begun = model.begun.makeAsyncIterator()
        let first = await submit(1, to: batcher, thenWaiting: 0)
        _ = await begun.next()
        let second = await submit(2, to: batcher, thenWaiting: 1)
        second.cancel()
        await #expect(throws: CancellationError.self) { try await second.value }
        #expect(batcher.statistics.waitingRequestCount == 0)
        #expect(batcher.statistics.cancelledCount == 1)
        model.open()
        _ = try await first.value
        await batcher.close()
        #expect(model.batches == [[1]])
    }

    @Test func `a task that is cancelled while its batch runs leaves, and the others get their answers`() async throws {
        let model = Model(isGated: true)
        let batcher = try batcher(model)
        var begun = model.begun.makeAsyncIterator()
        let first = await submit(1, to: batcher, thenWaiting: 0)
        _ = await begun.next()
        first.cancel()
        await #expect(throws: CancellationError.self) { try await first.value }
        let second = await submit(2, to: batcher, thenWaiting: 1)
        model.open(2)
        #expect(try await second.value == 4)
        await batcher.close()
    }

    @Test func `a task that was cancelled before asks for nothing`() async throws {
        let model = Model()
        let batcher = try batcher(model)
        let task = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return try await batcher.submit(1, rows: 1)
        }
        await #expect(throws: CancellationError.self) { try await task.value }
        await batcher.close()
        #expect(model.batches == [])
    }

    @Test func `a request whose timeout passes is told so while the model is still at work`() async throws {
        let (model, clock) = (Model(isGated: true), ManualClock())
        let batcher = try batcher(model, clock: clock)
        var begun = model.begun.makeAsyncIterator()
        let first = await submit(1, to: batcher, thenWaiting: 0)
        _ = await begun.next()
        let second = await submit(2, to: batcher, thenWaiting: 1, timeout: .seconds(1))
        clock.advance(bySeconds: 1)
        #expect(await code(second) == .expired)
        model.open()
        #expect(try await first.value == 2)
        await batcher.close()
        #expect(batcher.statistics.expiredCount == 1)
    }

    @Test(arguments: [Duration.seconds(Int64.max), .seconds(1e15)]) func `a timeout of ages is none`(timeout: Duration) async throws {
        let model = Model(isGated: true)
        let batcher = try batcher(model)
        var begun = model.begun.makeAsyncIterator()
        let first = await submit(1, to: batcher, thenWaiting: 0)
        _ = await begun.next()
        let second = await submit(2, to: batcher, thenWaiting: 1, timeout: timeout)
        model.open(2)
        #expect(try await first.value == 2)
        #expect(try await second.value == 4)
        await batcher.close()
    }

    @Test func `a full queue refuses with the time after which to come again`() async throws {
        let model = Model(isGated: true)
        let batcher = try batcher(model) { $0.queueRequestCountMax = 1 }
        var begun = model.begun.makeAsyncIterator()
        let first = await submit(1, to: batcher, thenWaiting: 0)
        _ = await begun.next()
        let second = await submit(2, to: batcher, thenWaiting: 1)
        let error = await #expect(throws: MartletError.self) { try await batcher.submit(3, rows: 1) }
        #expect(error?.code == .overloaded)
        #expect(error?.retryAfterSeconds ?? 0 > 0)
        let urgent = await submit(4, to: batcher, thenWaiting: 1, priority: 1)
        #expect(await code(second) == .overloaded, "it gave way")
        model.open(2)
        #expect(try await first.value == 2)
        #expect(try await urgent.value == 8)
        await batcher.close()
        #expect((batcher.statistics.fullCount, batcher.statistics.displacedCount) == (1, 1))
    }

    // MARK: - Failures

    /// Answers or errors of a batch of some numbers, which waited behind another.
    private func together(_ numbers: [Int], retries: Int = 64) async throws -> (
        results: [Result<Int, any Error>], batcher: Batcher<Int, Int>
    ) {
        let model = Model(isGated: true)
        let batcher = try batcher(model) { $0.retryRunCountMax = retries }
        var begun = model.begun.makeAsyncIterator()
        let first = await submit(1_000, to: batcher, thenWaiting: 0)
        _ = await begun.next()
        var tasks: [Task<Int, any Error>] = []
        for (index, number) in numbers.enumerated() { tasks.append(await submit(number, to: batcher, thenWaiting: index + 1)) }
        model.open(1_000)
        _ = try await first.value
        var results: [Result<Int, any Error>] = []
        for task in tasks { results.append(await task.result) }
        await batcher.close()
        return (results, batcher)
    }

    @Test func `a request that makes its batch fail fails alone, with its own error`() async throws {
        let (results, batcher) = try await together([2, 3, -4, 5, 6, -7, 8])
        for (number, result) in zip([2, 3, -4, 5, 6, -7, 8], results) {
            switch result {
            case .success(let answer): #expect(answer == 2 * number && number > 0)
            case .failure(let error): #expect(error as? Unanswerable == Unanswerable(numbers: [number]))
            }
        }
        let statistics = batcher.statistics
        #expect((statistics.inferenceCount, statistics.failureCount) == (6, 2))
        #expect(statistics.retryCount == statistics.executionCount - 2)
        #expect(statistics.retryCount < 7 * 2)
    }

    @Test(arguments: [(0, 0), (2, 2), (4, 3)]) func `who is to blame is looked for no longer than allowed`(retries: Int, answered: Int)
        async throws
    {
        let (results, batcher) = try await together([2, 3, 4, -5], retries: retries)
        #expect(results.count { if case .success = $0 { true } else { false } } == answered)
        #expect(batcher.statistics.retryCount == retries)
    }

    @Test func `a model that miscounts its answers fails for all who asked`() async throws {
        let batcher = try Batcher<Int, Int>(
            name: "miscounter", policy: BatchingPolicy(objectiveSeconds: 1, rowCountMax: 4), curve: .line(seconds: 0.005, perRow: 0)
        ) { $0 + [1] }
        let error = await #expect(throws: MartletError.self) { try await batcher.submit(1, rows: 1) }
        #expect(error?.code == .engine)
        #expect(error?.message == "model 'miscounter': expected an output for each of 1 requests, found 2; mend how it is run")
        await batcher.close()
    }

    // MARK: - Ending

    @Test func `closing answers who waits, and nobody afterwards`() async throws {
        let model = Model(isGated: true)
        let batcher = try batcher(model)
        var begun = model.begun.makeAsyncIterator()
        let first = await submit(1, to: batcher, thenWaiting: 0)
        _ = await begun.next()
        let second = await submit(2, to: batcher, thenWaiting: 1)
        async let closed: Void = batcher.close()
        model.open(2)
        await closed
        #expect(try await first.value == 2)
        #expect(try await second.value == 4)
        let error = await #expect(throws: MartletError.self) { try await batcher.submit(3, rows: 1) }
        #expect(error?.code == .unavailable)
    }

    @Test func `closing without draining refuses who waits and answers who runs`() async throws {
        let model = Model(isGated: true)
        let batcher = try batcher(model)
        var begun = model.begun.makeAsyncIterator()
        let first = await submit(1, to: batcher, thenWaiting: 0)
        _ = await begun.next()
        let second = await submit(2, to: batcher, thenWaiting: 1)
        async let closed: Void = batcher.close(draining: false)
        #expect(await code(second) == .unavailable)
        model.open()
        await closed
        #expect(try await first.value == 2)
        await batcher.close()
    }

    @Test func `a batcher that is let go ends its threads and lets go of the model`() async throws {
        weak var gone: Model?
        do {
            let model = Model()
            gone = model
            let batcher = try batcher(model) { $0.runnerCount = 3 }
            #expect(try await batcher.submit(1, rows: 1) == 2)
        }
        while gone != nil { await Task.yield() }
    }

    // MARK: - The callers' own threads

    @Test func `where batching does not pay, requests run on their callers' threads`() async throws {
        let model = Model()
        let batcher = try batcher(model, curve: .line(seconds: 0, perRow: 0.000_1))
        #expect(batcher.runsDirectly(rows: 20))
        #expect(!batcher.runsDirectly(rows: 21), "longer than two milliseconds")
        #expect(try await batcher.submit(1, rows: 1) == 2)
        #expect(try batcher.answerDirectly(2, rows: 3) == 4)
        #expect(throws: Unanswerable(numbers: [-3])) { try batcher.answerDirectly(-3, rows: 1) }
        let statistics = batcher.statistics
        #expect((statistics.directCount, statistics.executionCount, statistics.inferenceCount) == (3, 3, 2))
        #expect((statistics.rowCount, statistics.failureCount, statistics.batchRows.count) == (4, 1, 0))
        await batcher.close()
        #expect(try batcher.answerDirectly(2, rows: 1) == nil)
    }

    @Test func `a model whose rows turn out to share a cost gets a queue`() async throws {
        let clock = ManualClock()
        let batcher = try Batcher<Int, Int>(
            name: "late", policy: BatchingPolicy(objectiveSeconds: 60, rowCountMax: 8),
            curve: CostCurve(points: [.init(rows: 1, seconds: 0.001), .init(rows: 8, seconds: 0.008)]), clock: clock
        ) { numbers in
            clock.advance(bySeconds: 0.007 + 0.000_1 * Double(numbers.count))
            return numbers
        }
        #expect(batcher.runsDirectly(rows: 1))
        var count = 0
        while batcher.runsDirectly(rows: 1) {
            _ = try batcher.answerDirectly(1, rows: 1)
            count += 1
            try #require(count < 10_000)
        }
        #expect(try await batcher.submit(1, rows: 1) == 1)
        #expect(batcher.statistics.batchRows.count == 1)
        await batcher.close()
    }
}
