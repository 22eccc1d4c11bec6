import Foundation
import MartletCore
import MartletPipeline
import MartletTesting
import Testing

@testable import MartletPlatform

@Suite struct ProjectSourcesTests {
    /// What reads from what, as the graph that runs has it.
    private func compare(_ project: Project) throws {
        let graph = try ProjectPipeline(try Platform(project: project)).graph()
        #expect(project.stepSources == StepSources(Dictionary(uniqueKeysWithValues: graph.steps.map { ($0.name, $0.sources) })))
    }

    @Test func `a project's own steps read from one another as in its graph`() throws {
        try withTemporaryFolder { folder in
            try PricingProject.write(to: folder)
            let project = try Project.read(file: "\(folder)/martlet.yaml")
            #expect(project.stepSources.steps.count > 4)
            try compare(project)
        }
    }

    @Test func `steps that read from one another are refused before anything is looked at`() throws {
        var table = StepSpecification(.shell("true"))
        table.needs = ["sales": OutputReference(step: "dataset sales", output: "snapshot")]
        table.outputs = ["rows": "rows.csv"]
        var reader = StepSpecification(.shell("true"))
        reader.needs = ["rows": OutputReference(step: "table", output: "rows")]
        var project = Project(
            name: "p", folder: "nowhere", steps: ["table": table, "reader": reader, "other": StepSpecification(.shell("true"))])
        project.datasets["sales"] = DatasetSpecification(
            source: "rows.csv", step: OutputReference(step: "table", output: "rows"), contract: "sales.yaml")
        let error = #expect(throws: MartletError.self) { try project.checkCircles() }
        #expect(error?.message == "these steps read from one another in a circle: dataset sales, reader, table")
        project.steps["table"]?.needs = [:]
        try project.checkCircles()
    }

    @Test func `studies, evaluations and indexes are among them`() throws {
        let study = "study: {sampler: grid, minimise: rmse, space: {max_depth: [3, 4]}}"
        let steps = """

            steps:
              rows: {run: "true", outputs: {table: rows.csv}}
              similar: {index: {id: id, vector: v}, needs: {rows: rows.table}}
              near: {index: {id: id, vector: v}, inputs: {rows: near.csv}}
              worth: {evaluate: demand}
              worth_now: {evaluate: demand, needs: {rows: rows.table}}
            """
        try withTemporaryFolder { folder in
            try PricingProject.write(to: folder)
            try Data("id,v\n".utf8).write(to: URL(filePath: "\(folder)/near.csv"))
            let text = try String(contentsOfFile: "\(folder)/martlet.yaml", encoding: .utf8)
                .replacing("    gate: {beats", with: "    \(study)\n    gate: {beats")
            let project = try Project.parse(text + steps, file: "martlet.yaml", folder: folder)
            try compare(project)
            #expect(project.stepSources["train demand"].contains("study demand"))
            #expect(project.stepSources["similar"] == ["rows"])
        }
    }

    @Test func `needs, conditions and fan-out by outputs are sources`() throws {
        let text = """
            project: flights
            steps:
              fetch: {run: "true", outputs: {days: days.json, open: open.json}}
              clean: {run: "true", each: {day: fetch.days}, outputs: {table: t}}
              report: {run: "true", needs: {tables: clean.table}, when: fetch.open, outputs: {out: out}}
              alone: {run: "true", each: {day: [1, 2]}}
            """
        try withTemporaryFolder { folder in
            let project = try Project.parse(text, file: "martlet.yaml", folder: folder)
            try compare(project)
            #expect(project.stepSources["report"] == ["clean", "fetch"])
            #expect(project.stepSources.needed(for: ["report"]) == ["report", "clean", "fetch"])
        }
    }
}
