import Dispatch
import Foundation
import Glibc
import MartletTesting
import Synchronization
import Testing

@testable import MartletPipeline

@Suite struct ThreadPoolTests {
    /// A number that many change.
    private final class Counter: Sendable {
        let value = Atomic<Int>(0)

        /// - Returns: the value after that.
        @discardableResult
        func add(_ number: Int) -> Int { value.add(number, ordering: .sequentiallyConsistent).newValue }
    }

    @Test func `work that waits for other work does not keep it from beginning`() async throws {
        let pool = ThreadPool()
        let (meeting, count) = (DispatchSemaphore(value: 0), 100)
        await withCheckedContinuation { continuation in
            for _ in 0..<count { pool.run { meeting.wait() } }
            pool.run {
                for _ in 0..<count { meeting.signal() }
                continuation.resume()
            }
        }
        try await waitUntil("all but those that may wait have ended") { pool.idleCount == ThreadPool.idleCountMax }
    }

    @Test func `no more work at once than they may be, and all of it is done in turn`() async throws {
        let pool = ThreadPool(countMax: 2)
        let present = Counter()
        let (most, order) = (Gathering<Int>(), Gathering<Int>())
        await withTaskGroup(of: Void.self) { group in
            for number in 0..<200 {
                group.addTask {
                    await withCheckedContinuation { continuation in
                        pool.run {
                            most.add(present.add(1))
                            order.add(number)
                            present.add(-1)
                            continuation.resume()
                        }
                    }
                }
            }
        }
        #expect(Set(order.all).count == 200)
        #expect(try #require(most.all.max()) <= 2)
        try await waitUntil("all wait") { (1...2).contains(pool.idleCount) }
    }

    @Test func `a thread that is done does the next`() async throws {
        let pool = ThreadPool()
        let numbers = Gathering<Int>()
        for _ in 0..<5 {
            await withCheckedContinuation { continuation in
                pool.run {
                    numbers.add(Int(pthread_self()))
                    continuation.resume()
                }
            }
            try await waitUntil("it waits") { pool.idleCount == 1 }
        }
        #expect(Set(numbers.all).count == 1)
    }

    @Test func `what work holds is let go when it is done`() async throws {
        let pool = ThreadPool()
        weak var held: Gathering<Int>?
        await withCheckedContinuation { continuation in
            let numbers = Gathering<Int>()
            held = numbers
            pool.run {
                numbers.add(1)
                continuation.resume()
            }
        }
        try await waitUntil("it waits") { pool.idleCount == 1 }
        #expect(held == nil)
    }

    @Test func `steps that compute on all processors do not keep tasks from running`() async {
        let over = Counter()
        let deadline = ContinuousClock.now + .seconds(60)
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<2 * ProcessInfo.processInfo.activeProcessorCount {
                group.addTask(executorPreference: StepThreads()) {
                    while over.value.load(ordering: .relaxed) == 0, ContinuousClock.now < deadline {}
                }
            }
            group.addTask {
                await Task.yield()
                over.add(1)
            }
        }
        #expect(ContinuousClock.now < deadline)
    }
}
