import MartletCore
import MartletStore
import MartletTesting
import Testing

@testable import MartletPipeline

@Suite struct RayExecutorTests {
    private struct Bench {
        let home: Home
        let made = AttemptResult(.success(StepResult(outputs: ["out": Digest(of: "made")], summary: ["rows": 3])))

        init(_ folder: String) throws {
            home = Home(path: folder)
            try home.prepare()
        }

        func executor(_ ray: FakeRay) -> RayExecutor {
            let commands = CommandRunner(home: home) { Digest(of: $0) }
            return RayExecutor(ray.jobs, home: home, commands: commands, clock: WaitedClock()) { id, job in
                ["martlet", "step", id.step, "--job", job.name]
            }
        }

        func attempt(_ number: Int = 1, run: String = "r", cores: Double = 1, named: [String: Int] = [:], isOnceOnly: Bool = false)
            -> StepAttempt
        {
            var step = Step(
                name: "clean", code: "1", inputs: [:], parameters: [:], environment: [:],
                work: .command(CommandWork(words: .shell("true"), folder: "/", outputs: [:])))
            step.policy.isOnceOnly = isOnceOnly
            let id = StepID("clean", StepPartition(["day": "1,a=b"]))
            let inputs: [String: InputContent] = [
                "one": .one(Digest(of: "one")),
                "many": .many([StepPartition(["x": "1,y=2"]): Digest(of: "two"), StepPartition(["x": "1"]): Digest(of: "3")]),
            ]
            return StepAttempt(
                step: step, id: id, run: run, number: number, key: StepKey(step: step, partition: id.partition, inputs: inputs).digest,
                inputs: inputs, resources: Resources(cores: cores, memoryBytes: 1 << 30, named: named), report: { _, _ in })
        }

        /// A node that makes what it is ordered.
        func works(_ result: AttemptResult) -> @Sendable (String) throws -> Void {
            { [home] job in
                let folder = JobFolder(job, in: home)
                try #require(try folder.claim())
                try folder.put(result)
            }
        }

        /// A node that begins and says nothing.
        var begins: @Sendable (String) throws -> Void { { [home] job in try #require(try JobFolder(job, in: home).claim()) } }
    }

    private func withBench(_ body: (Bench) async throws -> Void) async throws {
        try await withTemporaryFolder { try await body(Bench($0)) }
    }

    private func failure(_ result: AttemptResult) -> StepFailure? {
        if case .failure(let failure) = result.result { failure } else { nil }
    }

    private func outputs(_ result: AttemptResult) -> [String: Digest]? {
        if case .success(let made) = result.result { made.outputs } else { nil }
    }

    private func expectGivenUp(_ job: String, _ bench: Bench) throws {
        let canBegin = try JobFolder(job, in: bench.home).claim()
        #expect(!canBegin)
    }

    @Test func `an attempt is ordered whole, and its result is what the node says`() async throws {
        try await withBench { bench in
            let ray = FakeRay([.init(node: bench.works(bench.made), answers: [FakeRay.waiting, FakeRay.running, FakeRay.succeeded])])
            let attempt = bench.attempt(named: ["disk": 2, "warehouse": 1])
            let result = await bench.executor(ray).run(attempt)
            #expect(outputs(result) == ["out": Digest(of: "made")])
            let job = try #require(ray.submitted.first)
            let order = try #require(try JobFolder(job, in: bench.home).order())
            #expect(order == StepOrder(attempt))
            #expect(order.key.digest == attempt.key)
            let body = try #require(ray.bodies.first)
            #expect(body["entrypoint"]?.string == "exec martlet step clean --job \(job)")
            #expect(body["entrypoint_num_cpus"]?.double == 1)
            #expect(body["entrypoint_resources"]?.canonicalText == #"{"disk":2}"#, "what no node has is counted by the run alone")
            #expect(body["runtime_env"] == nil)
        }
    }

    @Test func `a failure that the node tells is the attempt's, with its usage`() async throws {
        try await withBench { bench in
            var broken = AttemptResult(.failure(StepFailure(.memory, "too much")))
            broken.usage.cpuSeconds = 2.5
            let ray = FakeRay([.init(node: bench.works(broken), answers: [FakeRay.failed(1)])])
            let result = await bench.executor(ray).run(bench.attempt())
            #expect(failure(result) == StepFailure(.memory, "too much"))
            #expect(result.usage.cpuSeconds == 2.5)
        }
    }

    @Test func `a job that is lost before it began is followed by another, and never begins`() async throws {
        try await withBench { bench in
            let ray = FakeRay([
                .init(answers: [FakeRay.lost(hadBegun: false)]), .init(node: bench.works(bench.made), answers: [FakeRay.succeeded]),
            ])
            let result = await bench.executor(ray).run(bench.attempt(isOnceOnly: true))
            #expect(outputs(result) != nil)
            #expect(ray.submitted.count == 2)
            try expectGivenUp(ray.submitted[0], bench)
        }
    }

    @Test func `an attempt none of whose jobs begins may be made again, whatever the step`() async throws {
        try await withBench { bench in
            let ray = FakeRay([.init(answers: [FakeRay.lost(hadBegun: false)])])
            let result = await bench.executor(ray).run(bench.attempt(isOnceOnly: true))
            #expect(failure(result)?.kind == .start)
            #expect(ray.submitted.count == RayExecutor.roundsMax)
        }
    }

    @Test(arguments: [true, false])
    func `what had begun and is lost is lost, also where Ray says that it had not begun`(isKnown: Bool) async throws {
        try await withBench { bench in
            let ray = FakeRay([.init(node: bench.begins, answers: [FakeRay.running, FakeRay.lost(hadBegun: isKnown)])])
            let result = await bench.executor(ray).run(bench.attempt())
            #expect(failure(result)?.kind == .lost)
            #expect(ray.submitted.count == 1)
        }
    }

    @Test func `a result that was written counts although its node is lost`() async throws {
        try await withBench { bench in
            let ray = FakeRay([.init(node: bench.works(bench.made), answers: [FakeRay.lost(hadBegun: true)])])
            let result = await bench.executor(ray).run(bench.attempt())
            #expect(outputs(result) != nil)
        }
    }

    @Test func `a lost answer to the handing over makes no second job`() async throws {
        try await withBench { bench in
            let ray = FakeRay([.init(node: bench.works(bench.made), answers: [FakeRay.succeeded])], lostAnswers: 2)
            let result = await bench.executor(ray).run(bench.attempt())
            #expect(outputs(result) != nil)
            #expect(ray.submitted.count == 1)
        }
    }

    @Test func `a node that cannot begin says why`() async throws {
        try await withBench { bench in
            let ray = FakeRay([.init(answers: [FakeRay.failed(78)])])
            let result = await bench.executor(ray).run(bench.attempt())
            let found = try #require(failure(result))
            #expect(found.kind == .start)
            #expect(found.message.contains("ended with 78") && found.message.hasSuffix("martlet: broken"))
        }
    }

    @Test func `what no node has room for is not handed over`() async throws {
        try await withBench { bench in
            let ray = FakeRay([.init(answers: [FakeRay.waiting])])
            let executor = bench.executor(ray)
            let result = await executor.run(bench.attempt(cores: 3))
            #expect(failure(result)?.kind == .start)
            #expect(failure(result)?.message.contains("needs 3.0 cores, 1 GiB of memory") == true)
            #expect(ray.submitted.isEmpty)
            #expect(await executor.capacity() == Resources(cores: 2, memoryBytes: 4 << 30, named: ["disk": 3]))
        }
    }

    // MARK: Attempts of a runner that is gone

    @Test func `what an earlier attempt made is taken, and forgotten when it is on record`() async throws {
        try await withBench { bench in
            let earlier = bench.attempt(run: "before")
            let folder = JobFolder(earlier.jobName(round: 1), in: bench.home)
            try folder.prepare(StepOrder(earlier))
            try #require(try folder.claim())
            try folder.put(bench.made)
            let ray = FakeRay([.init(answers: [FakeRay.waiting])])
            let executor = bench.executor(ray)
            #expect(await executor.hasLeftover(earlier.id, earlier.key))
            #expect(outputs(await executor.run(bench.attempt())) != nil)
            #expect(ray.submitted.isEmpty)
            await executor.forget(bench.attempt())
            #expect(await !executor.hasLeftover(earlier.id, earlier.key))
            #expect(try folder.order() == nil)
        }
    }

    @Test(arguments: [false, true]) func `what an earlier attempt made is not taken where it is too old, or that is not known`(
        _ isKnown: Bool
    ) async throws {
        try await withBench { bench in
            let earlier = bench.attempt(run: "before")
            let folder = JobFolder(earlier.jobName(round: 1), in: bench.home)
            try folder.prepare(StepOrder(earlier))
            try #require(try folder.claim())
            var made = bench.made
            let time = Timestamp(microseconds: 1_000_000)
            if isKnown { made.earlier = AttemptSpan(startedAt: time, endedAt: time) }
            try folder.put(made)
            #expect(try folder.result()?.earlier == made.earlier)
            var attempt = bench.attempt()
            attempt.leftovers.endedAfter = time
            let ray = FakeRay([.init(node: bench.works(made), answers: [FakeRay.succeeded])])
            let result = await bench.executor(ray).run(attempt)
            #expect(ray.submitted.count == 1)
            #expect(result.earlier == nil)
            attempt.leftovers = .any
            let taken = await bench.executor(FakeRay([.init(answers: [FakeRay.waiting])])).run(attempt)
            #expect(taken.earlier == made.earlier)
            #expect(outputs(taken) != nil)
        }
    }

    @Test func `however much nodes say that they have, together it is a number`() async throws {
        try await withBench { bench in
            let node =
                #"{"node_id": "n", "state": "ALIVE", "resources_total": {"CPU": 2, "GPU": 1e300, "memory": 9e18, "disk": 1e300, "x": -1}}"#
            let answer = #"{"data": {"result": {"result": [\#(node), \#(node)]}}}"#
            let jobs = RayJobs { _ in RayAnswer(status: 200, body: Array(answer.utf8)) }
            let commands = CommandRunner(home: bench.home) { Digest(of: $0) }
            let capacity = await RayExecutor(jobs, home: bench.home, commands: commands) { _, _ in [] }.capacity()
            #expect(capacity.cores == 4)
            #expect(capacity.accelerators > 1_000_000)
            #expect(capacity.memoryBytes > 1 << 40)
            #expect(capacity.named["x", default: 0] == 0)
        }
    }

    @Test func `an earlier job that waits never begins, and one that runs is stopped first`() async throws {
        try await withBench { bench in
            let ray = FakeRay([
                .init(node: bench.begins, answers: [FakeRay.running]), .init(node: bench.works(bench.made), answers: [FakeRay.succeeded]),
            ])
            let (waits, runs) = (
                JobFolder("\(Self.name(bench))-a-1-1", in: bench.home), JobFolder("\(Self.name(bench))-b-1-1", in: bench.home)
            )
            for folder in [waits, runs] { try folder.prepare(StepOrder(bench.attempt())) }
            _ = try await ray.jobs.submit(RayJob(id: RayJobID(runs.name), command: ["martlet"]))
            let result = await bench.executor(ray).run(bench.attempt(run: "c"))
            #expect(outputs(result) != nil)
            try expectGivenUp(waits.name, bench)
            #expect(ray.stopped == [runs.name])
        }
    }

    private static func name(_ bench: Bench) -> String { String(bench.attempt().key.hex.prefix(40)) }

    @Test func `an attempt that is called off while Ray gives no answer may have run`() async throws {
        try await withBench { bench in
            let ray = FakeRay([.init(node: bench.begins, answers: [FakeRay.running])], stops: false)
            let (executor, attempt) = (bench.executor(ray), bench.attempt(isOnceOnly: true))
            let task = Task { await executor.run(attempt) }
            try await waitUntil("the job has begun") {
                ray.submitted.contains { Directory.kind(of: "\(bench.home.jobsPath)/\($0)/begun") != nil }
            }
            task.cancel()
            #expect(failure(await task.value)?.kind == .cancelled)
        }
    }

    /// Records that cannot be reached once a job is prepared.
    private struct LostJobs: JobPlace {
        struct Job: AttemptJob {
            let name: String
            private var error: MartletError { MartletError(.unavailable, "the records are away") }

            func prepare(_ order: StepOrder) {}
            func order() throws -> StepOrder? { throw error }
            func claim() throws -> Bool { throw error }
            func put(_ result: AttemptResult) throws { throw error }
            func result() throws -> AttemptResult? { throw error }
            func remove() throws { throw error }
        }

        func job(_ name: String) -> any AttemptJob { Job(name: name) }
        func jobs(beginning: String) -> [any AttemptJob] { [] }
    }

    @Test func `an attempt that nobody can be asked about may have run`() async throws {
        try await withBench { bench in
            let commands = CommandRunner(home: bench.home) { Digest(of: $0) }
            let ray = FakeRay([.init(answers: [FakeRay.succeeded])])
            let executor = RayExecutor(ray.jobs, home: bench.home, commands: commands, place: LostJobs(), clock: WaitedClock()) { id, job in
                ["martlet", "step", id.step, "--job", job.name]
            }
            #expect(failure(await executor.run(bench.attempt(isOnceOnly: true)))?.kind == .lost)
        }
    }

    @Test func `an attempt that is called off before it began never begins`() async throws {
        try await withBench { bench in
            let ray = FakeRay([.init(answers: [FakeRay.waiting])])
            let (executor, attempt) = (bench.executor(ray), bench.attempt())
            let task = Task { await executor.run(attempt) }
            try await waitUntil("the job is handed over") { !ray.submitted.isEmpty }
            task.cancel()
            #expect(failure(await task.value)?.kind == .cancelled)
            #expect(ray.stopped == ray.submitted)
            try expectGivenUp(ray.submitted[0], bench)
        }
    }
}
