import Foundation
import MartletCore
import MartletPipeline
import MartletStore
import MartletTesting
import Testing

@testable import MartletPlatform

/// Steps whose instances read files of their own.
@Suite struct InstanceInputsTests {
    private static let text = """
        project: days
        steps:
          clean:
            run: "sed s/a/b/ $raw > $table"
            inputs: {raw: data/raw/$day.txt, settings: settings.txt}
            outputs: {table: table.csv}
            each: {day: {days: {from: 2013-01-01, to: 2013-01-03}}}
          join:
            run: cat "$tables"/* > "$all"
            needs: {tables: clean.table}
            outputs: {all: all.txt}

        """

    private func withProject(_ text: String = Self.text, _ body: (CommandProject) async throws -> Void) async throws {
        try await withTemporaryFolder { folder in
            let project = try CommandProject("\(folder)/my$project", text)
            for day in 1...3 { try project.write("a \(day)\n", to: "data/raw/2013-01-0\(day).txt") }
            try project.write("s\n", to: "settings.txt")
            try await body(project)
        }
    }

    private func made(_ project: CommandProject, _ request: RunRequest = RunRequest()) async throws -> [String] {
        try await project.run(request).steps.filter { $0.value == .done }.map(\.key.description).sorted()
    }

    private func content(_ outcome: PipelineRunner.Outcome, _ project: CommandProject, _ id: StepID, _ output: String) throws -> String {
        let digest = try #require(outcome.executions[id]?.outputs[output])
        return String(decoding: try TreeStore(home: project.home).bytes(of: digest), as: UTF8.self)
    }

    @Test func `one day's file changes, and only that day runs`() async throws {
        try await withProject { project in
            let first = try await project.run()
            #expect(try content(first, project, StepID("join"), "all") == "b 1\nb 2\nb 3\n")
            #expect(try await made(project).isEmpty)
            try project.write("a two\n", to: "data/raw/2013-01-02.txt")
            #expect(
                try await project.reasons("clean[day=2013-01-02]") == ["inputs.raw (data/raw/2013-01-02.txt) line 1: 'a 2' → 'a two'"])
            #expect(try await made(project) == ["clean[day=2013-01-02]", "join"])
            // What is one for all makes all stale.
            try project.write("t\n", to: "settings.txt")
            #expect(try await made(project).count == 3)
        }
    }

    @Test func `a day whose file is missing is told with its path, and the others are made`() async throws {
        try await withProject { project in
            try project.remove("data/raw/2013-01-02.txt")
            let message =
                "step 'clean[day=2013-01-02]': its input 'raw' is not there: '\(project.folder)/data/raw/2013-01-02.txt'; "
                + "put it there or change 'inputs' or 'each'"
            let verdicts = try await ProjectPipeline(project.platform()).explain()
            #expect(verdicts.first { $0.id.description == "clean[day=2013-01-02]" }?.verdict == .refused(message))
            let error = await #expect(throws: MartletError.self) { try await project.run() }
            #expect(error?.message == message)
            try project.write("a 2\n", to: "data/raw/2013-01-02.txt")
            #expect(try await made(project) == ["clean[day=2013-01-02]", "join"])
        }
    }

    @Test func `values of an output name files too, and lead out of no folder`() async throws {
        let text = """
            project: found
            steps:
              list: {run: "cat list.json > $files", code: [list.json], outputs: {files: files.json}}
              clean:
                run: "cat $raw > $table"
                inputs: {raw: "data/${file}"}
                outputs: {table: table.csv}
                each: {file: list.files}

            """
        try await withProject(text) { project in
            try project.write("[\"raw/2013-01-01.txt\", \"raw/2013-01-03.txt\"]", to: "list.json")
            #expect(try await made(project) == ["clean[file=raw/2013-01-01.txt]", "clean[file=raw/2013-01-03.txt]", "list"])
            try project.write("[\"../settings.txt\"]", to: "list.json")
            let error = await #expect(throws: MartletError.self) { try await project.run() }
            let start = "step 'clean[file=../settings.txt]': its input 'raw': with file = '../settings.txt' the path "
            #expect(error?.message.hasPrefix(start) == true, "\(error?.message ?? "")")
        }
    }

    @Test func `a folder of a day's own is read whole`() async throws {
        let text = Self.text.replacing("data/raw/$day.txt", with: "data/$day/").replacing("$raw >", with: "$raw/* >")
        try await withProject(text) { project in
            for day in 1...3 { for part in 1...2 { try project.write("a \(day)\(part)\n", to: "data/2013-01-0\(day)/\(part)") } }
            #expect(try content(await project.run(), project, StepID("join"), "all") == "b 11\nb 12\nb 21\nb 22\nb 31\nb 32\n")
            try project.write("a\n", to: "data/2013-01-03/3")
            #expect(try await made(project) == ["clean[day=2013-01-03]", "join"])
        }
    }

    @Test func `a day is made alone of its own file, though another's is missing`() async throws {
        try await withProject { project in
            try project.remove("data/raw/2013-01-03.txt")
            let pipeline = ProjectPipeline(try project.platform())
            #expect(try await pipeline.instances(of: "clean").count == 3)
            let made = try await pipeline.runOne("clean", instance: "day=2013-01-01") { _ in }
            guard case .made(let execution) = made.outcome else {
                Issue.record("\(made.outcome)")
                return
            }
            let digest = try #require(execution.outputs["table"])
            #expect(try TreeStore(home: project.home).bytes(of: digest) == Array("b 1\n".utf8))
            let error = await #expect(throws: MartletError.self) { try await pipeline.runOne("clean", instance: "day=2013-01-03") { _ in } }
            #expect(error?.message.contains("/data/raw/2013-01-03.txt'") == true, "\(error?.message ?? "")")
        }
    }

    @Test func `a preview of a backfill says which day's file changed`() async throws {
        try await withProject { project in
            try await project.run()
            try project.write("a two\n", to: "data/raw/2013-01-02.txt")
            try project.remove("data/raw/2013-01-03.txt")
            let platform = try project.platform()
            let pipeline = ProjectPipeline(platform)
            let backfill = try Backfill("clean", of: platform.project, in: pipeline.graph(), now: .now)
            let preview = try await pipeline.preview(backfill)
            #expect(preview.rows.map { $0.fresh.count } == [1, 0, 0])
            #expect(preview.runs.map(\.reason) == ["inputs.raw (data/raw/2013-01-02.txt) line 1: 'a 2' → 'a two'"])
            #expect(preview.rows.last?.others.first?.reason.contains("/data/raw/2013-01-03.txt'") == true)
        }
    }

    @Test func `a run comes out again though the files of all days have changed since`() async throws {
        try await withProject { project in
            try await project.run()
            let run = try await project.lastRun()
            try project.write("a two\n", to: "data/raw/2013-01-02.txt")
            try project.remove("data/raw/2013-01-03.txt")
            let report = try await Reproduction(project.platform()).run(run)
            #expect(report.steps.map(\.verdict) == [.equal, .equal, .equal, .equal])
            #expect(report.isEqual)
        }
    }

    @Test func `what is not kept of a day's file keeps a run from being made again`() async throws {
        try await withProject(Self.text + "keep_inputs: 0 B\n") { project in
            try await project.run()
            try project.write("a two\n", to: "data/raw/2013-01-02.txt")
            let run = try await project.lastRun()
            let error = await #expect(throws: MartletError.self) { try await Reproduction(project.platform()).run(run) }
            #expect(error?.message.contains("'data/raw/2013-01-02.txt' was ") == true, "\(error?.message ?? "")")
        }
    }

    @Test func `a file that changes while its day is made fails that day`() async throws {
        try await withProject(Self.text.replacing("$raw > $table", with: "$raw > $table; echo x >> $raw")) { project in
            let error = await #expect(throws: MartletError.self) { try await project.run() }
            #expect(error?.message.contains("/data/raw/2013-01-0") == true, "\(error?.message ?? "")")
            #expect(error?.message.contains("changed while step 'clean[day=2013-01-0") == true, "\(error?.message ?? "")")
        }
    }

    @Test func `a step of Martlet's own reads the table of its instance`() async throws {
        let text = """
            project: near
            steps:
              similar:
                index: {id: place, vector: [x, y], metric: l2, m: 4, ef_construction: 20}
                inputs: {rows: "$file"}
                each: {file: [one.csv, two.csv]}

            """
        try await withProject(text) { project in
            try project.write("place,x,y\na,1,1\n", to: "one.csv")
            try project.write("place,x,y\na,1,1\nb,2,2\n", to: "two.csv")
            let outcome = try await project.run()
            let rows = ["one.csv", "two.csv"].map {
                outcome.executions[StepID("similar", StepPartition(["file": $0]))]?.summary["rows"]?.int
            }
            #expect(rows == [1, 2])
            try project.write("place,x,y\na,1,1\nb,3,3\n", to: "two.csv")
            #expect(try await made(project) == ["similar[file=two.csv]"])
        }
    }

    @Test func `days' files that were read may go from the cache, but those of the newest`() async throws {
        try await withProject { project in
            try await project.run()
            try project.write("a two\n", to: "data/raw/2013-01-02.txt")
            try await project.run()
            let cache = ProjectCache(try project.platform())
            let kept = try await cache.kept(last: 0)
            #expect(kept.contains(Digest(of: "a two\n")))
            #expect(kept.contains(Digest(of: "a 1\n")))
            #expect(!kept.contains(Digest(of: "a 2\n")))
            #expect(try await cache.kept(last: 2).contains(Digest(of: "a 2\n")))
        }
    }

    @Test func `lineage names the files of all days by one name`() async throws {
        try await withProject { project in
            let platform = try project.platform()
            let map = LineageMap(platform.project, try ProjectPipeline(platform).graph())
            let dependents = map.dependents(of: try map.subject("data/raw/$day.txt"))
            #expect(LineageTree.lines(of: dependents) == ["└─ clean  (as raw)", "   └─ join  (table)"])
            #expect(LineageTree.lines(of: map.sources(of: .step("clean"))) == ["├─ data/raw/$day.txt", "└─ settings.txt"])
        }
    }

    @Test func `other engines are told of such a step as of any`() async throws {
        try await withProject { project in
            let exported = try ProjectPipeline(project.platform()).exported(program: "/bin/martlet", options: [], now: .now)
            #expect(exported.steps.map(\.name) == ["clean", "join"])
            #expect(exported.steps.first?.elements == ["/bin/martlet", "step", "clean", "--list-instances"])
        }
    }
}
