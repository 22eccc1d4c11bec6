import MartletCore
import MartletInference
import Testing

/// Many tasks on real threads: sizes, priorities, cancellations, timeouts and failures at random.
@Suite(.timeLimit(.minutes(2))) struct BatcherConcurrencyTests {
    private struct Query: Sendable {
        let number: Int
        let rows: Int
        let isBad: Bool
    }

    private struct Bad: Error { let number: Int }

    private enum End: Hashable { case answered, failed, refused, cancelled, expired, wrong }

    /// What a task has to expect: its own numbers, its own error, or that it was not taken.
    private static func end(of query: Query, _ work: () async throws -> [Int]) async -> End {
        do {
            let answer = try await work()
            return !query.isBad && answer == Array(repeating: query.number, count: query.rows) ? .answered : .wrong
        } catch let error as Bad {
            return query.isBad && error.number == query.number ? .failed : .wrong
        } catch let error as MartletError {
            return error.code == .overloaded && error.retryAfterSeconds ?? 0 > 0 ? .refused : error.code == .expired ? .expired : .wrong
        } catch {
            return error is CancellationError ? .cancelled : .wrong
        }
    }

    private func batcher(runners: Int) throws -> Batcher<Query, [Int]> {
        var policy = BatchingPolicy(objectiveSeconds: 5, rowCountMax: 32)
        policy.runnerCount = runners
        policy.queueRequestCountMax = 200
        policy.retryRunCountMax = 1_000
        return try Batcher(name: "crowd", policy: policy, curve: .line(seconds: 0.005, perRow: 0.000_01, upTo: 32)) { queries in
            if let bad = queries.first(where: \.isBad) { throw Bad(number: bad.number) }
            return queries.map { Array(repeating: $0.number, count: $0.rows) }
        }
    }

    @Test(arguments: [1, 3]) func `each of hundreds of tasks ends once, with its own rows or its own error`(runners: Int) async throws {
        let batcher = try batcher(runners: runners)
        let ends = await withTaskGroup(of: [End].self) { group in
            for caller in 0..<300 {
                group.addTask { await Self.ends(of: caller, batcher) }
            }
            return await group.reduce(into: [End]()) { $0 += $1 }
        }
        await batcher.close()
        let statistics = batcher.statistics
        let counts = Dictionary(grouping: ends) { $0 }.mapValues(\.count)
        #expect(ends.count == 300 * 10)
        #expect(counts[.wrong] == nil)
        #expect(counts[.answered] ?? 0 > 0)
        #expect(counts[.failed] ?? 0 > 0)
        #expect(statistics.inferenceCount + statistics.failureCount >= (counts[.answered] ?? 0) + (counts[.failed] ?? 0))
        #expect(statistics.expiredCount == counts[.expired] ?? 0)
        #expect((statistics.waitingRequestCount, statistics.waitingRowCount, statistics.runningBatchCount) == (0, 0, 0))
    }

    private static func ends(of caller: Int, _ batcher: Batcher<Query, [Int]>) async -> [End] {
        var random = SplitMix64(seed: UInt64(caller))
        var ends: [End] = []
        for round in 0..<10 {
            let query = Query(number: caller * 10 + round, rows: 1 + random.index(below: 40), isBad: random.index(below: 20) == 0)
            let (priority, kind, yieldCount) = (random.index(below: 3), random.index(below: 6), random.index(below: 50))
            let timeout: Duration? = kind == 1 ? .microseconds(random.index(below: 5_000)) : nil
            let end = await withTaskGroup(of: End?.self) { group in
                group.addTask {
                    await Self.end(of: query) { try await batcher.submit(query, rows: query.rows, priority: priority, timeout: timeout) }
                }
                guard kind == 0 else { return await group.next() ?? nil }
                for _ in 0..<yieldCount { await Task.yield() }
                group.cancelAll()
                return await group.next() ?? nil
            }
            if let end { ends.append(end) }
        }
        return ends
    }
}
