import Foundation

/// Lets calls run at the same time only where they ask for the same number of threads.
///
/// LightGBM keeps that number in one global, sizes buffers by it, and reads it again when it starts threads: two calls
/// with different numbers would write beyond a buffer. Calls enter in the order in which they came, so none starves.
///
/// `@unchecked Sendable`: the mutable state is touched only while `condition` is locked; `apply` is called under it.
final class ThreadCountGate: @unchecked Sendable {
    private let condition = NSCondition()
    private let apply: (Int) -> Void
    private var arrived = 0
    private var admitted = 0
    private var running = 0
    private var threads = 0

    /// Makes a gate that sets the global number with `apply`.
    init(apply: @escaping @Sendable (Int) -> Void) { self.apply = apply }

    /// Waits for its turn, runs the body with the number set, and lets the next one in.
    func run<Answer>(threads: Int, _ body: () throws -> Answer) rethrows -> Answer {
        enter(threads)
        defer { leave() }
        return try body()
    }

    private func enter(_ wanted: Int) {
        condition.lock()
        defer { condition.unlock() }
        let turn = arrived
        arrived += 1
        while turn != admitted || (running > 0 && threads != wanted) { condition.wait() }
        admitted += 1
        running += 1
        if threads != wanted {
            threads = wanted
            apply(wanted)
        }
        condition.broadcast()
    }

    private func leave() {
        condition.lock()
        running -= 1
        condition.broadcast()
        condition.unlock()
    }
}
