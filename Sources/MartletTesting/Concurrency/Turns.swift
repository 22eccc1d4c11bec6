import Synchronization

/// Lets a few tasks in at a time; the others wait for their turn in the order in which they came.
package final class Turns: Sendable {
    private struct State {
        var freeCount: Int
        var waiting: ArraySlice<CheckedContinuation<Void, Never>> = []
    }

    private let state: Mutex<State>

    /// - Parameter countMax: how many are in at a time.
    package init(_ countMax: Int) { state = Mutex(State(freeCount: countMax)) }

    /// Waits for a turn, which `end` ends.
    package func begin() async {
        await withCheckedContinuation { continuation in
            let isFree = state.withLock { state in
                guard state.freeCount == 0 else {
                    state.freeCount -= 1
                    return true
                }
                state.waiting.append(continuation)
                return false
            }
            if isFree { continuation.resume() }
        }
    }

    /// Lets the next in.
    package func end() {
        let next = state.withLock { state in
            let next = state.waiting.popFirst()
            if next == nil { state.freeCount += 1 }
            return next
        }
        next?.resume()
    }
}
