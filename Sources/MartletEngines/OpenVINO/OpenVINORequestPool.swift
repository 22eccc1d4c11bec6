import Dispatch
import MartletCore
import Synchronization

/// Lends the requests of one model, each to one call at a time; further calls wait, up to a limit.
final class OpenVINORequestPool<Request: Sendable>: Sendable {
    private struct State {
        var idle: [Request]
        var waitingCount = 0
    }

    private let state: Mutex<State>
    private let returned = DispatchSemaphore(value: 0)
    private let waitingCountMax: Int

    init(_ requests: [Request], waitingCountMax: Int) {
        state = Mutex(State(idle: requests))
        self.waitingCountMax = waitingCountMax
    }

    /// Waits for a request and runs the body with it. - Throws: `overloaded` where as many calls wait as may.
    func run<Answer>(_ body: (Request) throws -> Answer) throws -> Answer {
        let request = try take()
        defer { give(request) }
        return try body(request)
    }

    private func take() throws -> Request {
        while true {
            let idle: Request? = try state.withLock { state in
                if let request = state.idle.popLast() { return request }
                guard state.waitingCount < waitingCountMax else {
                    throw MartletError(
                        .overloaded,
                        "\(state.waitingCount) calls wait for this model already, its limit; call less often, or give it more streams",
                        retryAfterSeconds: 1
                    )
                }
                state.waitingCount += 1
                return nil
            }
            if let idle { return idle }
            returned.wait()
        }
    }

    private func give(_ request: Request) {
        let isAwaited = state.withLock { state in
            state.idle.append(request)
            guard state.waitingCount > 0 else { return false }
            state.waitingCount -= 1
            return true
        }
        if isAwaited { returned.signal() }
    }
}
