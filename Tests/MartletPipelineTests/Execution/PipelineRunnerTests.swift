import Foundation
import MartletCore
import MartletStore
import MartletTesting
import Testing

@testable import MartletPipeline

@Suite struct PipelineRunnerTests {
    @Test func `a first run runs every step and tells so in order`() async throws {
        try await withTemporaryFolder { folder in
            let bench = try await PipelineBench(folder)
            let executions = try await bench.run([bench.step("b", from: ["a"]), bench.step("a")])
            #expect(bench.ran.take() == ["a", "b"])
            #expect(
                bench.heard.all == [
                    "started a", "progress a", "settled a done", "finished a", "started b", "progress b", "settled b done", "finished b",
                ])
            let stored = try await bench.records.lastExecution("b")
            #expect(stored?.outputs == executions["b"]?.outputs)
        }
    }

    @Test func `a second run reuses everything and answers the same executions`() async throws {
        try await withTemporaryFolder { folder in
            let bench = try await PipelineBench(folder)
            let steps = [bench.step("a"), bench.step("b", from: ["a"])]
            let first = try await bench.run(steps)
            _ = bench.ran.take()
            let second = try await bench.run(steps)
            #expect(bench.ran.take().isEmpty)
            #expect(first.mapValues(\.outputs) == second.mapValues(\.outputs))
        }
    }

    @Test func `a step whose source made the same again is not run again`() async throws {
        try await withTemporaryFolder { folder in
            let bench = try await PipelineBench(folder)
            try await bench.run([bench.step("a", code: "1", output: "same"), bench.step("b", from: ["a"])])
            _ = bench.ran.take()
            try await bench.run([bench.step("a", code: "2", output: "same"), bench.step("b", from: ["a"])])
            #expect(bench.ran.take() == ["a"])
        }
    }

    @Test func `a change that was taken back costs no run`() async throws {
        try await withTemporaryFolder { folder in
            let bench = try await PipelineBench(folder)
            for trees: Int64 in [1, 2, 1] {
                try await bench.run([bench.step("a", parameters: ["trees": .integer(trees)])])
            }
            #expect(bench.ran.take() == ["a", "a"])
        }
    }

    @Test func `what a step made last is what the last run found good, also where something else was made in between`() async throws {
        try await withTemporaryFolder { folder in
            let bench = try await PipelineBench(folder)
            for output in ["old", "new", "old"] {
                try await bench.run([bench.step("a", code: output, output: output)])
            }
            #expect(try await bench.records.lastExecution("a")?.outputs["out"] == Digest(of: "old"))
            let graph = try StepGraph([bench.step("a", code: "new", output: "new")])
            _ = try await bench.runner.make(StepID("a"), in: graph, as: "one step", observe: { _ in })
            #expect(try await bench.records.lastExecution("a")?.outputs["out"] == Digest(of: "new"))
        }
    }

    @Test func `a lost output makes its step run again, and no other`() async throws {
        try await withTemporaryFolder { folder in
            let bench = try await PipelineBench(folder)
            let steps = [bench.step("a"), bench.step("b", from: ["a"])]
            let executions = try await bench.run(steps)
            _ = bench.ran.take()
            let lost = try #require(executions["a"]?.outputs["out"])
            try FileManager.default.removeItem(atPath: bench.blobs.path(of: lost))
            try await bench.run(steps)
            #expect(bench.ran.take() == ["a"])
        }
    }

    // MARK: Refusals

    @Test func `what a run says of itself is its first failure, and how many are in quarantine`() {
        func id(_ day: String) -> StepID { StepID("clean", StepPartition(["day": day])) }
        var outcome = PipelineRunner.Outcome()
        outcome.steps = [id("1"): .done]
        #expect(outcome.message == nil)
        outcome.steps[id("3")] = .quarantined(StepFailure(.exit, "bad"))
        outcome.steps[id("2")] = .quarantined(StepFailure(.exit, "worse"))
        #expect(outcome.message == "2 in quarantine, first clean[day=2]: worse")
        outcome.steps[StepID("all")] = .failed(StepFailure(.exit, "no"))
        #expect(outcome.message == "all: no\n2 in quarantine, first clean[day=2]: worse")
    }

    @Test func `a step that fails records nothing, and later steps do not run`() async throws {
        try await withTemporaryFolder { folder in
            let bench = try await PipelineBench(folder)
            let steps = [bench.step("a"), bench.step("b", from: ["a"], fails: true), bench.step("c", from: ["b"])]
            let error = await #expect(throws: MartletError.self) { try await bench.run(steps) }
            #expect(error?.message == "'b' broke")
            #expect(bench.ran.take() == ["a", "b"])
            let recorded = try await bench.records.lastExecutions(["a", "b", "c"].map { StepID($0) }).keys.map(\.step)
            #expect(recorded == ["a"])
            #expect(bench.heard.all.suffix(2) == ["settled b failed", "settled c blocked by 'b'"])
        }
    }

    @Test func `a run after a failure goes on with the step that failed`() async throws {
        try await withTemporaryFolder { folder in
            let bench = try await PipelineBench(folder)
            await #expect(throws: MartletError.self) {
                try await bench.run([bench.step("a"), bench.step("b", from: ["a"], fails: true)])
            }
            _ = bench.ran.take()
            try await bench.run([bench.step("a"), bench.step("b", from: ["a"])])
            #expect(bench.ran.take() == ["b"])
        }
    }

    @Test func `an output that was named but not stored is refused and not recorded`() async throws {
        try await withTemporaryFolder { folder in
            let bench = try await PipelineBench(folder)
            let liar = Step(name: "liar", code: "1", inputs: [:], parameters: [:], environment: [:]) { _ in
                StepResult(outputs: ["out": Digest(of: "never stored")])
            }
            let error = await #expect(throws: MartletError.self) { try await bench.run([liar]) }
            #expect(error?.code == .corrupt)
            let recorded = try await bench.records.lastExecution("liar")
            #expect(recorded == nil)
        }
    }

    @Test func `an output that its source never made is refused by name`() async throws {
        try await withTemporaryFolder { folder in
            let bench = try await PipelineBench(folder)
            let reader = Step(
                name: "b", code: "1", inputs: ["rows": .output(step: "a", name: "rows")], parameters: [:],
                environment: [:]
            ) { _ in StepResult(outputs: [:]) }
            let error = await #expect(throws: StepFailure.self) { try await bench.run([bench.step("a"), reader]) }
            #expect(error?.message == "step 'b' reads 'rows' of 'a', which made no such output")
        }
    }

    @Test func `a cancelled run starts no further step and keeps what was made`() async throws {
        try await withTemporaryFolder { folder in
            let bench = try await PipelineBench(folder)
            let begun = Gathering<String>()
            let slow = Step(name: "a", code: "1", inputs: [:], parameters: [:], environment: [:]) { _ in
                begun.add("a")
                // Cancelled, it makes its output all the same.
                do { try await Task.sleep(for: .seconds(60)) } catch {}
                return StepResult(outputs: ["out": try bench.blobs.put(Array("a".utf8))])
            }
            let run = Task { try await bench.outcome([slow, bench.step("b", from: ["a"])]) }
            try await waitUntil("the step runs") { !begun.all.isEmpty }
            run.cancel()
            let outcome = try await run.value
            #expect(outcome.steps[StepID("b")] == .cancelled)
            #expect(bench.ran.take().isEmpty)
            let recorded = try await bench.records.lastExecution("a")
            #expect(recorded != nil)
        }
    }

    @Test func `what failed for good is on record while the rest still runs`() async throws {
        try await withTemporaryFolder { folder in
            let bench = try await PipelineBench(folder)
            let watching = Step(name: "b", code: "1", inputs: [:], parameters: [:], environment: [:]) { _ in
                let deadline = ContinuousClock.now + .seconds(120)
                while try await bench.records.deadLetters().isEmpty, .now < deadline { try await Task.sleep(for: .milliseconds(5)) }
                try #require(try await !bench.records.deadLetters().isEmpty)
                return StepResult(outputs: ["out": try bench.blobs.put(Array("b".utf8))])
            }
            let outcome = try await bench.outcome([bench.step("a", fails: true), watching], cores: 2)
            #expect(outcome.steps[StepID("b")] == .done)
            #expect(try await bench.records.deadLetters().map(\.id) == [StepID("a")])
        }
    }

    // MARK: Property

    @Test(arguments: 1...20 as ClosedRange<UInt64>)
    func `in any graph every step runs once and after its sources`(seed: UInt64) async throws {
        try await withTemporaryFolder { folder in
            let bench = try await PipelineBench(folder)
            var random = SplitMix64(seed: seed)
            let count = 1 + random.index(below: 15)
            let steps = (0..<count).map { number in
                bench.step("\(number)", from: (0..<number).filter { _ in random.unit() < 0.3 }.map { "\($0)" })
            }
            try await bench.run(steps.shuffled(using: &random))
            let ran = bench.ran.take()
            #expect(Set(ran).count == count)
            #expect(ran.count == count)
            for step in steps {
                let place = try #require(ran.firstIndex(of: step.name))
                #expect(step.sources.allSatisfy { ran[..<place].contains($0) })
            }
            try await bench.run(steps.shuffled(using: &random))
            #expect(bench.ran.take().isEmpty)
        }
    }
}
