import MartletCore
import Synchronization

/// Events that wait for one sink. Putting never waits; taking waits for an event or the end.
final class LineageQueue: Sendable {
    private struct State {
        var events: [JSONValue] = []
        var isFinished = false
        var waiting: CheckedContinuation<Void, Never>?
        var resting: CheckedContinuation<Void, Never>?
    }

    private let countMax: Int
    private let state = Mutex(State())

    init(countMax: Int) { self.countMax = countMax }

    /// - Returns: whether there was room.
    func put(_ event: JSONValue) -> Bool {
        let (isTaken, waiting) = state.withLock { state in
            guard state.events.count < countMax, !state.isFinished else { return (false, CheckedContinuation<Void, Never>?.none) }
            state.events.append(event)
            return (true, state.waiting.take())
        }
        waiting?.resume()
        return isTaken
    }

    /// Says that no event follows.
    func finish() {
        let waiting = state.withLock { state in
            state.isFinished = true
            return [state.waiting.take(), state.resting.take()]
        }
        for continuation in waiting { continuation?.resume() }
    }

    /// Lets events gather for so long, or until none follows. Called by the task that takes.
    /// - Parameter sleep: waits for that time.
    func rest(
        for duration: Duration, sleep: @escaping @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) }
    ) async {
        guard duration > .zero else { return }
        var timer: Task<Void, any Error>?
        await withCheckedContinuation { continuation in
            let isOver = state.withLock { state in
                if !state.isFinished { state.resting = continuation }
                return state.isFinished
            }
            guard !isOver else { return continuation.resume() }
            // Begun only now: it must find who rests.
            timer = Task {
                try await sleep(duration)
                state.withLock { $0.resting.take() }?.resume()
            }
        }
        timer?.cancel()
    }

    /// The next events, at most so many; `nil` after the last. One task takes.
    func next(_ count: Int) async -> [JSONValue]? {
        while true {
            if let events = state.withLock({ Self.taken(&$0, count) }) { return events.isEmpty ? nil : events }
            await withCheckedContinuation { continuation in
                let isReady = state.withLock { state in
                    if !state.events.isEmpty || state.isFinished { return true }
                    precondition(state.waiting == nil, "one task takes from a queue")
                    state.waiting = continuation
                    return false
                }
                if isReady { continuation.resume() }
            }
        }
    }

    /// What is left, which nobody will take.
    func clear() -> Int {
        state.withLock { state in
            defer { state.events = [] }
            return state.events.count
        }
    }

    /// `nil` where there is nothing yet; empty where there will be nothing.
    private static func taken(_ state: inout State, _ count: Int) -> [JSONValue]? {
        guard !state.events.isEmpty else { return state.isFinished ? [] : nil }
        defer { state.events.removeFirst(min(count, state.events.count)) }
        return Array(state.events.prefix(count))
    }
}
