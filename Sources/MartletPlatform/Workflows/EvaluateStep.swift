import Foundation
import MartletCore
import MartletFeatures
import MartletPipeline
import MartletStore

extension CommandSteps {
    /// Measures what the newest fit of a model is worth: on the table `rows`, or on the rows that its split set aside where it names none.
    func evaluateStep(_ name: String, _ specification: StepSpecification, model modelName: String, slices: [String]) throws -> Step {
        guard let model = platform.project.models[modelName] else {
            throw MartletError(.notFound, "step '\(name)': there is no model '\(modelName)'")
        }
        let train = ProjectPipeline.stepName("train", modelName)
        let features = ProjectPipeline.stepName("features", model.features)
        let given = try StepTable(givenTo: name, specification, in: self)
        var inputs: [String: Step.Input] = ["rows": given?.input ?? .output(step: features, name: "rows")]
        for output in ["model", "card", "baseline"] { inputs[output] = .output(step: train, name: output) }
        if given != nil { inputs["online"] = .output(step: features, name: "online") }
        var step = Step(
            name: name, code: "evaluate@1", inputs: inputs,
            parameters: [
                "model": .string(modelName), "target": .string(model.target), "link": .string(model.link.rawValue),
                "cluster": .string(model.gate.cluster), "slices": .array(slices.map(JSONValue.string)),
                "split": given == nil ? model.split.definition : .null, "file": given.map { .string($0.file) } ?? .null,
                "seed": .integer(Int64(clamping: platform.project.seed)),
            ],
            environment: ["martlet": .string(Platform.version)]
        ) { [platform] context in
            context.report(0.1, "scores the rows")
            let bundle = try ModelBundle(
                platform, card: try context.input("card"), model: try context.input("model"), baseline: try context.input("baseline"))
            let rows: EvaluatedRows
            if let given {
                rows = try platform.evaluatedRows(given, context, bundle, model, slices: slices)
            } else {
                rows = try EvaluatedRows(
                    heldOutOf: platform.blobs.path(of: try context.input("rows")), bundle, model, slices: slices)
            }
            context.report(0.6, "draws the intervals")
            let evaluation = try ModelEvaluation(rows, of: modelName, model, seed: platform.project.seed)
            return StepResult(outputs: ["report": try platform.put(evaluation.report)], summary: evaluation.summary)
        }
        step.paths = given?.paths ?? [:]
        return step
    }
}

extension Platform {
    fileprivate func evaluatedRows(
        _ table: StepTable, _ context: StepContext, _ bundle: ModelBundle, _ model: ModelSpecification, slices: [String]
    ) throws -> EvaluatedRows {
        let scorer = RowScorer(bundle: bundle, online: try OnlineTable(path: blobs.path(of: try context.input("online"))))
        return try table.reading(context) { path, _ in try EvaluatedRows(file: path, scorer, model, slices: slices) }
    }
}
