import Dispatch
import MartletCore
import Synchronization

/// Work on numbered items by all processors at once.
enum ParallelRanges {
    private struct Failure: Sendable {
        let start: Int
        let error: any Error
    }

    /// Calls `body` for ranges that make up `0..<count`, from several threads, and waits for all of them.
    /// - Parameter size: how many items a thread takes at once.
    /// - Throws: the error of the first range that failed, which is the same however the threads were scheduled.
    static func forEach(_ count: Int, size: Int, workers: Int = Processors.usableCount, _ body: @Sendable (Range<Int>) throws -> Void)
        throws
    {
        precondition(size > 0)
        let next = Atomic<Int>(0)
        let failure = Mutex<Failure?>(nil)
        DispatchQueue.concurrentPerform(iterations: max(1, min(workers, (count + size - 1) / size))) { _ in
            while failure.withLock({ $0 == nil }) {
                // Ranges are taken in order: all before one that fails are done, or fail themselves.
                let start = next.add(size, ordering: .relaxed).oldValue
                if start >= count { return }
                do {
                    try body(start..<min(start + size, count))
                } catch {
                    failure.withLock { if $0.map({ start < $0.start }) ?? true { $0 = Failure(start: start, error: error) } }
                }
            }
        }
        if let failure = failure.withLock({ $0 }) { throw failure.error }
    }

    /// What `make` gives for each number, in order.
    static func map<Element: Sendable>(_ count: Int, size: Int, _ make: @Sendable (Int) throws -> Element) throws -> [Element] {
        let parts = Mutex<[(start: Int, elements: [Element])]>([])
        try forEach(count, size: size) { range in
            let elements = try range.map(make)
            parts.withLock { $0.append((range.lowerBound, elements)) }
        }
        return parts.withLock { $0 }.sorted { $0.start < $1.start }.flatMap(\.elements)
    }
}
