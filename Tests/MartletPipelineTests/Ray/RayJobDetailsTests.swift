import MartletCore
import Testing

@testable import MartletPipeline

/// The answers are those of Ray 2.60.
@Suite struct RayJobDetailsTests {
    private func details(_ text: String) throws -> RayJobDetails {
        try RayJobDetails(JSONValue(parsing: text, as: "an answer"))
    }

    static let succeeded = #"""
        {"type": "SUBMISSION", "job_id": null, "submission_id": "m-1", "driver_info": null, "status": "SUCCEEDED", "entrypoint": "true",
        "message": "Job finished successfully.", "error_type": null, "start_time": 1795391429136, "end_time": 1795391430353,
        "metadata": {"step": "clean"}, "runtime_env": {"env_vars": {"A": "b c"}}, "driver_agent_http_address": "http://127.0.0.3:45895",
        "driver_node_id": "564c3359", "driver_exit_code": 0}
        """#

    @Test func `a job that succeeded is read whole`() throws {
        let details = try details(Self.succeeded)
        #expect(details.id == "m-1")
        #expect(details.outcome == .succeeded)
        #expect(details.nodeID == "564c3359")
        #expect(details.exitStatus == 0)
        #expect(details.metadata == ["step": "clean"])
        #expect(details.submittedAt == Timestamp(microseconds: 1_795_391_429_136_000))
        #expect(details.endedAt == Timestamp(microseconds: 1_795_391_430_353_000))
    }

    @Test func `a job that waits has neither node nor end`() throws {
        let details = try details(
            #"""
            {"type": "SUBMISSION", "submission_id": "m-6", "status": "PENDING", "entrypoint": "true", "message": "Job has not started \#
            yet. It may be waiting for resources (CPUs, GPUs, memory, custom resources) to become available.", "error_type": null, \#
            "start_time": 1795391441437, "end_time": null, "metadata": null, "driver_node_id": null, "driver_exit_code": null}
            """#)
        #expect(details.outcome == .waiting)
        #expect(!details.outcome.isFinal)
        #expect(details.nodeID == nil)
        #expect(details.endedAt == nil)
        #expect(details.metadata.isEmpty)
    }

    @Test(arguments: [3, -9, 127])
    func `a program that ended otherwise than with 0 has failed by itself`(status: Int) throws {
        let details = try details(
            """
            {"submission_id": "m-3", "status": "FAILED", "message": "Job entrypoint command failed with exit code \(status), last \
            available logs (truncated to 20,000 chars):\\nbroke\\n", "error_type": "JOB_ENTRYPOINT_COMMAND_ERROR", "driver_node_id": \
            "072e33bf", "driver_exit_code": \(status)}
            """)
        #expect(details.outcome == .failed(exitStatus: status))
        #expect(details.outcome.isFinal)
    }

    @Test func `a job whose node was lost is lost, and may have done its work`() throws {
        let details = try details(
            #"""
            {"submission_id": "m-8", "status": "FAILED", "message": "Job supervisor actor died: The actor died unexpectedly before \#
            finishing this task.\n\tclass_name: JobSupervisor\n\tactor_id: d4325f203d561063c16ad94101000000\n\tpid: 22743\n\tname: \#
            _ray_internal_job_actor_m-8\n\tnamespace: SUPERVISOR_ACTOR_RAY_NAMESPACE\n\tip: 127.0.0.3\nThe actor died because its node \#
            has died. Node Id: 564c3359e2bb\n\tthe actor's node was terminated unexpectedly: health check failed due to missing too \#
            many heartbeats", "error_type": "JOB_SUPERVISOR_ACTOR_DIED", "driver_node_id": "564c3359e2bb", "driver_exit_code": null}
            """#)
        let reason = """
            The actor died because its node has died. Node Id: 564c3359e2bb; the actor's node was terminated unexpectedly: health check \
            failed due to missing too many heartbeats
            """
        #expect(details.outcome == .lost(hadBegun: true, reason: reason))
    }

    @Test func `a job that waited on a node which was lost has not begun`() throws {
        let details = try details(
            #"""
            {"submission_id": "m-9", "status": "FAILED", "message": "Job supervisor actor died: The actor died unexpectedly before \#
            finishing this task.\n\tip: 127.0.0.3\nThe actor never ran - it was cancelled before it started running.", "error_type": \#
            "JOB_SUPERVISOR_ACTOR_DIED", "driver_node_id": null, "driver_exit_code": null}
            """#)
        #expect(details.outcome == .lost(hadBegun: false, reason: "The actor never ran - it was cancelled before it started running."))
    }

    @Test(arguments: [
        ("JOB_SUPERVISOR_ACTOR_START_FAILURE", "null", RayJobOutcome.refused(reason: "why")),
        ("JOB_SUPERVISOR_ACTOR_START_FAILURE", "\"n\"", .lost(hadBegun: true, reason: "why")),
        ("JOB_SUPERVISOR_ACTOR_UNSCHEDULABLE", "null", .refused(reason: "why")),
        ("RUNTIME_ENV_SETUP_FAILURE", "null", .refused(reason: "why")),
        ("JOB_SUPERVISOR_ACTOR_START_TIMEOUT", "null", .lost(hadBegun: false, reason: "why")),
        ("JOB_SUPERVISOR_ACTOR_UNKNOWN_FAILURE", "\"n\"", .lost(hadBegun: true, reason: "why")),
        // Ray says so also of a program that ran, where the job was stopped while it waited.
        ("JOB_ENTRYPOINT_COMMAND_START_ERROR", "\"n\"", .lost(hadBegun: true, reason: "why")),
        ("SOMETHING_NEW", "\"n\"", .lost(hadBegun: true, reason: "why")),
    ])
    func `what Ray could not do around the program is no failure of the program's`(type: String, node: String, outcome: RayJobOutcome)
        throws
    {
        let details = try details(
            #"{"status": "FAILED", "message": "why", "error_type": "\#(type)", "driver_node_id": \#(node), "driver_exit_code": null}"#)
        #expect(details.outcome == outcome)
    }

    @Test func `of a Python trace the reason is its last line`() throws {
        let details = try details(
            #"""
            {"status": "FAILED", "message": "Failed to start supervisor actor m-neg: 'The quantity of resource num_cpus cannot be \#
            negative'. Full traceback:\nTraceback (most recent call last):\n  File \"job_manager.py\", line 598, in submit_job\n    \#
            supervisor = self._supervisor_actor_cls.options(\nValueError: The quantity of resource num_cpus cannot be negative\n", \#
            "error_type": "JOB_SUPERVISOR_ACTOR_START_FAILURE", "driver_node_id": null}
            """#)
        #expect(details.outcome == .refused(reason: "ValueError: The quantity of resource num_cpus cannot be negative"))
    }

    @Test func `a job that was stopped says whether it had begun`() throws {
        #expect(try details(#"{"status": "STOPPED", "driver_node_id": "n"}"#).outcome == .stopped(hadBegun: true))
        #expect(try details(#"{"status": "STOPPED", "driver_node_id": null}"#).outcome == .stopped(hadBegun: false))
    }

    @Test(arguments: [#"{"status": "PAUSED"}"#, "{}", "[]", "null"])
    func `a status that nobody knows is told, not guessed`(text: String) throws {
        let error = try #require(throws: MartletError.self) { try details(text) }
        #expect(error.code == .engine)
        #expect(error.message.contains("this version of Ray is not known here"))
    }

    @Test func `a reason that goes on and on is cut`() throws {
        let long = String(repeating: "x", count: 10_000)
        let details = try details(#"{"status": "FAILED", "message": "\#(long)", "driver_node_id": null}"#)
        #expect(details.outcome == .lost(hadBegun: false, reason: String(repeating: "x", count: RayAnswer.sentenceLengthMax) + "…"))
    }
}
