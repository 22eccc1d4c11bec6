import Foundation
import MartletCore
import MartletTesting
import Synchronization

/// Connections that ask for decisions one after the other, each on a thread of its own, until told to stop or cut off.
final class Traffic: Sendable {
    /// One answered request.
    struct Answer: Sendable {
        let requestID: String
        let status: Int
        /// The release that answered; empty where the request was refused.
        let release: String
        let price: Double
        let askedAt: Timestamp
        let answeredAt: Timestamp
    }

    private struct State {
        var answers: [Answer] = []
        var faults: [String] = []
        var runningCount = 0
        var isStopped = false
    }

    private let state = Mutex(State())
    private let port: Int
    private let name: String

    /// Starts to ask. - Parameter name: begins the requests' identifiers.
    init(_ server: RunningServer, name: String = "traffic", connectionCount: Int = 4) {
        port = server.port
        self.name = name
        state.withLock { $0.runningCount = connectionCount }
        for number in 0..<connectionCount { Thread { self.ask(number) }.start() }
    }

    /// The answers so far.
    var answers: [Answer] { state.withLock { $0.answers } }
    /// Why connections ended other than by `stop`.
    var faults: [String] { state.withLock { $0.faults } }

    /// Waits until there are so many answers.
    func answerCount(_ count: Int) async throws {
        try await waitUntil("\(count) requests are answered; faults: \(faults)") {
            let (reached, isOver) = state.withLock { ($0.answers.count >= count, $0.runningCount == 0) }
            guard reached || !isOver else { throw MartletError(.unavailable, "the traffic ended early: \(faults)") }
            return reached
        }
    }

    /// Ends every connection after the answer that it waits for.
    @discardableResult
    func stop() async throws -> [Answer] {
        state.withLock { $0.isStopped = true }
        return try await end()
    }

    /// Waits until every connection ended: by `stop`, or because the server did.
    @discardableResult
    func end() async throws -> [Answer] {
        try await waitUntil("the traffic ends") { state.withLock { $0.runningCount == 0 } }
        return answers
    }

    private func ask(_ number: Int) {
        defer { state.withLock { $0.runningCount -= 1 } }
        do {
            let connection = try ServerConnection(port: port)
            defer { connection.close() }
            var count = number * 1_000_000
            while !state.withLock({ $0.isStopped }) {
                try ask("\(name)-\(count)", row: count, connection)
                count += 1
            }
        } catch {
            state.withLock { $0.faults.append("\(error)") }
        }
    }

    private func ask(_ id: String, row: Int, _ connection: ServerConnection) throws {
        let askedAt = Timestamp.now
        let answer = try connection.send(
            "POST", "/v1/endpoints/price/decide", RunningServer.row(row), headers: ["x-request-id": id]
        )
        let body = try answer.json
        let kept = Answer(
            requestID: id, status: answer.status, release: body["release"]?.string ?? "", price: body["price"]?.double ?? .nan,
            askedAt: askedAt, answeredAt: .now
        )
        state.withLock { $0.answers.append(kept) }
    }
}
