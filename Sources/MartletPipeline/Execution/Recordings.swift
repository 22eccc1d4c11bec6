import Synchronization

/// What is being put on record while a run goes on, in the order in which it began.
final class Recordings: Sendable {
    /// So many may be under way before those that want to begin wait.
    static let countMax = 64

    private struct State {
        var nextNumber = 0
        var underWay: Set<Int> = []
        var waiting: [(number: Int, continuation: CheckedContinuation<Void, Never>)] = []
        var hasFailed = false
    }

    private let state = Mutex(State())

    /// How many wait.
    var waitingCount: Int { state.withLock { $0.waiting.count } }

    func begin() -> Int {
        state.withLock { state in
            defer { state.nextNumber += 1 }
            state.underWay.insert(state.nextNumber)
            return state.nextNumber
        }
    }

    /// - Parameter isGood: whether it is on record; nothing that waits may rely on what is not.
    func end(_ number: Int, isGood: Bool = true) {
        let ready = state.withLock { state in
            if !isGood { state.hasFailed = true }
            state.underWay.remove(number)
            let first = state.underWay.min() ?? state.nextNumber
            defer { state.waiting.removeAll { $0.number <= first } }
            return state.waiting.filter { $0.number <= first }.map(\.continuation)
        }
        for continuation in ready { continuation.resume() }
    }

    /// Returns when all that have begun by now have ended, but for as many as are named.
    /// - Returns: whether all are on record that have ended.
    func wait(forAllBut count: Int) async -> Bool {
        await withCheckedContinuation { continuation in
            let isOver = state.withLock { state in
                let number = state.nextNumber - count
                guard let first = state.underWay.min(), first < number else { return true }
                state.waiting.append((number, continuation))
                return false
            }
            if isOver { continuation.resume() }
        }
        return state.withLock { !$0.hasFailed }
    }
}
