import Foundation
import MartletCore
import MartletLearn
import MartletPipeline
import MartletRegistry
import MartletStore
import MartletTesting
import Testing

@testable import MartletPlatform

@Suite struct ProjectPipelineTests {
    private static let steps = ["dataset sales", "features shelf", "train demand", "gate demand", "release price"]

    private func verdicts(_ platform: Platform) async throws -> [String: PipelineRunner.Verdict] {
        let explained = try await ProjectPipeline(platform).explain()
        return Dictionary(uniqueKeysWithValues: explained.map { ($0.id.step, $0.verdict) })
    }

    private func stale(_ platform: Platform) async throws -> [String] {
        try await ProjectPipeline(platform).explain()
            .filter { if case .fresh = $0.verdict { false } else { true } }
            .map(\.id.step)
    }

    /// The project of a folder with one text replaced by another.
    private func changed(_ platform: Platform, _ old: String, _ new: String) throws -> Platform {
        let path = platform.file("martlet.yaml")
        let text = try String(contentsOfFile: path, encoding: .utf8)
        try #require(text.contains(old))
        try Data(text.replacing(old, with: new).utf8).write(to: URL(filePath: path))
        return try Platform(project: try Project.read(file: path), home: platform.home.path)
    }

    @Test func `the graph has a step for each thing that the project declares, in running order`() async throws {
        try await ReleasedProject.with { platform in
            let graph = try ProjectPipeline(platform).graph()
            #expect(graph.steps.map(\.name) == Self.steps)
        }
    }

    @Test func `a run makes one release that passed its gate`() async throws {
        try await ReleasedProject.with { platform in
            let releases = try platform.records.releases(name: "price")
            let gate = try #require(try await platform.tracking().pipelines.lastExecution("gate demand"))
            #expect(releases.map(\.version) == [1])
            let report = try gate.summary.decoded(as: GateReport.self)
            #expect(report.result.passes)
            #expect(report.elasticities.map(\.name) == ["1", "2", "3"])
            let runs = try await platform.tracking().runs()
            #expect(runs.map(\.info.id) == [try #require(releases.first?.run)])
            #expect(runs[0].info.status == .finished)
            #expect(runs[0].tags.contains(KeyedText("martlet.gate", "passed")))
        }
    }

    @Test func `after a run everything is fresh, and a second run runs nothing`() async throws {
        try await ReleasedProject.with { platform in
            let stale = try await stale(platform)
            let reused = Gathering<String>()
            try await ProjectPipeline(platform).run { event in
                if case .reused(let id, _) = event { reused.add(id.step) }
            }
            #expect(stale.isEmpty)
            #expect(reused.all == Self.steps)
        }
    }

    @Test func `the same seed gives the same release in another folder and another home`() async throws {
        try await ReleasedProject.with { platform in
            try await withTemporaryFolder { folder in
                let other = try Platform.synthetic(in: folder, home: "\(folder)/deep/er")
                try await other.runPipeline()
                let there = try other.records.releases(name: "price").map(\.digest)
                #expect(try platform.records.releases(name: "price").map(\.digest) == there)
            }
        }
    }

    @Test func `another seed of the project gives another release`() async throws {
        try await ReleasedProject.with { platform in
            let other = try changed(platform, "seed: 7", "seed: 8")
            try await other.runPipeline()
            let releases = try platform.records.releases(name: "price")
            #expect(releases.map(\.version) == [1, 2])
        }
    }

    // MARK: What a change makes stale

    @Test func `another gate margin leaves the training fresh`() async throws {
        try await ReleasedProject.with { platform in
            let other = try changed(platform, "by: 2%", "by: 3%")
            #expect(try await stale(other) == ["gate demand", "release price"])
            let verdict = try await verdicts(other)["gate demand"]
            #expect(verdict == .stale(reasons: ["parameters.margin: 0.02 → 0.03"]))
        }
    }

    @Test func `another policy of the endpoint makes its release stale alone`() async throws {
        try await ReleasedProject.with { platform in
            let other = try changed(platform, "margin_min: 5%", "margin_min: 6%")
            let verdict = try await verdicts(other)["release price"]
            #expect(try await stale(other) == ["release price"])
            #expect(verdict == .stale(reasons: ["parameters.endpoint.margin_min: 0.05 → 0.06"]))
        }
    }

    @Test func `a row more makes the data set stale and lets the rest wait`() async throws {
        try await ReleasedProject.with { platform in
            let file = try #require(FileHandle(forWritingAtPath: platform.file("sales.csv")))
            try file.seekToEnd()
            try file.write(contentsOf: Data("1,1,41,0,1.2,50,1.99,2.49,2.99\n".utf8))
            try file.close()
            #expect(try await stale(platform) == Self.steps)
            let verdicts = try await verdicts(platform)
            guard case .stale(let reasons) = verdicts["dataset sales"] else {
                Issue.record("the data set is \(String(describing: verdicts["dataset sales"]))")
                return
            }
            #expect(reasons.count == 1 && reasons[0].hasPrefix("inputs.source: "))
            #expect(verdicts["features shelf"] == .waits(on: ["dataset sales"]))
        }
    }

    @Test func `a comment in the contract runs nothing again`() async throws {
        try await ReleasedProject.with { platform in
            let path = platform.file("sales.odcs.yaml")
            let text = try String(contentsOfFile: path, encoding: .utf8)
            try Data(("# who reads this?\n" + text).utf8).write(to: URL(filePath: path))
            #expect(try await stale(platform).isEmpty)
        }
    }

    @Test func `a lost model is trained again to the same bytes`() async throws {
        try await ReleasedProject.with { platform in
            let execution = try #require(try await platform.tracking().pipelines.lastExecution("train demand"))
            let model = try #require(execution.outputs["model"])
            try FileManager.default.removeItem(atPath: platform.blobs.path(of: model))
            #expect(try await verdicts(platform)["train demand"] == .stale(reasons: ["its outputs are gone: model"]))
            let executions = try await platform.runPipeline()
            #expect(executions["train demand"]?.outputs["model"] == model)
            #expect(try platform.records.releases(name: "price").count == 1)
        }
    }

    // MARK: Refusals

    @Test func `a model that does not pass its gate gets no release, and the error says why`() async throws {
        try await withTemporaryFolder { folder in
            let platform = try Platform.synthetic(in: folder) { $0.gateMargin = "95%" }
            let error = await #expect(throws: MartletError.self) { try await platform.runPipeline() }
            #expect(error?.code == .gateRefused)
            #expect(error?.message.hasPrefix("model 'demand' does not pass its gate, so no release is made: ") == true)
            #expect(error?.message.contains("95") == true)
            #expect(try platform.records.releases(name: "price").isEmpty)
            let gate = try #require(try await platform.tracking().pipelines.lastExecution("gate demand"))
            let report = try gate.summary.decoded(as: GateReport.self)
            #expect(!report.result.passes)
            #expect(try await platform.tracking().pipelines.lastExecution("release price") == nil)
        }
    }

    @Test func `rows that break the contract beyond its limit stop the run before any model`() async throws {
        try await withTemporaryFolder { folder in
            let platform = try Platform.synthetic(in: folder) { options in
                options.extraRows = (0..<50).map { "1,1,\(100 + $0),0,1.2,-5,1.99,2.49,2.99" }
            }
            let error = await #expect(throws: MartletError.self) { try await platform.runPipeline() }
            #expect(error?.code == .contractBroken)
            #expect(try await platform.tracking().pipelines.lastExecution("dataset sales") == nil)
        }
    }

    @Test func `a few rows that break the contract are set aside and counted`() async throws {
        try await withTemporaryFolder { folder in
            let platform = try Platform.synthetic(in: folder) { $0.extraRows = ["1,1,100,0,1.2,-5,1.99,2.49,2.99"] }
            let executions = try await platform.runPipeline()
            #expect(executions["dataset sales"]?.summary["quarantined"] == 1)
            #expect(executions["dataset sales"]?.summary["rows"] == 720)
        }
    }

    @Test func `a source that is not there is named before anything runs`() async throws {
        try await ReleasedProject.with { platform in
            try FileManager.default.removeItem(atPath: platform.file("sales.csv"))
            let error = #expect(throws: MartletError.self) { try ProjectPipeline(platform).graph() }
            #expect(error?.code == .notFound)
            #expect(error?.message.hasPrefix("dataset 'sales': there is no file") == true)
        }
    }

    @Test func `a feature that the view does not have is refused with the nearest`() async throws {
        try await ReleasedProject.with { platform in
            let other = try changed(platform, "feature, last_log_units", "featur, last_log_units")
            let error = await #expect(throws: MartletError.self) { try await other.runPipeline() }
            #expect(error?.message.contains("have no 'featur'; did you mean 'feature'?") == true)
            let runs = try await other.tracking().runs()
            #expect(runs.map(\.info.status).sorted { $0.rawValue < $1.rawValue } == [.finished, .failed])
        }
    }

    @Test func `two runs of one home do not run at once`() async throws {
        try await ReleasedProject.with { platform in
            let lock = try FileLock.acquire(
                path: "\(platform.home.locksPath)/run", purpose: "a test", waitAtMost: .zero)
            defer { lock.release() }
            let error = await #expect(throws: MartletError.self) {
                try await ProjectPipeline(platform).run(waitAtMost: .zero) { _ in }
            }
            #expect(error?.code == .locked)
        }
    }
}
