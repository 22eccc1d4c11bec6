import NIOCore
import Synchronization

/// What a server has taken on at the moment, and the decision whether it takes on more.
final class ServerLoad: Sendable {
    enum Admission {
        case admitted
        /// The limit is reached; tell the client so.
        case refused
        /// Even the connections that are being told so are too many.
        case dropped
    }

    private struct State {
        var connections: [ObjectIdentifier: any Channel] = [:]
        var refusedCount = 0
        var runningCount = 0
        var bodyBytes = 0
        var isDraining = false
        var hasGivenUp = false
        var cutCount = 0
        var waiting: [CheckedContinuation<Void, Never>] = []

        var isAtRest: Bool { hasGivenUp || isDraining && connections.isEmpty && runningCount == 0 }

        /// Those who wait for the server to be at rest, once it is.
        mutating func takeWaiting() -> [CheckedContinuation<Void, Never>] {
            guard isAtRest else { return [] }
            defer { waiting = [] }
            return waiting
        }
    }

    private let state = Mutex(State())
    private let configuration: HTTPServerConfiguration

    /// The same as the state's, for those who ask once a request.
    private let drains = Atomic<Bool>(false)

    init(configuration: HTTPServerConfiguration) { self.configuration = configuration }

    var isDraining: Bool { drains.load(ordering: .acquiring) }

    // MARK: Connections

    func admit(_ channel: any Channel) -> Admission {
        state.withLock { state in
            if !state.isDraining, state.connections.count < configuration.connectionCountMax {
                state.connections[ObjectIdentifier(channel)] = channel
                return .admitted
            }
            guard state.refusedCount < configuration.refusedConnectionCountMax else { return .dropped }
            state.refusedCount += 1
            return .refused
        }
    }

    func closed(_ channel: any Channel) {
        update { $0.connections[ObjectIdentifier(channel)] = nil }
    }

    func closedRefused() {
        update { $0.refusedCount -= 1 }
    }

    // MARK: Requests

    func startRequest() -> Bool {
        state.withLock { state in
            guard state.runningCount < configuration.requestsInFlightMax else { return false }
            state.runningCount += 1
            return true
        }
    }

    func finishRequest() {
        update { $0.runningCount -= 1 }
    }

    func reserveBody(bytes: Int) -> Bool {
        state.withLock { state in
            guard state.bodyBytes + bytes <= configuration.bodiesSizeMaxBytes else { return false }
            state.bodyBytes += bytes
            return true
        }
    }

    func releaseBody(bytes: Int) {
        guard bytes > 0 else { return }
        update { $0.bodyBytes -= bytes }
    }

    // MARK: Draining

    /// Refuses connections from now on. - Returns: those that are open; `nil` where draining had begun before.
    func beginDraining() -> [any Channel]? {
        state.withLock { state in
            guard !state.isDraining else { return nil }
            state.isDraining = true
            drains.store(true, ordering: .releasing)
            return Array(state.connections.values)
        }
    }

    /// The connections that are open now that the grace period is over; they are counted as cut.
    func cut() -> [any Channel] {
        state.withLock { state in
            state.cutCount = state.connections.count
            return Array(state.connections.values)
        }
    }

    var reservedBodyBytes: Int { state.withLock { $0.bodyBytes } }

    var cutCount: Int { state.withLock { $0.cutCount } }

    var runningCount: Int { state.withLock { $0.runningCount } }

    /// Once draining, waits until nothing is open and nothing runs, or until `giveUp()`.
    func waitUntilIdle() async {
        await withCheckedContinuation { continuation in
            update { $0.waiting.append(continuation) }
        }
    }

    func giveUp() {
        update { $0.hasGivenUp = true }
    }

    private func update(_ change: (inout sending State) -> Void) {
        let waiting = state.withLock { state in
            change(&state)
            return state.takeWaiting()
        }
        for continuation in waiting { continuation.resume() }
    }
}
