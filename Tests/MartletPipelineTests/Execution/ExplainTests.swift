import Foundation
import MartletCore
import MartletStore
import MartletTesting
import Testing

@testable import MartletPipeline

@Suite struct ExplainTests {
    @Test func `before any run the first step is stale and the others wait for it`() async throws {
        try await withTemporaryFolder { folder in
            let bench = try await PipelineBench(folder)
            let verdicts = try await bench.verdicts([
                bench.step("a"), bench.step("b", from: ["a"]), bench.step("c", from: ["b"]),
            ])
            #expect(verdicts["a"] == .stale(reasons: ["it was not made yet"]))
            #expect(verdicts["b"] == .waits(on: ["a"]))
            #expect(verdicts["c"] == .waits(on: ["b"]))
        }
    }

    @Test func `after a run every step is fresh under the key that it ran with`() async throws {
        try await withTemporaryFolder { folder in
            let bench = try await PipelineBench(folder)
            let steps = [bench.step("a"), bench.step("b", from: ["a"])]
            let executions = try await bench.run(steps)
            let verdicts = try await bench.verdicts(steps)
            for (name, execution) in executions { #expect(verdicts[name] == .fresh(key: execution.key)) }
        }
    }

    @Test func `explaining runs nothing and records nothing`() async throws {
        try await withTemporaryFolder { folder in
            let bench = try await PipelineBench(folder)
            _ = try await bench.verdicts([bench.step("a")])
            #expect(bench.ran.take().isEmpty)
            let recorded = try await bench.records.lastExecution("a")
            #expect(recorded == nil)
        }
    }

    @Test func `the words name each part that changed, and only those`() async throws {
        try await withTemporaryFolder { folder in
            let bench = try await PipelineBench(folder)
            try await bench.run([bench.step("a", parameters: ["x": 1, "same": "y", "gone": true, "deep": ["z": [1]]])])
            let changed = bench.step(
                "a", code: "2", parameters: ["x": 2, "same": "y", "new": "word", "deep": ["z": [1, 2]]],
                environment: ["lib": "b"]
            )
            let verdicts = try await bench.verdicts([changed])
            #expect(
                verdicts["a"]
                    == .stale(reasons: [
                        "code: 1 → 2", "environment.lib: nothing → b", "parameters.deep.z: [1] → [1,2]",
                        "parameters.gone: true → nothing", "parameters.new: nothing → word", "parameters.x: 1 → 2",
                    ])
            )
        }
    }

    @Test func `an input that changed is named with both digests in short`() async throws {
        try await withTemporaryFolder { folder in
            let bench = try await PipelineBench(folder)
            let (old, new) = (Digest(of: "old"), Digest(of: "new"))
            func step(_ digest: Digest) -> Step {
                Step(name: "a", code: "1", inputs: ["source": .external(digest)], parameters: [:], environment: [:]) {
                    _ in
                    StepResult(outputs: [:])
                }
            }
            try await bench.run([step(old)])
            let verdicts = try await bench.verdicts([step(new)])
            #expect(verdicts["a"] == .stale(reasons: ["inputs.source: \(old.short) → \(new.short)"]))
        }
    }

    @Test func `a lost output is named`() async throws {
        try await withTemporaryFolder { folder in
            let bench = try await PipelineBench(folder)
            let executions = try await bench.run([bench.step("a")])
            let lost = try #require(executions["a"]?.outputs["out"])
            try FileManager.default.removeItem(atPath: bench.blobs.path(of: lost))
            let verdicts = try await bench.verdicts([bench.step("a")])
            #expect(verdicts["a"] == .stale(reasons: ["its outputs are gone: out"]))
        }
    }

    @Test func `long values that begin alike are shown from where they differ`() async throws {
        try await withTemporaryFolder { folder in
            let bench = try await PipelineBench(folder)
            let query = String(repeating: "x", count: 100)
            try await bench.run([bench.step("a", parameters: ["select": .string("\(query) > 1")])])
            let verdicts = try await bench.verdicts([bench.step("a", parameters: ["select": .string("\(query) > 2")])])
            let shown = "…" + String(repeating: "x", count: 17)
            #expect(verdicts["a"] == .stale(reasons: ["parameters.select: \(shown) > 1 → \(shown) > 2"]))
        }
    }

    @Test func `a long value is cut`() async throws {
        try await withTemporaryFolder { folder in
            let bench = try await PipelineBench(folder)
            try await bench.run([bench.step("a", parameters: ["select": "short"])])
            let verdicts = try await bench.verdicts([
                bench.step("a", parameters: ["select": .string(String(repeating: "x", count: 500))])
            ])
            let shown = String(repeating: "x", count: 57) + "…"
            #expect(verdicts["a"] == .stale(reasons: ["parameters.select: short → \(shown)"]))
        }
    }
}
