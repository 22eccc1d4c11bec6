import Foundation
import Glibc
import MartletCore
import MartletPipeline
import MartletStore
import MartletTesting
import Testing

@testable import MartletPlatform

@Suite struct ReproductionTests {
    private static let text = """
        project: again
        steps:
          split:
            run: sh split.sh
            inputs: {table: data/table.csv}
            outputs: {parts: parts.json, folder: parts/}
          sum:
            run: ./sum.sh
            code: [settings.txt]
            each: {part: split.parts}
            needs: {folder: split.folder}
            outputs: {total: total.txt}
          join:
            run: cat "$totals"/* > "$all"
            needs: {totals: sum.total}
            outputs: {all: all.txt}

        """

    private func withProject(_ text: String = Self.text, _ body: (CommandProject) async throws -> Void) async throws {
        try await withTemporaryFolder { folder in
            let project = try CommandProject("\(folder)/project", text)
            try project.write(
                "printf '[\"a\",\"b\"]' > \"$parts\"; mkdir -p \"$folder\"; cp \"$table\" \"$folder/a\"; echo 7 > \"$folder/b\"\n",
                to: "split.sh")
            try project.write("#!/bin/sh\ncat settings.txt \"$folder/$part\" > \"$total\"\n", to: "sum.sh", isExecutable: true)
            try project.write("exact\n", to: "settings.txt")
            try project.write("x\n1\n", to: "data/table.csv")
            try await body(project)
        }
    }

    private func reproduce(_ project: CommandProject, _ run: String? = nil, keeps: Bool = false) async throws -> Reproduction.Report {
        let run = if let run { run } else { try await project.lastRun() }
        return try await Reproduction(project.platform()).run(run, keeps: keeps)
    }

    private func verdicts(_ report: Reproduction.Report) -> [String: ReproducedStep.Verdict] {
        Dictionary(uniqueKeysWithValues: report.steps.map { ($0.id.description, $0.verdict) })
    }

    @Test func `a run comes out again though every file has changed since`() async throws {
        try await withProject { project in
            try await project.run()
            let run = try await project.lastRun()
            try project.write("x\n2\n", to: "data/table.csv")
            try project.write("other\n", to: "settings.txt")
            try project.remove("sum.sh")
            try project.write("project: again\nsteps:\n  else: {run: 'true'}\n", to: "martlet.yaml")
            let report = try await reproduce(project, String(run.prefix(8)))
            #expect(verdicts(report) == ["split": .equal, "sum[part=a]": .equal, "sum[part=b]": .equal, "join": .equal])
            #expect(report.steps.allSatisfy { $0.isKeyEqual == true && $0.equalCount == $0.outputCount })
            #expect(report.isEqual)
            #expect(report.environment.isEmpty)
            #expect(report.folder == nil)
            // Nothing of it is left, and the home has seen no other run.
            #expect(try Directory.names(in: project.home.temporaryPath).isEmpty)
            #expect(try await project.lastRun() == run)
        }
    }

    @Test func `what a key does not know shows as another output, to the line`() async throws {
        try await withProject { project in
            let outside = "\(project.folder)/../outside.txt"
            try Data("then\n".utf8).write(to: URL(filePath: outside))
            try project.write(Self.text.replacing("cat \"$totals\"/*", with: "cat \"$totals\"/* '\(outside)'"), to: "martlet.yaml")
            try await project.run()
            try Data("now\n".utf8).write(to: URL(filePath: outside))
            let report = try await reproduce(project)
            #expect(!report.isEqual)
            let join = try #require(report.steps.first { $0.id.step == "join" })
            #expect(join.verdict == .outputsDiffer)
            #expect(join.isKeyEqual == true)
            #expect(join.words == ["all line 6: 'then' → 'now'"])
            #expect(report.steps.filter { $0.id.step != "join" }.allSatisfy { $0.verdict == .equal })
        }
    }

    @Test func `a step that fails now is told as not made, and what needs it with it`() async throws {
        try await withProject { project in
            let outside = "\(project.folder)/../outside.txt"
            try Data("then\n".utf8).write(to: URL(filePath: outside))
            try project.write("#!/bin/sh\ncat settings.txt '\(outside)' > \"$total\"\n", to: "sum.sh", isExecutable: true)
            try await project.run()
            try FileManager.default.removeItem(atPath: outside)
            let report = try await reproduce(project)
            #expect(verdicts(report) == ["split": .equal, "sum[part=a]": .notMade, "sum[part=b]": .notMade, "join": .notMade])
            #expect(report.steps.first { $0.id.step == "join" }?.words == ["blocked by 'sum[part=a]'"])
        }
    }

    @Test func `a file that is kept nowhere is named before anything runs`() async throws {
        try await withProject("keep_inputs: 0 B\n" + Self.text) { project in
            try await project.run()
            // As long as it is there as it was, it need not be kept.
            #expect(try await reproduce(project).isEqual)
            try project.write("x\n2\n", to: "data/table.csv")
            let (old, new) = (Digest(of: "x\n1\n").short, Digest(of: "x\n2\n").short)
            let error = await #expect(throws: MartletError.self) { try await reproduce(project) }
            #expect(error?.code == .notFound)
            #expect(error?.message.contains("'data/table.csv' was \(old) (input); its content is not kept, and it is \(new) now") == true)
            try project.remove("data/table.csv")
            let gone = await #expect(throws: MartletError.self) { try await reproduce(project) }
            #expect(gone?.message.contains("its content is not kept, and it is not there") == true)
            #expect(try Directory.names(in: project.home.temporaryPath).isEmpty)
        }
    }

    @Test func `steps that must not run again hand over what they made`() async throws {
        let text = """
            project: careful
            steps:
              order: {run: 'echo 1 >> "$PWD"/../orders; echo ordered > "$receipt"', once: true, outputs: {receipt: receipt.txt}}
              look: {run: 'date +%N > "$time"', always: true, outputs: {time: time.txt}}
              book: {run: 'cat "$receipt" "$time" > "$entry"', needs: {receipt: order.receipt, time: look.time}, outputs: {entry: entry.txt}}

            """
        try await withProject(text) { project in
            try await project.run()
            let report = try await reproduce(project)
            #expect(verdicts(report) == ["order": .taken, "look": .taken, "book": .equal])
            #expect(report.steps.first { $0.id.step == "order" }?.words == ["it runs once only"])
            #expect(report.isEqual)
            #expect(try String(contentsOfFile: "\(project.folder)/../orders", encoding: .utf8) == "1\n")
        }
    }

    @Test func `a run of some steps and values is made again as that, whatever became of the others`() async throws {
        let text = """
            project: some
            steps:
              day: {run: 'echo "$n" > "$out"', each: {n: [1, 2, 3]}, outputs: {out: out.txt}}
              other: {run: 'cat "$file" > "$out"', inputs: {file: other.txt}, outputs: {out: out.txt}}

            """
        try await withProject(text) { project in
            try project.write("other\n", to: "other.txt")
            var request = RunRequest()
            request.steps = ["day"]
            request.selection = ["n": ["2", "3"]]
            try await project.run(request)
            try project.remove("other.txt")
            let platform = try project.platform()
            let report = try await Reproduction(platform).run(try await platform.tracking().pipelines.runs(limit: 1)[0].id)
            #expect(verdicts(report) == ["day[n=2]": .equal, "day[n=3]": .equal])
        }
    }

    @Test func `a range that goes on with time ends where it ended`() async throws {
        let text = """
            project: days
            steps:
              day: {run: 'echo "$d" > "$out"', each: {d: {days: {from: 2026-01-01}}}, outputs: {out: out.txt}}

            """
        try await withProject(text) { project in
            var then = ProjectPipeline(try project.platform())
            then.nominalTime = Timestamp("2026-01-04T05:00:00Z")
            try await then.run { _ in }
            let report = try await reproduce(project)
            #expect(verdicts(report) == ["day[d=2026-01-01]": .equal, "day[d=2026-01-02]": .equal, "day[d=2026-01-03]": .equal])
        }
    }

    @Test func `variables that were inherited are those of the run, and no secret is put down`() async throws {
        let text = """
            project: outside
            steps:
              say: {run: 'echo "$MOOD" > "$out"', inherits: [MOOD], secrets: [THEIR_TOKEN], outputs: {out: out.txt}}

            """
        try await withProject(text) { project in
            var pipeline = ProjectPipeline(try project.platform())
            pipeline.variables["MOOD"] = "calm"
            pipeline.variables["THEIR_TOKEN"] = "hush-hush"
            try await pipeline.run { _ in }
            let report = try await reproduce(project)
            #expect(verdicts(report) == ["say": .equal])
            let sources = try #require(report.run.sources)
            let kept = String(decoding: try project.platform().blobs.read(sources), as: UTF8.self)
            #expect(!kept.contains("hush-hush"))
            #expect(!kept.contains(Digest(of: "hush-hush").hex))
            #expect(!kept.contains("calm"))
            #expect(kept.contains(Digest(of: "calm").hex))
        }
    }

    @Test func `a file beside the project's folder, and a program of a virtual environment in it, are found again`() async throws {
        let text = """
            project: beside
            steps:
              clean: {run: .venv/bin/sh clean.sh, inputs: {table: ../shared/table.csv}, outputs: {out: out.txt}}

            """
        try await withProject(text) { project in
            try project.write("cat \"$table\" > \"$out\"\n", to: "clean.sh")
            try project.write("x\n1\n", to: "../shared/table.csv")
            try project.write("home = /usr/bin\n", to: ".venv/pyvenv.cfg")
            try FileManager.default.createDirectory(atPath: "\(project.folder)/.venv/bin", withIntermediateDirectories: true)
            try FileManager.default.createSymbolicLink(atPath: "\(project.folder)/.venv/bin/sh", withDestinationPath: "/bin/sh")
            try await project.run()
            try project.write("x\n2\n", to: "../shared/table.csv")
            let report = try await reproduce(project)
            #expect(verdicts(report) == ["clean": .equal], "\(report.steps)")
            #expect(report.environment.isEmpty)
            try project.write("home = /usr/local/bin\n", to: ".venv/pyvenv.cfg")
            let other = try await reproduce(project)
            #expect(
                other.environment == [
                    "the program '.venv/bin/sh': the settings of its virtual environment (pyvenv.cfg) changed"
                ])
            #expect(verdicts(other) == ["clean": .keyDiffers])
            #expect(other.steps.first?.isKeyEqual == false)
            #expect(other.steps.first?.words.first?.hasPrefix("environment.interpreters.") == true)
        }
    }

    @Test func `what was made can be kept, to be looked at`() async throws {
        try await withProject { project in
            try await project.run()
            let report = try await reproduce(project, keeps: true)
            let folder = try #require(report.folder)
            let tables = try FileManager.default.subpathsOfDirectory(atPath: folder).filter { $0.hasSuffix("data/table.csv") }
            #expect(tables.count == 1)
        }
    }

    @Test func `a run that is not there, or never ended, is refused`() async throws {
        try await withProject { project in
            try await project.run()
            let unknown = await #expect(throws: MartletError.self) { try await reproduce(project, "nobody") }
            #expect(unknown?.code == .notFound)
            let record = RunRecord(id: "lost0", project: "again", startedAt: .now)
            try await project.platform().tracking().pipelines.begin(record)
            let open = await #expect(throws: MartletError.self) { try await reproduce(project, "lost0") }
            #expect(open?.message.contains("never ended") == true)
        }
    }

    @Test func `a release comes out again with its own digests`() async throws {
        try await ReleasedProject.with { platform in
            let run = try #require(try await platform.tracking().pipelines.runs(limit: 1).first)
            let report = try await Reproduction(platform).run(run.id)
            #expect(report.steps.map(\.verdict) == [.equal, .equal, .equal, .equal, .equal], "\(report.steps)")
            #expect(report.isEqual)
        }
    }
}
