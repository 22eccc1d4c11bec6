import MartletCore
import MartletStore
import Synchronization

@testable import MartletPipeline

/// Answers as Ray's Jobs API does, with nodes that do what a test says.
final class FakeRay: Sendable {
    /// What becomes of a job: what the node does when it is handed over, and what Ray then says each time that it is asked.
    struct Fate: Sendable {
        var node: @Sendable (_ job: String) throws -> Void = { _ in }
        /// The last one is said again and again.
        var answers: [String]
    }

    private struct State {
        var jobs: [(id: String, body: JSONValue, asked: Int)] = []
        var stopped: [String] = []
        var lostAnswers = 0
    }

    static let succeeded = #""status": "SUCCEEDED", "driver_node_id": "n", "driver_exit_code": 0"#
    static let running = #""status": "RUNNING", "driver_node_id": "n""#
    static let waiting = #""status": "PENDING""#
    static let stoppedWord = #""status": "STOPPED", "driver_node_id": "n""#
    static func lost(hadBegun: Bool) -> String {
        #""status": "FAILED", "error_type": "JOB_SUPERVISOR_ACTOR_DIED""# + (hadBegun ? #", "driver_node_id": "n""# : "")
    }
    static func failed(_ status: Int) -> String { #""status": "FAILED", "driver_node_id": "n", "driver_exit_code": \#(status)"# }

    private let state = Mutex(State())
    private let fates: [Fate]
    private let stops: Bool

    /// - Parameters:
    ///   - fates: those of the jobs, in the order in which they come; the last one is that of all further ones.
    ///   - lostAnswers: so many answers to the handing over of a job are lost, though the job is taken.
    ///   - stops: whether it answers who wants a job stopped.
    init(_ fates: [Fate], lostAnswers: Int = 0, stops: Bool = true) {
        (self.fates, self.stops) = (fates, stops)
        state.withLock { $0.lostAnswers = lostAnswers }
    }

    var submitted: [String] { state.withLock { $0.jobs.map(\.id) } }
    var bodies: [JSONValue] { state.withLock { $0.jobs.map(\.body) } }
    var stopped: [String] { state.withLock { $0.stopped } }

    var jobs: RayJobs { RayJobs { request in try self.answer(request) } }

    private func answer(_ request: RayRequest) throws -> RayAnswer {
        let parts = request.path.split(separator: "/").map(String.init)
        switch (request.method, parts.count) {
        case ("POST", 2): return try submit(request.body ?? .null)
        case ("POST", 4):
            guard stops else { throw MartletError(.unavailable, "the connection was lost") }
            state.withLock { $0.stopped.append(parts[2]) }
            return Self.json(#"{"stopped": true}"#)
        case ("GET", 4): return Self.json(#"{"logs": "martlet: broken\n"}"#)
        case ("GET", 3) where parts[1] == "jobs": return details(parts[2])
        default: return Self.json(Self.nodes)
        }
    }

    private static let nodes = #"""
        {"data": {"result": {"result": [
            {"node_id": "n", "node_ip": "10.0.0.1", "is_head_node": true, "state": "ALIVE",
             "resources_total": {"CPU": 2, "memory": 4294967296, "disk": 3}},
            {"node_id": "gone", "state": "DEAD", "resources_total": {"CPU": 64, "memory": 99999999999}}]}}}
        """#

    private static func json(_ text: String) -> RayAnswer { RayAnswer(status: 200, body: Array(text.utf8)) }

    private func submit(_ body: JSONValue) throws -> RayAnswer {
        let id = body["submission_id"]?.string ?? ""
        let (number, isLost) = state.withLock { state -> (Int?, Bool) in
            let isLost = state.lostAnswers > 0
            if isLost { state.lostAnswers -= 1 }
            guard !state.jobs.contains(where: { $0.id == id }) else { return (nil, isLost) }
            state.jobs.append((id, body, 0))
            return (state.jobs.count - 1, isLost)
        }
        if let number { try fates[min(number, fates.count - 1)].node(id) }
        if isLost { throw MartletError(.unavailable, "the connection was lost") }
        guard number != nil else {
            return RayAnswer(status: 400, body: Array("ValueError: Job with submission_id \(id) already exists.".utf8))
        }
        return Self.json("{}")
    }

    private func details(_ id: String) -> RayAnswer {
        let found = state.withLock { state -> (number: Int, asked: Int, isStopped: Bool)? in
            guard let number = state.jobs.firstIndex(where: { $0.id == id }) else { return nil }
            defer { state.jobs[number].asked += 1 }
            return (number, state.jobs[number].asked, state.stopped.contains(id))
        }
        guard let found else { return RayAnswer(status: 404, body: []) }
        if found.isStopped { return Self.json("{\(Self.stoppedWord)}") }
        let answers = fates[min(found.number, fates.count - 1)].answers
        return Self.json("{\(answers[min(found.asked, answers.count - 1)])}")
    }
}

/// A clock that goes on only where somebody waits.
final class WaitedClock: RunClock {
    private let time = Mutex(Timestamp(microseconds: 0))

    var now: Timestamp { time.withLock { $0 } }
    func wait(until moment: Timestamp) async { time.withLock { $0 = max($0, moment) } }
}
