import MartletInference
import Synchronization

/// A clock that stands still until it is moved.
final class ManualClock: BatchClock {
    private struct State {
        var nowSeconds = 0.0
        var calls: [(seconds: Double, body: @Sendable () -> Void)] = []
    }

    private let state = Mutex(State())

    var nowSeconds: Double { state.withLock { $0.nowSeconds } }

    func call(atSeconds time: Double, _ body: @escaping @Sendable () -> Void) { state.withLock { $0.calls.append((time, body)) } }

    /// Moves on and makes the calls whose time comes, in their order.
    func advance(bySeconds seconds: Double) {
        let due = state.withLock { state in
            state.nowSeconds += seconds
            let due = state.calls.filter { $0.seconds <= state.nowSeconds }
            state.calls.removeAll { $0.seconds <= state.nowSeconds }
            return due.sorted { $0.seconds < $1.seconds }
        }
        for call in due { call.body() }
    }
}

extension CostCurve {
    /// A batch costs so much, and each row so much more.
    static func line(seconds: Double, perRow: Double, upTo rowCountMax: Int = 64) throws -> CostCurve {
        try CostCurve(points: ladder(upTo: rowCountMax).map { Point(rows: $0, seconds: seconds + perRow * Double($0)) })
    }
}
