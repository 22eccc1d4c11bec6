import MartletCore
import MartletPipeline
import MartletStore
import Testing

@testable import MartletPlatform

@Suite struct ProjectCacheTests {
    /// Contents of a step `extra`, beside those of the project: two outputs, one of which is JSON that mentions a third content.
    private struct Extra {
        let table: Digest
        let report: Digest
        let mentioned: Digest
        let ofNobody: Digest

        init(_ platform: Platform) async throws {
            table = try platform.blobs.put(Array("a table".utf8))
            mentioned = try platform.blobs.put(Array("a picture".utf8))
            report = try platform.blobs.put(Array("{\"picture\":\"\(mentioned)\"}".utf8))
            ofNobody = try platform.blobs.put(Array("of nobody".utf8))
            let attempt = AttemptRecord(run: "r", id: StepID("extra"), number: 1, key: Digest(of: "k"), startedAt: .now)
            let execution = StepExecution(
                id: attempt.id, key: attempt.key, keyParts: [:], outputs: ["table": table, "report": report], startedAt: .now,
                finishedAt: .now)
            try await platform.tracking().pipelines.end(attempt, execution)
        }
    }

    private func plan(_ cache: ProjectCache, last: Int = 0) async throws -> CacheRemoval {
        let policy = CachePolicy(storedBytesMax: 0, kept: try await cache.kept(last: last), youth: .zero)
        return policy.plan(try await cache.inventory(), now: .now + .seconds(1))
    }

    @Test func `each content says who refers to it`() async throws {
        try await ReleasedProject.with { platform in
            let extra = try await Extra(platform)
            let contents = try await ProjectCache(platform).inventory().contents
            let referrers = Dictionary(uniqueKeysWithValues: contents.map { ($0.digest, $0.referrers) })
            for digest in [extra.table, extra.report, extra.mentioned] { #expect(referrers[digest] == ["step extra"]) }
            #expect(referrers[extra.ofNobody] == [])
            let all = Set(referrers.values.flatMap(\.self))
            #expect(all.isSuperset(of: ["releases", "step dataset sales", "step train demand", "runs"]), "\(all)")
        }
    }

    @Test func `what a release needs stays whatever the policy says, and the rest is made again`() async throws {
        try await ReleasedProject.with { platform in
            let extra = try await Extra(platform)
            let release = try await platform.tracking().pipelines.lastExecution("release price")?.outputs
            let removal = try await plan(ProjectCache(platform))
            let leaving = Set(removal.items.map(\.content.digest))
            #expect(leaving.isSuperset(of: [extra.table, extra.report, extra.ofNobody]))
            try removal.carryOut(in: platform.home)
            #expect(try platform.deployed().decide(Platform.request, random: (1, 0)).answer["price"] != nil)
            let again = try await platform.runPipeline()
            #expect(again["release price"]?.outputs == release)
        }
    }

    @Test func `what JSON mentions that is still there stays with it`() async throws {
        try await ReleasedProject.with { platform in
            let extra = try await Extra(platform)
            let cache = ProjectCache(platform)
            let first = try await plan(cache)
            #expect(!first.items.contains { $0.content.digest == extra.mentioned })
            try first.carryOut(in: platform.home)
            #expect(platform.blobs.contains(extra.mentioned))
            let second = try await plan(cache)
            #expect(second.items.contains { $0.content.digest == extra.mentioned }, "the report is gone by now")
        }
    }

    @Test func `the files that the newest run was made from stay, and those of older ones go`() async throws {
        try await ReleasedProject.with { platform in
            let pipelines = try await platform.tracking().pipelines
            func run(_ id: String) async throws -> (file: Digest, sources: Digest) {
                let file = try platform.blobs.put(Array("a script of \(id)".utf8))
                let sources = try platform.blobs.put(Array("{\"files\":[\"\(file)\"]}".utf8))
                var record = RunRecord(id: id, project: platform.project.name, startedAt: .now)
                record.sources = sources
                try await pipelines.begin(record)
                return (file, sources)
            }
            let (old, new) = (try await run("old"), try await run("new"))
            let leaving = Set(try await plan(ProjectCache(platform)).items.map(\.content.digest))
            #expect(leaving.isSuperset(of: [old.file, old.sources]))
            #expect(leaving.isDisjoint(with: [new.file, new.sources]))
            #expect(try await plan(ProjectCache(platform), last: 2).items.allSatisfy { $0.content.digest != old.file })
        }
    }

    @Test func `the last executions stay where that is asked for`() async throws {
        try await ReleasedProject.with { platform in
            let extra = try await Extra(platform)
            let leaving = Set(try await plan(ProjectCache(platform), last: 1).items.map(\.content.digest))
            #expect(leaving.isDisjoint(with: [extra.table, extra.report, extra.mentioned]))
            #expect(leaving.contains(extra.ofNobody))
        }
    }
}
