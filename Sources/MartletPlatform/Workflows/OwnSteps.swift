import Foundation
import MartletCore
import MartletPipeline
import MartletRegistry
import MartletStore

/// Things of Martlet's own that a project declares as steps.
extension CommandSteps {
    /// Lets an endpoint's newest release answer. It is fresh as long as that release was deployed by it: who moves the pointer by hand is
    /// not overruled.
    func deployStep(_ name: String, _ endpoint: String) throws -> Step {
        _ = try platform.endpoint(endpoint)
        return Step(
            name: name, code: "deploy@1",
            inputs: ["manifest": .output(step: ProjectPipeline.stepName("release", endpoint), name: "manifest")],
            parameters: ["endpoint": .string(endpoint)], environment: [:]
        ) { [platform] context in
            let digest = try Digest(of: platform.json(try context.input("manifest")))
            let move = try Deployment(platform).deploy(endpoint, digest.description, by: NSUserName(), reason: "the step '\(name)'")
            let record: JSONValue = ["release": .string(move.release.description), "endpoint": .string(endpoint)]
            return StepResult(outputs: ["release": try platform.put(record)], summary: record)
        }
    }

    /// Scores a table, its input `rows`, with an endpoint's newest release.
    func scoreStep(_ name: String, _ specification: StepSpecification, model endpoint: String) throws -> Step {
        _ = try platform.endpoint(endpoint)
        let table = try StepTable(of: name, specification, in: self)
        var step = Step(
            name: name, code: "score@1",
            inputs: ["rows": table.input, "manifest": .output(step: ProjectPipeline.stepName("release", endpoint), name: "manifest")],
            parameters: ["endpoint": .string(endpoint), "file": .string(table.file)], environment: ["martlet": .string(Platform.version)]
        ) { [platform] context in
            let digest = try Digest(of: platform.json(try context.input("manifest")))
            let record = try ReleaseFinder(records: platform.records).find(digest.description, endpoint: endpoint)
            let scoring = BatchScoring(try LoadedRelease(platform, record))
            let (result, predictions) = try table.reading(context) { path, folder in
                let output = "\(folder)/predictions.parquet"
                let result = try scoring.run(input: path, output: output) { done, total in
                    context.report(Double(done) / Double(max(1, total)), "\(done.grouped) of \(total.grouped) rows")
                }
                return (result, try platform.blobs.put(moving: output))
            }
            return StepResult(
                outputs: ["predictions": predictions],
                summary: ["rows": .integer(Int64(result.rows)), "without_history": .integer(Int64(result.withoutHistory))])
        }
        step.paths = table.paths
        return step
    }

    /// Reports what an endpoint's answers earned. What was logged is no part of a key, so that it always runs.
    func monitorStep(_ name: String, _ endpoint: String) throws -> Step {
        _ = try platform.endpoint(endpoint)
        return Step(
            name: name, code: "monitor@1", inputs: [:], parameters: ["endpoint": .string(endpoint)], environment: [:]
        ) { [platform] _ in
            let report = try OutcomeWorkflow(platform, endpoint: endpoint).report()
            return StepResult(
                outputs: ["report": try platform.put(encoding: report)], summary: ["decisions": .integer(Int64(report.decisions))])
        }
    }
}
