import MartletCore
import MartletPipeline
import MartletTesting
import Testing

@testable import MartletPlatform

@Suite struct ProjectExportTests {
    private static let project = """
        project: flights
        owner: forecasting
        steps:
          fetch:
            run: "true"
            outputs: {days: days.json, open: open.json}
            retry: {times: 3, wait: 2 s, wait_max: 60 s}
            resources: {cores: 2, memory: 1 GiB, time: 10 min}
          clean:
            run: "true"
            each: {day: fetch.days}
            outputs: {late: late.json, table: t}
            owner: data
          shut:
            run: "true"
            each: {day: fetch.days}
            when: clean.late
          report:
            run: "true"
            needs: {tables: clean.table}
            when: fetch.open
            once: true
            retry: {times: 2}
        schedules:
          nightly: {cron: "0 3 * * *", zone: Europe/Berlin, missed: all, run: [report]}
        """

    private func withPipeline(_ body: (ProjectPipeline) async throws -> Void) async throws {
        try await withTemporaryFolder { folder in
            let project = try Project.parse(Self.project, file: "martlet.yaml", folder: folder)
            try await body(ProjectPipeline(try Platform(project: project)))
        }
    }

    @Test func `each step is a command that makes it, after what it reads from`() async throws {
        try await withPipeline { pipeline in
            let now = Timestamp.now
            let graph = try pipeline.exported(program: "/bin/martlet", options: ["--home", "/h"], now: now)
            let steps = Dictionary(uniqueKeysWithValues: graph.steps.map { ($0.name, $0) })
            let words = { (step: String, more: String...) in ["/bin/martlet", "step", step, "--home", "/h"] + more }
            #expect(graph.owner == "forecasting")
            #expect(
                graph.schedules == [
                    ExportSchedule(name: "nightly", cron: "0 3 * * *", zone: "Europe/Berlin", missed: .all(since: now), steps: ["report"])
                ])
            #expect(
                steps["fetch"]
                    == ExportStep(
                        name: "fetch", command: words("fetch"), resources: .init(cores: 2, memoryBytes: 1 << 30, time: .seconds(600)),
                        retry: .init(count: 3, wait: .seconds(2), factor: 2, waitMax: .seconds(60))))
            #expect(
                steps["clean"]
                    == ExportStep(
                        name: "clean", command: words("clean", "--instance"), upstream: ["fetch"], owner: "data",
                        resources: .init(cores: 1), elements: words("clean", "--list-instances")))
            #expect(
                steps["report"]
                    == ExportStep(
                        name: "report", command: words("report"), upstream: ["clean", "fetch"], resources: .init(cores: 1),
                        condition: words("report", "--condition")))
            #expect(steps["shut"]?.condition == nil, "each instance has a condition of its own")
        }
    }

    @Test func `a step alone is made with its record, and what it needs is asked for first`() async throws {
        try await withPipeline { pipeline in
            let early = await #expect(throws: MartletError.self) { try await pipeline.runOne("clean", instance: "day=1") { _ in } }
            #expect(early?.code == .conflict)
            guard case .failed(let failure, _) = try await pipeline.runOne("fetch", instance: nil, observe: { _ in }).outcome else {
                Issue.record("a step that made no output ended well")
                return
            }
            #expect(failure.message.contains("made no file for its output 'days'"))
            let runs = try await pipeline.platform.tracking().pipelines.runs()
            #expect(runs.map(\.state) == [.failed])
            #expect(runs.first?.steps == ["fetch"])
        }
    }

    @Test func `a cluster that others reach needs records that they reach`() async throws {
        try await withPipeline { pipeline in
            let jobs = RayJobs { _ in RayAnswer(status: 200, body: Array(#"{"ray_version": "2.60.0"}"#.utf8)) }
            let far = RayPlace(jobs, isThisMachine: false, program: "martlet", projectFile: "martlet.yaml")
            let refusal = await #expect(throws: MartletError.self) { try await far.check(for: pipeline.platform) }
            #expect(refusal?.message.contains("MARTLET_DATABASE_URL") == true)
            try await RayPlace(jobs, isThisMachine: true, program: "martlet", projectFile: "martlet.yaml").check(for: pipeline.platform)
            // Nodes that share no folder with this machine have no file of its home.
            let apart = RayPlace(
                jobs, isThisMachine: true, program: "martlet", projectFile: "martlet.yaml",
                bucket: RayPlace.Bucket(address: "s3://bucket", objects: MemoryObjects()))
            await #expect(throws: MartletError.self) { try await apart.check(for: pipeline.platform) }
        }
    }
}
