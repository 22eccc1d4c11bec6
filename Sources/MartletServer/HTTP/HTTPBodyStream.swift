import MartletCore
import NIOCore
import Synchronization

/// The body of one request as it comes, for a handler that takes it piece by piece.
///
/// What the handler has not taken waits here; from `sizeMaxBytes` on nothing more is read from the client. One task takes at a time.
package final class HTTPBodyStream: Sendable {
    /// From this size on, in bytes, what waits holds back the client; one more read may come on top.
    package static let sizeMaxBytes = 256 << 10

    private enum Ending {
        case complete
        case broken(any Error)
    }

    private struct State {
        var waiting = ByteBuffer()
        var ending: Ending?
        var taker: CheckedContinuation<HTTPBody?, any Error>?
        /// Whether the connection is to be told of the next demand: of the first, and of each after it had to hold back.
        var mustTell = true
    }

    private let state = Mutex(State())
    /// Is told that there is room again, on any thread.
    private let demand: @Sendable () -> Void

    init(demand: @escaping @Sendable () -> Void) { self.demand = demand }

    /// The next bytes, never none; `nil` behind the last.
    /// - Throws: `unavailable` where the client went away, `CancellationError` where the request was given up.
    package func next() async throws -> HTTPBody? {
        try await withCheckedThrowingContinuation { taker in
            let (outcome, mustTell) = state.withLock { state -> (Result<HTTPBody?, any Error>?, Bool) in
                precondition(state.taker == nil, "two tasks read one body")
                defer { state.mustTell = false }
                let outcome = Self.take(from: &state)
                if outcome == nil { state.taker = taker }
                return (outcome, state.mustTell && state.ending == nil)
            }
            if let outcome { taker.resume(with: outcome) }
            if mustTell { demand() }
        }
    }

    private static func take(from state: inout State) -> Result<HTTPBody?, any Error>? {
        if case .broken(let error) = state.ending { return .failure(error) }
        if state.waiting.readableBytes > 0 {
            let body = HTTPBody(state.waiting)
            state.waiting = ByteBuffer()
            return .success(body)
        }
        return state.ending == nil ? nil : .success(nil)
    }

    // MARK: For the connection

    /// Adds bytes. - Returns: whether there is room for more; where not, the connection is told when there is.
    func append(_ bytes: ByteBuffer) -> Bool {
        update { state in
            if state.waiting.readableBytes == 0 {
                state.waiting = bytes
            } else {
                state.waiting.writeImmutableBuffer(bytes)
            }
        }
    }

    /// Nothing comes any more.
    func end() { _ = update { $0.ending = $0.ending ?? .complete } }

    /// The rest does not come. What waits is dropped.
    func fail(_ error: any Error) {
        _ = update { state in
            guard state.ending == nil else { return }
            state.ending = .broken(error)
            state.waiting = ByteBuffer()
        }
    }

    /// - Returns: whether there is room.
    private func update(_ change: (inout sending State) -> Void) -> Bool {
        let (taker, outcome, isRoom) = state.withLock { state in
            change(&state)
            var served: (CheckedContinuation<HTTPBody?, any Error>?, Result<HTTPBody?, any Error>?) = (nil, nil)
            if let taker = state.taker, let outcome = Self.take(from: &state) {
                state.taker = nil
                served = (taker, outcome)
            }
            let isRoom = state.waiting.readableBytes < Self.sizeMaxBytes
            if !isRoom { state.mustTell = true }
            return (served.0, served.1, isRoom)
        }
        if let taker, let outcome { taker.resume(with: outcome) }
        return isRoom
    }

    /// What a body ends with whose client is gone.
    static let clientGone = MartletError(.unavailable, "the client went away before all of its body had come; nothing of it was kept")
}
