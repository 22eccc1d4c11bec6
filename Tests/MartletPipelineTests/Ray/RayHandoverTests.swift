import MartletCore
import MartletStore
import MartletTesting
import Synchronization
import Testing

@testable import MartletPipeline

/// Attempts on nodes that do not have the home.
@Suite struct RayHandoverTests {
    /// Writes down what it is asked for.
    private final class Told: Handover {
        let words = Mutex<[String]>([])
        let receiving: @Sendable () throws -> Void

        init(receiving: @escaping @Sendable () throws -> Void = {}) { self.receiving = receiving }

        func send(_ attempt: StepAttempt) -> Digest {
            words.withLock { $0.append("send") }
            return Digest(of: "sources")
        }

        func receive(_ result: AttemptResult, of attempt: StepAttempt) throws {
            words.withLock { $0.append("receive") }
            try receiving()
        }
    }

    private struct Bench {
        let home: Home

        func run(_ ray: FakeRay, _ told: Told, isOnceOnly: Bool = false) async -> AttemptResult {
            let commands = CommandRunner(home: home) { Digest(of: $0) }
            let executor = RayExecutor(ray.jobs, home: home, commands: commands, handover: told, clock: WaitedClock()) { id, job in
                ["martlet", "step", id.step, "--job", job.name]
            }
            return await executor.run(attempt("r", isOnceOnly: isOnceOnly))
        }

        func attempt(_ run: String, isOnceOnly: Bool = false) -> StepAttempt {
            var step = Step(
                name: "clean", code: "1", inputs: [:], parameters: [:], environment: [:],
                work: .command(CommandWork(words: .shell("true"), folder: "/", outputs: [:])))
            step.policy.isOnceOnly = isOnceOnly
            return StepAttempt(
                step: step, id: StepID("clean"), run: run, number: 1, key: StepKey(step: step, inputs: [:]).digest, inputs: [:],
                resources: Resources(cores: 1, memoryBytes: 1 << 20), report: { _, _ in })
        }

        /// A node that makes what it is ordered, and can.
        func works(_ told: Told) -> FakeRay.Fate {
            .init(
                node: { [home] name in
                    let job = JobFolder(name, in: home)
                    #expect(told.words.withLock(\.last) == "send", "a job is handed over once all that it needs is there")
                    #expect(try job.order()?.sources == Digest(of: "sources"))
                    try #require(try job.claim())
                    try job.put(AttemptResult(.success(StepResult(outputs: ["out": Digest(of: "made")]))))
                }, answers: [FakeRay.succeeded])
        }

        /// What a job of an earlier runner made.
        func leave(isOnceOnly: Bool = false) throws {
            let earlier = attempt("before", isOnceOnly: isOnceOnly)
            let job = JobFolder(earlier.jobName(round: 1), in: home)
            try job.prepare(StepOrder(earlier))
            try #require(try job.claim())
            try job.put(AttemptResult(.success(StepResult(outputs: ["out": Digest(of: "left")]))))
        }
    }

    private func withBench(_ body: (Bench) async throws -> Void) async throws {
        try await withTemporaryFolder { path in
            let home = Home(path: path)
            try home.prepare()
            try await body(Bench(home: home))
        }
    }

    private func output(_ result: AttemptResult) -> Digest? {
        if case .success(let made) = result.result { made.outputs["out"] } else { nil }
    }

    private static let gone: @Sendable () throws -> Void = { throw MartletError(.notFound, "the object is gone") }

    @Test func `what an attempt needs is sent first, and what it made is here before it counts`() async throws {
        try await withBench { bench in
            let told = Told()
            #expect(await output(bench.run(FakeRay([bench.works(told)]), told)) == Digest(of: "made"))
            #expect(told.words.withLock(\.self) == ["send", "receive"])
        }
    }

    @Test func `an attempt fails whose outputs do not come`() async throws {
        try await withBench { bench in
            let told = Told(receiving: Self.gone)
            #expect(await output(bench.run(FakeRay([bench.works(told)]), told)) == nil)
        }
    }

    @Test func `what an earlier job made is brought here, and nothing runs`() async throws {
        try await withBench { bench in
            try bench.leave()
            let (told, ray) = (Told(), FakeRay([.init(answers: [FakeRay.waiting])]))
            #expect(await output(bench.run(ray, told)) == Digest(of: "left"))
            #expect(told.words.withLock(\.self) == ["receive"])
            #expect(ray.submitted.isEmpty)
        }
    }

    @Test func `what an earlier job made and is gone since is made again, unless it runs once only`() async throws {
        for isOnceOnly in [false, true] {
            try await withBench { bench in
                try bench.leave(isOnceOnly: isOnceOnly)
                let isFirst = Mutex(true)
                let told = Told {
                    if isFirst.withLock({ first in
                        defer { first = false }; return first
                    }) {
                        try Self.gone()
                    }
                }
                let ray = FakeRay([bench.works(told)])
                let result = await bench.run(ray, told, isOnceOnly: isOnceOnly)
                #expect(output(result) == (isOnceOnly ? nil : Digest(of: "made")))
                #expect(ray.submitted.count == (isOnceOnly ? 0 : 1))
            }
        }
    }
}
