import Foundation
import MartletCore
import MartletPipeline
import MartletTesting
import Testing

@testable import MartletPlatform

@Suite struct ProjectOneStepTests {
    private static let text = """
        project: t
        prices: {currency: USD, core_hour: 3600}
        budgets:
          month: {of: project, limit: 100.00, per: month, stop: true}
        steps:
          a: {run: "echo a > $a", outputs: {a: a.txt}}
          b: {run: sh b.sh, outputs: {b: b.txt}}
        """

    private func make(_ project: CommandProject, _ step: String) async throws -> PipelineRunner.OneStepOutcome {
        try await ProjectPipeline(project.platform()).runOne(step, instance: nil) { _ in }.outcome
    }

    @Test func `a step alone keeps what it was made from, as a run does`() async throws {
        try await withTemporaryFolder { folder in
            let project = try CommandProject(folder, Self.text)
            try project.write("echo b > $b", to: "b.sh")
            guard case .made = try await make(project, "a") else {
                Issue.record("it was not made")
                return
            }
            let run = try #require(try await project.platform().tracking().pipelines.runs(limit: 1).first)
            #expect(run.state == .done)
            #expect(run.sources != nil)
            #expect(run.manifest != nil)
        }
    }

    @Test func `a step alone is seen to go on while it does, and one whose runner is gone is lost`() async throws {
        try await withTemporaryFolder { folder in
            let project = try CommandProject(folder, Self.text)
            try project.write("echo begun > begun; until [ -e go ]; do sleep 0.01; done; echo b > $b", to: "b.sh")
            let history = RunHistory(try project.platform())
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { _ = try await make(project, "b") }
                try await waitUntil("the step runs", atMost: .seconds(60)) { FileManager.default.fileExists(atPath: "\(folder)/begun") }
                #expect(try await history.runs(limit: 1).map(\.state) == [.running])
                try project.write("", to: "go")
                try await group.waitForAll()
            }
            #expect(try await history.runs(limit: 1).map(\.state) == [.done])
            let store = try await project.platform().tracking().pipelines
            try await store.begin(RunRecord(id: "r", project: "t", startedAt: .now), besideOthers: true)
            #expect(try await history.account("r").state == .lost)
        }
    }

    @Test func `a step alone does not begin where a budget is spent`() async throws {
        try await withTemporaryFolder { folder in
            let project = try CommandProject(folder, Self.text)
            try project.write("echo b > $b", to: "b.sh")
            let store = try await project.platform().tracking().pipelines
            try await store.begin(RunRecord(id: "r", project: "t", startedAt: .now), besideOthers: true)
            var attempt = AttemptRecord(run: "r", id: StepID("b"), number: 1, key: Digest(of: "k"), startedAt: .now)
            try await store.begin(attempt)
            var usage = StepUsage()
            usage.cpuSeconds = 100
            attempt.usage = usage
            attempt.endedAt = .now
            try await store.end(attempt, nil)
            guard case .failed(let failure, let error) = try await make(project, "a") else {
                Issue.record("it began")
                return
            }
            #expect(failure.kind == .cancelled)
            #expect((error as? MartletError)?.code == .limitExceeded)
            let run = try #require(try await store.runs(limit: 1).first)
            #expect(run.state == .cancelled)
            #expect(run.message?.contains("budgets.month.limit") == true)
            #expect(try await store.deadLetters().isEmpty)
        }
    }

    @Test func `what is not followed is told by step, the same before and after anything ran`() async throws {
        try await withTemporaryFolder { folder in
            let project = try CommandProject(folder, Self.text)
            try project.write("eval \"$1\"", to: "b.sh")
            let checked = try project.platform().project.followedCode(in: ["PATH": "/usr/bin:/bin"])
            #expect(checked["a"]?.unfollowed == [])
            #expect(checked["b"] == FollowedCode(files: ["b.sh"], unfollowed: ["b.sh: 'eval' runs a computed text"]))
            let explained = try await ProjectPipeline(project.platform()).explained(RunRequest())
            #expect(explained.code == checked)
            #expect(explained.verdicts.map(\.id.step).sorted() == ["a", "b"])
        }
    }
}
