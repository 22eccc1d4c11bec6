import Foundation
import MartletCore
import MartletFeatures
import MartletLearn
import MartletPipeline
import MartletRegistry
import MartletStore

func log(_ value: Double) -> Double { Foundation.log(value) }

extension ProjectPipeline {
    /// Fits a model and the rule that it has to beat, and keeps the run's records.
    func trainStep(_ name: String, _ model: ModelSpecification, environment: JSONValue) -> Step {
        let source = Self.stepName("features", model.features)
        let seed = platform.project.seed
        var inputs: [String: Step.Input] = ["rows": .output(step: source, name: "rows"), "time": .output(step: source, name: "time")]
        if model.study != nil { inputs["parameters"] = .output(step: Self.stepName("study", name), name: "parameters") }
        var step = Step(
            name: Self.stepName("train", name), code: "train@1", inputs: inputs,
            parameters: model.trainingDefinition(seed: seed, threads: Self.trainingThreads),
            environment: environment
        ) { context in
            // A step that was killed continues its run.
            let run = String(context.key.hex.prefix(32))
            let model = try tuned(model, context)
            let tracking = try await platform.tracking()
            try await tracking.begin(
                run, name: Self.stepName("train", name), parameters: parameters(model),
                tags: [Platform.rowsTag: try context.input("rows").description])
            do {
                let fit = try train(name, model, context)
                try await tracking.log(["trees": Double(fit.forest.trees), "validation_loss": fit.forest.validationLoss ?? .nan], run: run)
                let rule = try JSONValue(encoding: fit.rule)
                try await tracking.keep(ModelArtifacts(fit.card, modelText: fit.forest.modelText, rule: rule).files, run: run)
                try await tracking.finish(run, .finished)
                return StepResult(outputs: try outputs(fit, run: run), summary: try summary(fit, run: run))
            } catch {
                // What went wrong with the training tells more than what goes wrong with its record.
                try? await tracking.finish(run, .failed)
                throw error
            }
        }
        step.demand.cores = Double(min(Self.trainingThreads, Processors.usableCount))
        return step
    }

    /// Two threads: as many as the smallest machine that Martlet is meant for. The number is part of what makes bytes equal.
    static let trainingThreads = 2

    /// The model with what its study found best.
    private func tuned(_ model: ModelSpecification, _ context: StepContext) throws -> ModelSpecification {
        guard model.study != nil else { return model }
        return model.setting(try platform.json(try context.input("parameters")).object ?? [:])
    }

    /// What a fit made.
    private struct Fit {
        let rows: TrainingRows
        let forest: FittedForest
        let rule: FittedLogLogRule
        let card: ModelCard
    }

    private func train(_ name: String, _ model: ModelSpecification, _ context: StepContext) throws -> Fit {
        guard let view = platform.project.features[model.features] else {
            throw MartletError(.notFound, "there is no feature view '\(model.features)'")
        }
        let seed = platform.project.seed
        context.report(0.02, "reads the rows")
        let path = platform.blobs.path(of: try context.input("rows"))
        let rows = try TrainingRows(path: path, model: model, name: name, view: view)
        let estimator = try model.estimator(rows.assembler, threads: Self.trainingThreads)
        let forest = try estimator.fit(
            training: rows.labelled(rows.parts.training), validation: rows.labelled(rows.parts.validation), seed: seed
        ) { share, message in context.report(0.1 + 0.8 * share, message) }
        context.report(0.92, "fits the rule")
        let rule = try model.baseline.fit(training: try rows.ruleRows(model, name), validation: nil, seed: seed) { _, _ in }
        let timeKind = try platform.json(try context.input("time")).string ?? ""
        return Fit(rows: rows, forest: forest, rule: rule, card: try card(name, model, rows, forest, timeKind: timeKind))
    }

    private func outputs(_ fit: Fit, run: String) throws -> [String: Digest] {
        [
            "model": try platform.blobs.put(Array(fit.forest.modelText.utf8)),
            "card": try platform.put(encoding: fit.card),
            "baseline": try platform.put(encoding: fit.rule),
            "run": try platform.put(.string(run)),
        ]
    }

    private func card(
        _ name: String, _ model: ModelSpecification, _ rows: TrainingRows, _ forest: FittedForest, timeKind: String
    ) throws -> ModelCard {
        let fitted = (rows.parts.training + rows.parts.validation).sorted()
        let scale: ResponseScale
        switch model.link {
        case .identity: scale = .identity
        case .log:
            let predicted = try forest.predict(rows.features.taking(fitted))
            let groups = try model.smearingBy.map { try rows.groups($0, fitted) }
            scale = ResponseScale(
                residuals: zip(fitted, predicted).map { rows.target[$0] - $1 },
                groups: groups ?? fitted.map { _ in nil }
            )
        }
        let training = rows.table.taking(fitted)
        let explanations = try model.categorical.map { try training.column($0) }
        let view = rows.assembler.view
        let names = rows.assembler.inputNames(among: training.names).union(view.entity + [view.eventTime])
        let inputs = training.columns.filter { names.contains($0.name) }
            .sorted { $0.name < $1.name }
            .map { column in InputColumn(training: column, explanations: explanations.filter { $0.name != column.name }) }
        return ModelCard(
            name: name, target: model.target, features: rows.assembler.features, categories: rows.assembler.categories,
            view: view.definition, timeKind: timeKind, scale: scale, scaleBy: model.smearingBy, inputs: inputs,
            trees: forest.trees, seed: platform.project.seed, heldOutFrom: rows.parts.testFrom
        )
    }

    private func parameters(_ model: ModelSpecification) -> [String: String] {
        var parameters = model.parameters
        parameters["seed"] = "\(platform.project.seed)"
        parameters["trees_max"] = "\(model.treesMax)"
        parameters["patience"] = "\(model.patience)"
        return parameters
    }

    private func summary(_ fit: Fit, run: String) throws -> JSONValue {
        let gains = try fit.forest.gainShares()
        return [
            "run": .string(run),
            "training_rows": .integer(Int64(fit.rows.parts.training.count)),
            "validation_rows": .integer(Int64(fit.rows.parts.validation.count)),
            "test_rows": .integer(Int64(fit.rows.parts.test.count)),
            "without_history": .integer(Int64(fit.rows.withoutHistory.rowCount)),
            "test_from": .integer(fit.rows.parts.testFrom),
            "trees": .integer(Int64(fit.forest.trees)),
            "validation_loss": JSONValue(finite: fit.forest.validationLoss ?? .nan),
            "gains": .array(gains.prefix(8).map { ["feature": .string($0.feature), "share": .number($0.share)] }),
        ]
    }
}

extension ModelSpecification {
    /// What of the specification changes the fit; the gate does not.
    func trainingDefinition(seed: UInt64, threads: Int) -> JSONValue {
        [
            "use": .array(use.map(JSONValue.string)),
            "categorical": .array(categorical.map(JSONValue.string)),
            "decreasing": .array(decreasing.map(JSONValue.string)),
            "increasing": .array(increasing.map(JSONValue.string)),
            "target": .string(target),
            "link": .string(link.rawValue),
            "smearing_by": smearingBy.map(JSONValue.string) ?? .null,
            "split": split.definition,
            "lightgbm": .object(parameters.mapValues(JSONValue.string)),
            "trees": .integer(Int64(treesMax)),
            "patience": .integer(Int64(patience)),
            "baseline": baseline.definition,
            "seed": .integer(Int64(clamping: seed)),
            "threads": .integer(Int64(threads)),
        ]
    }

    /// The same with more of LightGBM's parameters.
    func setting(_ point: [String: JSONValue]) -> ModelSpecification {
        var model = self
        model.parameters.merge(point.mapValues { $0.string ?? $0.canonicalText }) { $1 }
        return model
    }

    /// The kinds of steps that make it.
    var stepKinds: [String] { study == nil ? ["train", "gate"] : ["trial", "study", "train", "gate"] }

    /// The recipe for LightGBM. - Throws: `notFound` for a constrained feature that is not among those used.
    func estimator(_ assembler: FeatureAssembler, threads: Int) throws -> LightGBMEstimator {
        for name in decreasing + increasing where !assembler.features.contains(name) {
            throw MartletError(.notFound, "'\(name)' is constrained but not among the features used")
        }
        let monotone = assembler.features.map { decreasing.contains($0) ? -1 : increasing.contains($0) ? 1 : 0 }
        return LightGBMEstimator(
            parameters: parameters, treesMax: treesMax, patience: patience, categorical: assembler.categoricalPositions,
            monotone: monotone.contains { $0 != 0 } ? monotone : [], threads: threads
        )
    }
}

extension TimeSplit {
    var definition: JSONValue {
        func text(_ share: Share) -> JSONValue {
            switch share {
            case .times(let count): .integer(Int64(count))
            case .fraction(let fraction): .number(fraction)
            }
        }
        return ["test": text(test), "validation": text(validation)]
    }
}

extension LogLogRule {
    var definition: JSONValue {
        [
            "price": .string(price), "by": .string(group), "effects": .string(effect),
            "covariates": .array(covariates.map(JSONValue.string)),
        ]
    }
}
