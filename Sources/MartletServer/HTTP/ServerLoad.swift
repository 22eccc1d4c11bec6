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
        var isDraining = false
        var hasGivenUp = false
        var cutCount = 0
        var waiting: [CheckedContinuation<Void, Never>] = []

        /// Those who wait for the server to be at rest, once it is.
        mutating func takeWaiting(runningCount: Int) -> [CheckedContinuation<Void, Never>] {
            guard hasGivenUp || isDraining && connections.isEmpty && runningCount == 0 else { return [] }
            defer { waiting = [] }
            return waiting
        }
    }

    private let state = Mutex(State())
    private let configuration: HTTPServerConfiguration

    // What changes with every request has no lock.
    private let running = Atomic<Int>(0)
    private let bodyBytes = Atomic<Int>(0)
    private let answerBytes = Atomic<Int>(0)
    /// The same as the state's.
    private let drains = Atomic<Bool>(false)

    init(configuration: HTTPServerConfiguration) { self.configuration = configuration }

    var isDraining: Bool { drains.load(ordering: .sequentiallyConsistent) }

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
        let isRoom = running.wrappingAdd(1, ordering: .sequentiallyConsistent).newValue <= configuration.requestsInFlightMax
        if !isRoom { finishRequest() }
        return isRoom
    }

    /// Ends a request that had started, and gives back the room of its body.
    func finishRequest(bodyBytes: Int = 0) {
        releaseBody(bytes: bodyBytes)
        let rest = running.wrappingSubtract(1, ordering: .sequentiallyConsistent).newValue
        // Who begins to drain looks at the count after saying so: one of the two sees the other.
        if rest == 0, isDraining { update { _ in } }
    }

    func reserveBody(bytes: Int) -> Bool {
        let isRoom = bodyBytes.wrappingAdd(bytes, ordering: .relaxed).newValue <= configuration.bodiesSizeMaxBytes
        if !isRoom { releaseBody(bytes: bytes) }
        return isRoom
    }

    func releaseBody(bytes: Int) {
        if bytes > 0 { bodyBytes.wrappingSubtract(bytes, ordering: .relaxed) }
    }

    /// - Parameter must: whether it is held all the same where there is no room, which there always is for one answer alone.
    func reserveAnswer(bytes: Int, must: Bool) -> Bool {
        let sum = answerBytes.wrappingAdd(bytes, ordering: .relaxed).newValue
        let isRoom = must || sum <= configuration.answersSizeMaxBytes || sum == bytes
        if !isRoom { releaseAnswer(bytes: bytes) }
        return isRoom
    }

    func releaseAnswer(bytes: Int) {
        if bytes > 0 { answerBytes.wrappingSubtract(bytes, ordering: .relaxed) }
    }

    // MARK: Draining

    /// Refuses connections from now on. - Returns: those that are open; `nil` where draining had begun before.
    func beginDraining() -> [any Channel]? {
        state.withLock { state in
            guard !state.isDraining else { return nil }
            state.isDraining = true
            drains.store(true, ordering: .sequentiallyConsistent)
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

    var reservedBodyBytes: Int { bodyBytes.load(ordering: .relaxed) }

    var reservedAnswerBytes: Int { answerBytes.load(ordering: .relaxed) }

    var cutCount: Int { state.withLock { $0.cutCount } }

    var runningCount: Int { running.load(ordering: .sequentiallyConsistent) }

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
            return state.takeWaiting(runningCount: runningCount)
        }
        for continuation in waiting { continuation.resume() }
    }
}
