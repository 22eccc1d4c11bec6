import MartletCore
import MartletTesting
import Testing

@testable import MartletPipeline

@Suite struct OneStepTests {
    private func graph(_ bench: PipelineBench) throws -> StepGraph {
        var each = bench.step("each", from: ["list"])
        each.fanOuts = [FanOut(key: "part", values: .output(OutputName(step: "list", output: "out")))]
        var held = bench.step("held")
        held.condition = OutputName(step: "no", output: "out")
        var always = bench.step("always")
        always.policy.lifetime = .zero
        return try StepGraph([
            bench.giving("list", ["a", "b"]), each, bench.giving("no", false), held, always, bench.step("reader", from: ["always"]),
        ])
    }

    private func make(_ id: StepID, _ bench: PipelineBench) async throws -> PipelineRunner.OneStepOutcome {
        try await bench.runner.make(id, in: graph(bench), as: "run of \(id) \(UInt64.random(in: .min ... .max))", observe: { _ in })
    }

    @Test func `instances are known once what lists them has run, and each is made alone`() async throws {
        try await withTemporaryFolder { folder in
            let bench = try await PipelineBench(folder)
            let refusal = await #expect(throws: MartletError.self) { try await bench.runner.lookUp("each", in: graph(bench)) }
            #expect(refusal?.code == .conflict)
            _ = try await make(StepID("list"), bench)
            let found = try await bench.runner.lookUp("each", in: graph(bench)).instances
            #expect(found.map(\.description) == ["each[part=a]", "each[part=b]"])
            _ = try await make(found[1], bench)
            #expect(bench.ran.take() == ["list", "each[part=b]"])
            guard case .fresh = try await make(found[1], bench) else {
                Issue.record("a step that was made is not made again")
                return
            }
            let stranger = await #expect(throws: MartletError.self) { try await make(StepID("each", StepPartition(["part": "c"])), bench) }
            #expect(stranger?.code == .notFound)
        }
    }

    @Test func `a step whose source has not run is refused, and one that has run is used whatever its age`() async throws {
        try await withTemporaryFolder { folder in
            let bench = try await PipelineBench(folder)
            let refusal = await #expect(throws: MartletError.self) { try await make(StepID("reader"), bench) }
            #expect(refusal?.message.contains("always") == true)
            for id in ["always", "reader", "always"] { _ = try await make(StepID(id), bench) }
            #expect(bench.ran.take() == ["always", "reader", "always"])
        }
    }

    @Test func `a condition is told, and what it holds back is passed over`() async throws {
        try await withTemporaryFolder { folder in
            let bench = try await PipelineBench(folder)
            await #expect(throws: MartletError.self) { try await bench.runner.holds("held", in: graph(bench)) }
            _ = try await make(StepID("no"), bench)
            #expect(try await bench.runner.holds("held", in: graph(bench)) == false)
            #expect(try await bench.runner.holds("list", in: graph(bench)))
            guard case .skipped = try await make(StepID("held"), bench) else {
                Issue.record("a step was made although its condition does not hold")
                return
            }
            #expect(bench.ran.take() == ["no"])
        }
    }
}
