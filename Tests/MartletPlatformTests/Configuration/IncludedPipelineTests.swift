import Foundation
import MartletCore
import MartletPipeline
import MartletTesting
import Testing

@testable import MartletPlatform

@Suite struct IncludedPipelineTests {
    private static let outer = """
        project: p
        steps:
          fetch: {run: cp a $raw, outputs: {raw: raw.csv}}
          ingest: {pipeline: ingest.yaml, needs: {raw: fetch.raw}, parameters: {seed: 9}}
          use: {run: wc $table > $out, needs: {table: ingest.table}, outputs: {out: out.txt}}
        """
    private static let inner = """
        pipeline: ingest
        takes: [raw]
        outputs: {table: clean.table}
        steps:
          split: {run: split $raw $parts, needs: {raw: takes.raw}, outputs: {parts: parts/}}
          clean: {run: clean $parts $table, needs: {parts: split.parts}, outputs: {table: t.parquet}, parameters: {seed: 1}}
        """

    private func read(_ outer: String = outer, _ files: [String: String] = ["ingest.yaml": inner]) throws -> Project {
        try withTemporaryFolder { folder in
            for (name, text) in files { try Data(text.utf8).write(to: URL(filePath: "\(folder)/\(name)")) }
            return try Project.parse(outer, file: "martlet.yaml", folder: folder)
        }
    }

    private func faults(_ outer: String, _ files: [String: String] = ["ingest.yaml": inner]) -> [String] {
        do {
            _ = try read(outer, files)
            return []
        } catch let error as SpecificationError {
            return error.diagnostics.map(\.description)
        } catch {
            return ["\(error)"]
        }
    }

    @Test func `its steps stand under its name, read what it is given, and make known what it says`() throws {
        let project = try read()
        #expect(project.steps.keys.sorted() == ["fetch", "ingest/clean", "ingest/split", "use"])
        #expect(project.steps["ingest/split"]?.needs == ["raw": OutputReference(step: "fetch", output: "raw")])
        #expect(project.steps["ingest/clean"]?.needs == ["parts": OutputReference(step: "ingest/split", output: "parts")])
        #expect(project.steps["use"]?.needs == ["table": OutputReference(step: "ingest/clean", output: "table")])
        #expect(project.steps["ingest/clean"]?.parameters == ["seed": 9])
        #expect(project.origin.texts["ingest.yaml"] == Self.inner)
    }

    @Test func `a schedule may run the whole of it, or one of its steps`() throws {
        let schedules = #"schedules: {all: {cron: "@daily", run: [ingest]}, one: {cron: "@daily", run: [ingest/clean]}}"#
        let project = try read("\(Self.outer)\n\(schedules)")
        #expect(project.schedules["all"]?.run == ["ingest"])
        #expect(project.schedules["one"]?.run == ["ingest/clean"])
        let wrong = schedules.replacing("ingest/clean", with: "ingest/claen")
        #expect(
            faults("\(Self.outer)\n\(wrong)").contains { $0.hasSuffix("there is no step 'ingest/claen'; did you mean 'ingest/clean'?") })
    }

    @Test func `the same file twice is two pipelines, and a pipeline may include another`() throws {
        let outer = """
            project: p
            steps:
              fetch: {run: cp a $raw, outputs: {raw: raw.csv}}
              a: {pipeline: middle.yaml, needs: {raw: fetch.raw}}
              b: {pipeline: ingest.yaml, needs: {raw: fetch.raw}}
              use: {run: wc $x $y > $out, needs: {x: a.result, y: b.table}, outputs: {out: out.txt}}
            """
        let middle = """
            pipeline: middle
            takes: [raw]
            outputs: {result: inner.table}
            steps:
              inner: {pipeline: ingest.yaml, needs: {raw: takes.raw}}
            """
        let project = try read(outer, ["ingest.yaml": Self.inner, "middle.yaml": middle])
        #expect(project.steps.keys.sorted() == ["a/inner/clean", "a/inner/split", "b/clean", "b/split", "fetch", "use"])
        #expect(project.steps["use"]?.needs["x"] == OutputReference(step: "a/inner/clean", output: "table"))
        #expect(project.steps["a/inner/split"]?.needs["raw"] == OutputReference(step: "fetch", output: "raw"))
    }

    @Test func `what it is given may be called as one of its own steps`() throws {
        let outer = Self.outer.replacing("fetch", with: "split")
        let project = try read(outer, ["ingest.yaml": Self.inner])
        #expect(project.steps["ingest/split"]?.needs == ["raw": OutputReference(step: "split", output: "raw")])
        #expect(project.steps["ingest/clean"]?.needs == ["parts": OutputReference(step: "ingest/split", output: "parts")])
    }

    @Test func `it makes known what steps of Martlet's own make`() throws {
        let outer = """
            project: p
            steps:
              fetch: {run: cp a $raw, outputs: {raw: raw.csv}}
              find: {pipeline: find.yaml, needs: {raw: fetch.raw}}
              use: {run: wc $near > $out, needs: {near: find.near}, outputs: {out: out.txt}}
            """
        let inner = """
            pipeline: find
            takes: [raw]
            outputs: {near: similar.index}
            steps:
              similar: {index: {id: id, vector: [x]}, needs: {rows: takes.raw}}
            """
        let project = try read(outer, ["find.yaml": inner])
        #expect(project.steps["use"]?.needs == ["near": OutputReference(step: "find/similar", output: "index")])
        let wrong = inner.replacing("similar.index", with: "similar.report")
        #expect(faults(outer, ["find.yaml": wrong]).contains { $0.contains("there is no step 'similar' that makes 'report'") })
    }

    @Test func `faults name the file that they are in`() {
        let broken = Self.inner.replacing("run: split", with: "rum: split")
        #expect(faults(Self.outer, ["ingest.yaml": broken]).contains { $0.hasPrefix("ingest.yaml:5:") })
        #expect(faults(Self.outer, [:]).first?.contains("there is no file 'ingest.yaml'") == true)
        let without = Self.outer.replacing("needs: {raw: fetch.raw}, ", with: "")
        #expect(faults(without).contains { $0.contains("this pipeline takes 'raw'") })
        let unknown = Self.outer.replacing("seed: 9", with: "sead: 9")
        #expect(faults(unknown).contains { $0.contains("no step of this pipeline has a parameter 'sead'") })
        let other = Self.outer.replacing("table: ingest.table", with: "table: ingest.parts")
        #expect(faults(other).contains { $0.contains("the pipeline 'ingest' makes no output 'parts' known") })
    }

    @Test func `a pipeline that includes itself is refused`() {
        let own = "pipeline: ingest\nsteps:\n  again: {pipeline: ingest.yaml}\n"
        let outer = "project: p\nsteps:\n  ingest: {pipeline: ingest.yaml}\n"
        #expect(faults(outer, ["ingest.yaml": own]).contains { $0.contains("more than 8 deep") })
    }

    @Test func `asking for it asks for all of its steps`() throws {
        let steps = try read().steps.keys.sorted().map { name in
            Step(
                name: name, code: "1", inputs: [:], parameters: [:], environment: [:],
                work: .command(CommandWork(words: .shell("true"), folder: ".", outputs: [:])))
        }
        #expect(try StepGraph(steps).restricted(to: ["ingest"]).steps.map(\.name) == ["ingest/clean", "ingest/split"])
    }
}
