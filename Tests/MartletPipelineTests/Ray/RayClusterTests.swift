import MartletCore
import MartletTesting
import Testing

@testable import MartletPipeline

/// The client beside a real Ray of two nodes.
@Suite(.cluster, .serialized, .timeLimit(.minutes(10))) struct RayClusterTests {
    private func jobs(_ cluster: RayCluster, token: String? = nil) -> RayJobs {
        RayJobs(access: RayAccess(token: token ?? cluster.token)) { request in
            let answer = try cluster.send(request.method, request.path, request.body, headers: request.headers)
            return RayAnswer(status: answer.status, body: Array(answer.body.utf8))
        }
    }

    private func job(_ id: String, _ script: String, on node: String) throws -> RayJob {
        RayJob(id: try RayJobID(id), command: ["sh", "-c", script], resources: .init(cores: 1, memoryBytes: 1 << 28, others: [node: 1]))
    }

    /// Asks until the job is as far. - Returns: what Ray said then.
    private func wait(_ jobs: RayJobs, _ job: RayJob, until isReached: (RayJobOutcome) -> Bool) async throws -> RayJobDetails {
        let end = ContinuousClock.now + .seconds(120)
        while ContinuousClock.now < end {
            if let details = try await jobs.details(of: job.id), isReached(details.outcome) { return details }
            try await Task.sleep(for: .milliseconds(100))
        }
        throw MartletError(.limitExceeded, "job '\(job.id)' did not come so far: \(String(describing: try await jobs.details(of: job.id)))")
    }

    @Test func `jobs run where they are put, end as their programs end, and are lost with their node`() async throws {
        try await RayCluster.with { cluster in
            let jobs = jobs(cluster)
            #expect(try await jobs.version().hasPrefix("2."))
            await #expect(throws: MartletError.self) { try await self.jobs(cluster, token: "another").version() }

            let nodes = try await jobs.nodes()
            #expect(nodes.filter(\.isAlive).count == 2)
            let second = try #require(nodes.first { !$0.isHead })
            #expect(second.id == cluster.secondNodeID)
            #expect(second.resources == .init(cores: 1, memoryBytes: 1 << 30, others: ["second": 1_000]))

            let echo = try job("echo", "echo \"it's here\"", on: "second")
            #expect(try await jobs.submit(echo) == .accepted)
            #expect(try await jobs.submit(echo) == .existedAlready)
            let echoed = try await wait(jobs, echo) { $0.isFinal }
            #expect(echoed.outcome == .succeeded)
            #expect(echoed.nodeID == second.id)
            #expect(try await jobs.log(of: echo.id).contains("it's here\n"))

            let broken = try job("broken", "exit 3", on: "head")
            _ = try await jobs.submit(broken)
            #expect(try await wait(jobs, broken) { $0.isFinal }.outcome == .failed(exitStatus: 3))

            let running = try job("running", "sleep 600", on: "second")
            let waiting = try job("waiting", "sleep 600", on: "second")
            let stopped = try job("stopped", "sleep 600", on: "head")
            for job in [running, stopped] {
                _ = try await jobs.submit(job)
                _ = try await wait(jobs, job) { $0 == .running }
            }
            _ = try await jobs.submit(waiting)
            await #expect(throws: MartletError.self) { try await jobs.delete(running.id) }
            #expect(try await jobs.stop(stopped.id))
            #expect(try await wait(jobs, stopped) { $0.isFinal }.outcome == .stopped(hadBegun: true))
            #expect(try await jobs.delete(stopped.id))
            #expect(try await jobs.details(of: stopped.id) == nil)

            try await cluster.loseSecondNode()
            guard case .lost(hadBegun: true, let reason) = try await wait(jobs, running, until: \.isFinal).outcome else {
                Issue.record("a job that ran on the node was not lost with it")
                return
            }
            #expect(reason.contains("its node has died"))
            // Ray either had it on the node already, or keeps it until another of that kind comes.
            let other = try await jobs.details(of: waiting.id)?.outcome
            if case .lost(hadBegun: false, _) = other {} else { #expect(other == .waiting) }
            #expect(try await jobs.nodes().filter(\.isAlive).map(\.isHead) == [true])

            let again = try job("running-2", "echo again", on: "second")
            _ = try await jobs.submit(again)
            try await cluster.startSecondNode()
            #expect(try await wait(jobs, again, until: \.isFinal).outcome == .succeeded)
        }
    }
}
