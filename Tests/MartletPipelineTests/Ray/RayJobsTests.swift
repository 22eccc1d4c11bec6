import MartletCore
import Synchronization
import Testing

@testable import MartletPipeline

/// The answers are those of Ray 2.60.
@Suite struct RayJobsTests {
    /// Answers all requests alike, and keeps them.
    private final class Line: Sendable {
        let requests = Mutex<[RayRequest]>([])
        let answer: RayAnswer

        init(_ status: Int, _ body: String) { answer = RayAnswer(status: status, body: Array(body.utf8)) }

        func jobs(token: String? = nil) -> RayJobs {
            RayJobs(access: RayAccess(token: token)) { request in
                self.requests.withLock { $0.append(request) }
                return self.answer
            }
        }

        var paths: [String] { requests.withLock { $0.map { "\($0.method) \($0.path)" } } }
    }

    private let id: RayJobID
    private let job: RayJob

    init() throws {
        id = try RayJobID("m-1")
        job = RayJob(id: id, command: ["true"])
    }

    private static let exists = """
        Traceback (most recent call last):
          File "job_head.py", line 419, in submit_job
            resp = await job_agent_client.submit_job_internal(submit_request)
        RuntimeError: Request failed with status code 400: Traceback (most recent call last):
          File "job_manager.py", line 553, in submit_job
            raise ValueError(
        ValueError: Job with submission_id m-1 already exists. Please use a different submission_id.
        .

        """

    @Test func `each request goes to its place with the token`() async throws {
        let line = Line(200, #"{"ray_version": "2.60.0", "logs": "x", "stopped": true, "deleted": true, "status": "RUNNING"}"#)
        let jobs = line.jobs(token: "t")
        #expect(try await jobs.version() == "2.60.0")
        #expect(try await jobs.submit(job) == .accepted)
        #expect(try await jobs.details(of: id)?.outcome == .running)
        #expect(try await jobs.log(of: id) == "x")
        #expect(try await jobs.stop(id))
        #expect(try await jobs.delete(id))
        #expect(
            line.paths == [
                "GET /api/version", "POST /api/jobs/", "GET /api/jobs/m-1", "GET /api/jobs/m-1/logs", "POST /api/jobs/m-1/stop",
                "DELETE /api/jobs/m-1",
            ])
        #expect(line.requests.withLock { $0.allSatisfy { $0.headers["authorization"] == "Bearer t" } })
    }

    @Test(arguments: [400, 500]) func `a job that Ray has already is told apart from a failure`(status: Int) async throws {
        #expect(try await Line(status, Self.exists).jobs().submit(job) == .existedAlready)
    }

    @Test func `another job's name in the answer is no sign that this one is there`() async throws {
        let answer = Self.exists.replacing("m-1", with: "m-10")
        await #expect(throws: MartletError.self) { try await Line(500, answer).jobs().submit(job) }
    }

    @Test func `a job that Ray has no record of is none`() async throws {
        #expect(try await Line(404, "Job m-1 does not exist").jobs().details(of: id) == nil)
    }

    @Test(arguments: [
        (401, "Unauthorized: Missing authentication token", MartletError.Code.invalidInput, "set RAY_AUTH_TOKEN"),
        (403, "Forbidden: Invalid authentication token", .invalidInput, "Invalid authentication token"),
        (404, "Job m-1 does not exist", .notFound, "Job m-1 does not exist"),
        (400, "TypeError: entrypoint_memory must be an integer", .invalidInput, "must be an integer"),
        (500, "500 Internal Server Error\n\nServer got itself in trouble", .unavailable, "Server got itself in trouble"),
        (302, "", .unavailable, "answers 302"),
    ])
    func `what Ray refuses is told with its reason`(status: Int, body: String, code: MartletError.Code, words: String) async throws {
        let error = try await #require(throws: MartletError.self) { try await Line(status, body).jobs().log(of: id) }
        #expect(error.code == code)
        #expect(error.message.contains(words), "\(error)")
        #expect(error.message.contains("the log of job 'm-1'"))
    }

    @Test func `of a trace the last line is told`() async throws {
        let body = """
            Traceback (most recent call last):
              File "job_head.py", line 500, in delete_job
            RuntimeError: Request failed with status code 500: Traceback (most recent call last):
            RuntimeError: Attempted to delete job 'm-1', but it is in a non-terminal state RUNNING.
            .

            """
        let error = try await #require(throws: MartletError.self) { try await Line(500, body).jobs().delete(id) }
        #expect(error.message.hasPrefix("the removal of job 'm-1': Ray answers 500, 'RuntimeError: Attempted to delete job 'm-1', but it "))
        #expect(error.message.hasSuffix("is in a non-terminal state RUNNING.'; look at the log of Ray's head node if it stays so"))
    }

    @Test(arguments: ["{}", "[1]", "<html>", ""]) func `what is not Ray is not taken for it`(body: String) async throws {
        let jobs = Line(200, body).jobs()
        await #expect(throws: MartletError.self) { try await jobs.version() }
        await #expect(throws: MartletError.self) { try await jobs.log(of: id) }
        await #expect(throws: MartletError.self) { try await jobs.stop(id) }
        await #expect(throws: MartletError.self) { try await jobs.nodes() }
        await #expect(throws: MartletError.self) { try await jobs.all() }
    }

    @Test func `nodes are listed with what they have`() async throws {
        let line = Line(
            200,
            #"""
            {"result": true, "msg": "", "data": {"result": {"total": 2, "num_after_truncation": 2, "num_filtered": 2, "result": [
            {"node_id": "2f7d263b", "node_ip": "127.0.0.2", "is_head_node": true, "state": "ALIVE", "state_message": null,
            "resources_total": {"node:__internal_head__": 1.0, "node:127.0.0.2": 1.0, "memory": 1073741824.0,
            "object_store_memory": 83886080.0,
            "disk_tokens": 1000.0, "CPU": 1.5, "GPU": 2.0}, "start_time_ms": 1795391943018, "end_time_ms": 0},
            {"node_id": "618d0a47", "node_ip": "127.0.0.3", "is_head_node": false, "state": "DEAD", "resources_total": {}}],
            "partial_failure_warning": "", "warnings": null}}}
            """#)
        let nodes = try await line.jobs().nodes()
        #expect(nodes.map(\.id) == ["2f7d263b", "618d0a47"])
        #expect(nodes.map(\.isAlive) == [true, false])
        #expect(nodes.map(\.isHead) == [true, false])
        #expect(nodes[0].address == "127.0.0.2")
        #expect(nodes[0].resources == RayJob.Resources(cores: 1.5, accelerators: 2, memoryBytes: 1 << 30, others: ["disk_tokens": 1_000]))
        #expect(nodes[1].resources == RayJob.Resources(cores: 0))
        let all = nodes[0].resources
        #expect(nodes[0].fits(all))
        #expect(!nodes[0].fits(.init(cores: all.cores + 0.5)))
        #expect(!nodes[0].fits(.init(accelerators: all.accelerators + 1)))
        #expect(!nodes[0].fits(.init(memoryBytes: all.memoryBytes + 1)))
        #expect(!nodes[0].fits(.init(others: ["disk_tokens": 1_001])))
        #expect(!nodes[0].fits(.init(others: ["another": 0.5])))
        #expect(!nodes[1].fits(.init(cores: 0)), "a node that is gone runs nothing")
        #expect(line.paths == ["GET /api/v0/nodes?detail=true&limit=10000"])
    }
}
