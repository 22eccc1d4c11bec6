import MartletCore
import MartletLearn
import MartletPipeline
import MartletStore

extension ProjectPipeline {
    /// The key that trials are told apart by.
    static let trialKey = "number"

    /// Tries each point of a study: fits on the earlier of the rows before the test, and is judged on the later.
    ///
    /// An instance's key has its own point and not the space, so that a change of the study runs those trials again whose points it changes.
    func trialStep(_ name: String, _ model: ModelSpecification, _ study: StudySpecification, environment: JSONValue) -> Step {
        let points = study.points(projectSeed: platform.project.seed)
        let byInstance = Dictionary(
            uniqueKeysWithValues: points.enumerated().map { (StepPartition([Self.trialKey: "\($0)"]), $1) })
        var step = Step(
            name: Self.stepName("trial", name), code: "trial@1",
            inputs: ["rows": .output(step: Self.stepName("features", model.features), name: "rows")],
            parameters: .object(
                model.trialDefinition(seed: platform.project.seed, threads: Self.trainingThreads).merging(
                    ["metric": .string(study.metric.rawValue), "cluster": .string(model.gate.cluster)]) { $1 }),
            environment: environment
        ) { context in
            guard let point = byInstance[context.id.partition] else {
                throw MartletError(.notFound, "the study of '\(name)' has no trial '\(context.id.partition)'")
            }
            let result = try score(name, model.setting(point), study.metric, context)
            let record = JSONValue.object(result.merging(["parameters": .object(point)]) { $1 })
            return StepResult(outputs: ["result": try platform.put(record)], summary: record)
        }
        step.fanOuts = [FanOut(key: Self.trialKey, values: .list(points.indices.map(String.init)))]
        step.instanceParameters = byInstance.mapValues { ["trial": .object($0)] }
        // One thread less would be another sum, and the number that LightGBM uses is one of the whole process.
        step.demand.cores = Double(min(Self.trainingThreads, Processors.usableCount))
        // The study goes on as long as one trial succeeds.
        step.policy.tolerance = 1
        step.isPortable = true
        return step
    }

    /// The step of a model's trials by its name; `nil` where it is none. - Throws: `notFound`, `engine`.
    func trialStep(named step: String) throws -> Step? {
        for (name, model) in platform.project.models where Self.stepName("trial", name) == step {
            guard let study = model.study else { return nil }
            return trialStep(
                name, model, study, environment: ["duckdb": try engine("libduckdb.so"), "lightgbm": try engine("lib_lightgbm.so")])
        }
        return nil
    }

    /// What a fit is worth on rows that it did not see and that the gate does not judge by.
    private func score(
        _ name: String, _ model: ModelSpecification, _ metric: StudySpecification.Metric, _ context: StepContext
    ) throws -> [String: JSONValue] {
        guard let view = platform.project.features[model.features] else {
            throw MartletError(.notFound, "there is no feature view '\(model.features)'")
        }
        context.report(0.02, "reads the rows")
        let rows = try TrainingRows.beforeTest(
            path: platform.blobs.path(of: try context.input("rows")), model: model, name: name, view: view)
        let forest = try model.estimator(rows.assembler, threads: Self.trainingThreads).fit(
            training: rows.labelled(rows.parts.training), validation: rows.labelled(rows.parts.validation), seed: platform.project.seed
        ) { share, message in context.report(0.1 + 0.8 * share, message) }
        context.report(0.92, "judges it")
        let judged = rows.parts.test
        let estimates = try RegressionEstimates(
            actual: judged.map { rows.target[$0] }, predicted: try forest.predict(rows.features.taking(judged)),
            clusters: try rows.groups(model.gate.cluster, judged), bootstrap: ClusterBootstrap(seed: platform.project.seed))
        return [
            "metric": .string(metric.rawValue), "score": estimates.json(metric.estimated), "trees": .integer(Int64(forest.trees)),
            "fitted_rows": .integer(Int64(rows.parts.training.count + rows.parts.validation.count)),
            "judged_rows": .integer(Int64(estimates.metrics.count)), "judged_from": .integer(rows.parts.testFrom),
        ]
    }
}

extension StudySpecification.Metric {
    fileprivate var estimated: RegressionEstimates.Metric {
        switch self {
        case .rmse: .rmse
        case .mae: .mae
        }
    }
}

extension ModelSpecification {
    /// What of the specification changes a trial: neither the rule to beat nor how predictions come back to the target's own scale.
    func trialDefinition(seed: UInt64, threads: Int) -> [String: JSONValue] {
        (trainingDefinition(seed: seed, threads: threads).object ?? [:]).filter { !["baseline", "smearing_by"].contains($0.key) }
    }
}
