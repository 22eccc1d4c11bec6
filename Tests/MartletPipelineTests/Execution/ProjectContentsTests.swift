import Foundation
import MartletCore
import MartletStore
import MartletTesting
import Testing

@testable import MartletPipeline

@Suite struct ProjectContentsTests {
    private struct Files {
        let folder: String
        let bench: PipelineBench

        func write(_ text: String, _ name: String) throws { try Data(text.utf8).write(to: URL(filePath: "\(folder)/\(name)")) }

        /// What an output tells it is fanned out by, and what it reads is its own.
        func steps(_ values: [String] = ["1", "2"], tolerance: Double = 0) throws -> [Step] {
            let pattern = try PathPattern("\(folder)/$day.csv", keys: ["day"])
            let read = bench.step("read")
            var own = Step(
                name: "read", code: read.code, inputs: ["raw": .file(pattern)], parameters: [:], environment: [:], work: read.work)
            own.fanOuts = [FanOut(key: "day", values: .output(OutputName(step: "list", output: "out")))]
            own.policy.tolerance = tolerance
            let list = bench.giving("list", .array(values.map(JSONValue.string)), code: "\(values)")
            return [list, own, bench.step("join", from: ["read"])]
        }
    }

    private func with(_ body: (Files) async throws -> Void) async throws {
        try await withTemporaryFolder { folder in
            let files = Files(folder: folder, bench: try await PipelineBench(folder))
            for day in 1...2 { try files.write("\(day)", "\(day).csv") }
            try await body(files)
        }
    }

    private func id(_ day: String) -> StepID { StepID("read", StepPartition(["day": day])) }

    @Test func `a file that changes is read by its own instance alone, and what is as it was by none`() async throws {
        try await with { files in
            try await files.bench.run(files.steps())
            #expect(files.bench.ran.all.sorted() == ["join", "list", "read[day=1]", "read[day=2]"])
            try await files.bench.run(files.steps())
            #expect(files.bench.ran.all.count == 4)
            try files.write("other", "2.csv")
            try await files.bench.run(files.steps())
            #expect(files.bench.ran.all.dropFirst(4) == ["read[day=2]", "join"])
        }
    }

    @Test func `an instance's key has the content of its file`() async throws {
        try await with { files in
            let made = try await files.bench.run(files.steps())
            for day in ["1", "2"] {
                let parts = try #require(made["read[day=\(day)]"]).keyParts
                #expect(parts["inputs"]?["raw"]?.string == "\(Digest(of: day))")
            }
        }
    }

    @Test func `a file that is missing fails its instance, by its name and path`() async throws {
        try await with { files in
            let outcome = try await files.bench.outcome(files.steps(["1", "3"]))
            #expect(outcome.steps[id("1")] == .done)
            let message =
                "step 'read[day=3]': its input 'raw' is not there: '\(files.folder)/3.csv'; put it there or change 'inputs' or 'each'"
            #expect(outcome.steps[id("3")] == .failed(StepFailure(.refused, message)))
            #expect(try await files.bench.verdicts(files.steps(["1", "3"]))["read[day=3]"] == .refused(message))
            #expect(try await files.bench.runner.keys(StepGraph(files.steps(["1", "3"])))[id("3")] == nil)
            try files.write("3", "3.csv")
            let again = try await files.bench.outcome(files.steps(["1", "3"]))
            #expect(again.steps[id("3")] == .done)
            #expect(again.steps[id("1")] == .fresh)
        }
    }

    @Test func `a file that is missing is tolerated where failures are`() async throws {
        try await with { files in
            let outcome = try await files.bench.outcome(files.steps(["1", "3"], tolerance: 0.5))
            guard case .quarantined(let failure)? = outcome.steps[id("3")] else {
                Issue.record("\(String(describing: outcome.steps[id("3")]))")
                return
            }
            #expect(failure.message.contains("'\(files.folder)/3.csv'"))
            #expect(outcome.steps[StepID("join")] == .done)
            #expect(outcome.isGood)
        }
    }

    @Test func `a value that leads out of the folder is refused, and nothing is read`() async throws {
        try await with { files in
            for value in ["../secret", "/etc/passwd", "a/../../b"] {
                let outcome = try await files.bench.outcome(files.steps([value]))
                guard case .failed(let failure)? = outcome.steps[id(value)] else {
                    Issue.record("\(value) was taken")
                    return
                }
                #expect(failure.message.hasPrefix("step 'read[day=\(value)]': its input 'raw': with day = '\(value)' the path "))
            }
            #expect(!files.bench.ran.all.contains { $0.hasPrefix("read") })
        }
    }

    @Test func `what a step's condition keeps from running need not have its file`() async throws {
        try await with { files in
            var steps = try files.steps(["3"])
            steps.append(files.bench.giving("open", false))
            steps[1].condition = OutputName(step: "open", output: "out")
            let outcome = try await files.bench.outcome(steps)
            guard case .skipped? = outcome.steps[id("3")] else {
                Issue.record("\(String(describing: outcome.steps[id("3")]))")
                return
            }
        }
    }

    @Test func `an attempt has the path of its instance`() async throws {
        try await with { files in
            let seen = Gathering<String>()
            let runner = PipelineRunner(
                records: files.bench.records, contents: files.bench.blobs, executor: LocalExecutor(),
                preparation: { attempt in seen.add("\(attempt.id) \(attempt.step.paths)") })
            let run = RunRecord(id: "r", project: "tests", startedAt: .now)
            _ = try await runner.run(StepGraph(files.steps()), as: run) { _ in }
            for day in ["1", "2"] { #expect(seen.all.contains("read[day=\(day)] [\"raw\": \"\(files.folder)/\(day).csv\"]")) }
        }
    }

    @Test func `what was read is remembered once, however the run ends`() async throws {
        try await with { files in
            let seen = Gathering<String>()
            let project = ProjectContents(digest: { try Digest(ofFile: $0) }, remember: { seen.add("remembered") })
            let runner = PipelineRunner(
                records: files.bench.records, contents: files.bench.blobs, executor: LocalExecutor(), project: project)
            let run = RunRecord(id: "r", project: "tests", startedAt: .now)
            _ = try await runner.run(StepGraph(files.steps(["1", "3"])), as: run) { _ in }
            #expect(seen.all.count == 1)
            _ = try await runner.explain(StepGraph(files.steps()))
            #expect(seen.all.count == 2)
        }
    }
}
