import Foundation
import MartletCore
import MartletPipeline
import MartletStore
import MartletTesting
import Testing

@testable import MartletPlatform

/// The project file and the Swift API say the same.
@Suite struct StepsInSwiftTests {
    private static let text = """
        project: both
        owner: forecasting
        seed: 7
        keep_inputs: 64 MiB
        capacity: {tokens: 2}
        steps:
          list:
            run: [sh, list.sh]
            outputs: {parts: parts.json}
          clean:
            run: sh clean.sh
            code: [queries/*.sql]
            inputs: {settings: settings.toml, raw: raw/, own: "raw/${part}/$month.csv"}
            needs: {list: list.parts}
            outputs: {table: clean.csv, rest: rest/, good: good.json}
            parameters: {seed: 7, share: 0.5, word: a b, flag: true}
            environment: {OMP_NUM_THREADS: "1"}
            inherits: [LANG]
            secrets: [API_TOKEN]
            resources: {cores: 2, memory: 2 GiB, accelerators: 1, time: 10 min, tokens: 1}
            retry: {times: 3, wait: 2 s, factor: 3, wait_max: 1 min, on: [exit, time]}
            heartbeat: 30 s
            once: true
            each: {part: list.parts, month: [1, 2], day: {days: {from: 2013-01-01, to: 2013-01-03, late: 2}}}
            tolerate: 10%
            expires: 1 day
            model: demand
            owner: data
          report:
            run: cat "$tables"/*
            needs: {tables: clean.table}
            when: list.parts
            always: true

        """

    private func inSwift(_ folder: String) throws -> Project {
        var list = StepSpecification(.words(["sh", "list.sh"]))
        list.outputs = ["parts": "parts.json"]
        var clean = StepSpecification(.shell("sh clean.sh"))
        clean.code = ["queries/*.sql"]
        clean.inputs = ["settings": "settings.toml", "raw": "raw/", "own": "raw/${part}/$month.csv"]
        clean.needs = ["list": OutputReference(step: "list", output: "parts")]
        clean.outputs = ["table": "clean.csv", "rest": "rest/", "good": "good.json"]
        clean.parameters = ["seed": 7, "share": 0.5, "word": "a b", "flag": true]
        clean.environment = ["OMP_NUM_THREADS": "1"]
        clean.inherits = ["LANG"]
        clean.secrets = ["API_TOKEN"]
        clean.resources.cores = 2
        clean.resources.memoryBytes = 2 << 30
        clean.resources.accelerators = 1
        clean.resources.timeLimit = .seconds(600)
        clean.resources.named = ["tokens": 1]
        clean.retry = RetryPolicy(times: 3, waitSeconds: 2, factor: 3, waitMaxSeconds: 60, kinds: [.exit, .time])
        clean.heartbeat = .seconds(30)
        clean.isOnceOnly = true
        clean.each = [
            FanOutSpecification(key: "part", values: .output(OutputReference(step: "list", output: "parts"))),
            FanOutSpecification(key: "month", values: .list(["1", "2"])),
            FanOutSpecification(key: "day", values: .range(try PartitionRange(.days, from: "2013-01-01", to: "2013-01-03", late: 2))),
        ]
        clean.tolerance = 0.1
        clean.lifetime = .seconds(86_400)
        clean.model = "demand"
        clean.owner = "data"
        var report = StepSpecification(.shell("cat \"$tables\"/*"))
        report.needs = ["tables": OutputReference(step: "clean", output: "table")]
        report.condition = OutputReference(step: "list", output: "parts")
        report.lifetime = .zero
        var project = Project(name: "both", folder: folder, seed: 7, steps: ["list": list, "clean": clean, "report": report])
        project.owner = "forecasting"
        project.keepInputsBytesMax = 64 << 20
        project.capacity = ["tokens": CapacitySpecification(count: 2)]
        return project
    }

    private func withFiles(_ body: (CommandProject) throws -> Void) throws {
        try withTemporaryFolder { folder in
            let files = try CommandProject(folder, Self.text)
            try files.write("echo '[]' > \"$parts\"\n", to: "list.sh")
            try files.write("cat queries/a.sql\n", to: "clean.sh")
            try files.write("SELECT 1", to: "queries/a.sql")
            try files.write("a = 1\n", to: "settings.toml")
            try files.write("x", to: "raw/x")
            try body(files)
        }
    }

    @Test func `a project in Swift equals the one that its file declares`() throws {
        try withFiles { files in
            let (read, written) = (try Project.read(file: files.file), try inSwift(files.folder))
            #expect(read == written)
        }
    }

    @Test func `both have the same graph and the same keys`() throws {
        try withFiles { files in
            let read = try ProjectPipeline(files.platform()).graph()
            let written = try ProjectPipeline(Platform(project: inSwift(files.folder), home: files.home.path)).graph()
            #expect(read.steps.map(\.name) == written.steps.map(\.name))
            #expect(read.steps.count == 3)
            for (one, other) in zip(read.steps, written.steps) {
                #expect(StepKey(step: one, inputs: [:]) == StepKey(step: other, inputs: [:]))
                #expect(one.inputs == other.inputs)
                #expect(one.fanOuts == other.fanOuts)
                #expect(one.condition == other.condition)
                #expect(one.demand == other.demand)
                #expect(one.policy == other.policy)
                #expect(one.account == other.account)
                #expect(one.paths == other.paths)
            }
        }
    }

    @Test func `what differs in one of them is seen`() throws {
        try withFiles { files in
            var other = try inSwift(files.folder)
            other.steps["clean"]?.parameters["seed"] = 8
            #expect(try Project.read(file: files.file) != other)
            let keys = try [ProjectPipeline(files.platform()), ProjectPipeline(Platform(project: other, home: files.home.path))].map {
                try $0.graph().steps.map { StepKey(step: $0, inputs: [:]).digest }
            }
            #expect(zip(keys[0], keys[1]).count { $0 != $1 } == 1)
        }
    }
}
