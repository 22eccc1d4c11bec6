package import MartletCore

/// What Ray says of a job.
package struct RayJobDetails: Sendable, Equatable {
    /// How far it is.
    package enum Status: String, Sendable {
        case pending = "PENDING"
        case running = "RUNNING"
        case stopped = "STOPPED"
        case succeeded = "SUCCEEDED"
        case failed = "FAILED"
    }

    /// `nil` for what somebody runs on the cluster without the Jobs API.
    package let id: String?
    package let status: Status
    /// For people.
    package let message: String
    /// Why it failed, in Ray's words.
    package let errorType: String?
    /// The exit status of its program, or the number of the signal that killed it, negative.
    package let exitStatus: Int?
    /// The node that it was put on. Ray writes it down before it starts the program, so without it the program never ran.
    package let nodeID: String?
    package let submittedAt: Timestamp?
    package let endedAt: Timestamp?
    package let metadata: [String: String]

    /// - Throws: `engine` where it is not as Ray says it.
    init(_ value: JSONValue) throws {
        guard let word = value["status"]?.string, let status = Status(rawValue: word) else {
            throw MartletError(
                .engine,
                "Ray gives a job the status \(value["status"] ?? .null): expected PENDING, RUNNING, STOPPED, SUCCEEDED or FAILED; "
                    + "this version of Ray is not known here"
            )
        }
        self.status = status
        id = value["submission_id"]?.string
        message = value["message"]?.string ?? ""
        errorType = value["error_type"]?.string
        exitStatus = value["driver_exit_code"]?.int.flatMap(Int.init(exactly:))
        nodeID = value["driver_node_id"]?.string
        submittedAt = Self.time(value["start_time"])
        endedAt = Self.time(value["end_time"])
        metadata = value["metadata"]?.object?.compactMapValues(\.string) ?? [:]
    }

    private static func time(_ milliseconds: JSONValue?) -> Timestamp? {
        guard let (microseconds, overflow) = milliseconds?.int?.multipliedReportingOverflow(by: 1_000), !overflow else { return nil }
        return Timestamp(microseconds: microseconds)
    }
}

/// What came of a job, as far as it matters for whether to run it again.
package enum RayJobOutcome: Sendable, Equatable {
    /// It has not begun, for want of room or of its environment.
    case waiting
    case running
    case succeeded
    /// The program itself ended so: its exit status, or the number of the signal that killed it, negative.
    case failed(exitStatus: Int)
    /// Somebody asked for its end. Whether its program had begun is `hadBegun`.
    case stopped(hadBegun: Bool)
    /// The node or Ray's process beside the program is gone, and with it the word of how the program ended.
    /// Where it `hadBegun`, the program may have done all of its work, and for a second it may even go on.
    case lost(hadBegun: Bool, reason: String)
    /// Ray could not start it, and would not another time: what it asks for is wrong.
    case refused(reason: String)

    /// Whether Ray will say nothing else of it any more.
    package var isFinal: Bool { self != .waiting && self != .running }
}

extension RayJobDetails {
    /// What came of it.
    package var outcome: RayJobOutcome {
        switch status {
        case .pending: .waiting
        case .running: .running
        case .succeeded: .succeeded
        case .stopped: .stopped(hadBegun: nodeID != nil)
        case .failed: failure
        }
    }

    private var failure: RayJobOutcome {
        // The exit status comes from whoever waited for the program; every other failure is one of Ray's around it.
        if let exitStatus { return .failed(exitStatus: exitStatus) }
        let hadBegun = nodeID != nil
        switch errorType {
        case "RUNTIME_ENV_SETUP_FAILURE", "JOB_SUPERVISOR_ACTOR_UNSCHEDULABLE": return .refused(reason: reason)
        case "JOB_SUPERVISOR_ACTOR_START_FAILURE" where !hadBegun: return .refused(reason: reason)
        default: return .lost(hadBegun: hadBegun, reason: reason)
        }
    }

    /// The part of the message that says why: Ray's messages go over many lines, of the actor that ran the job and of Python.
    private var reason: String {
        let lines = message.split(separator: "\n").map { String($0.trimmingPrefix(while: \.isWhitespace)) }
        let telling = lines.filter { line in
            line.hasPrefix("The actor died because") || line.hasPrefix("the actor's node") || line.hasPrefix("The actor never ran")
                || line.hasPrefix("The actor is dead because")
        }
        return RayAnswer.sentence(of: telling.isEmpty ? message : telling.joined(separator: "; "))
    }
}
