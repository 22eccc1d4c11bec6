import MartletCore
import MartletLearn
import MartletPipeline
import MartletRegistry
import MartletStore

extension ProjectPipeline {
    /// How many trials a study's summary shows, the best first.
    static let ladderCountMax = 10

    /// Picks the best of a study's trials, of equal ones the first, and keeps all of them as runs of tracking.
    /// - Parameter trial: the step that tries its points.
    func studyStep(_ name: String, _ model: ModelSpecification, _ study: StudySpecification, of trial: Step) -> Step {
        let points = study.points(projectSeed: platform.project.seed)
        return Step(
            name: Self.stepName("study", name), code: "study@1",
            inputs: [
                "trials": .output(step: trial.name, name: "result"),
                "rows": .output(step: Self.stepName("features", model.features), name: "rows"),
            ],
            parameters: ["minimise": .string(study.metric.rawValue), "points": .array(points.map(JSONValue.object))], environment: [:]
        ) { context in
            let trials = try await trials(points, of: trial.name, context)
            guard let best = trials.best else {
                throw MartletError(.invalidInput, "the study of '\(name)': no trial has a score; see 'martlet logs' of its trials")
            }
            context.report(0.5, "keeps \(trials.count.grouped) runs")
            let run = try await keep(trials, of: trial, best, name, study, rows: try context.input("rows"))
            return StepResult(
                outputs: [
                    "trials": try platform.put(.array(trials.map(\.json))), "parameters": try platform.put(.object(best.parameters)),
                ],
                summary: summary(trials, best, study, run: run))
        }
    }

    private func trials(_ points: [[String: JSONValue]], of step: String, _ context: StepContext) async throws -> [StudyTrial] {
        guard case .many(let results)? = context.inputs["trials"] else {
            throw MartletError(.notFound, "the step '\(context.id)' has no trials to join")
        }
        let ids = points.indices.map { StepID(step, StepPartition([Self.trialKey: "\($0)"])) }
        let executions = try await platform.tracking().pipelines.lastExecutions(ids)
        return try zip(points, ids).enumerated().map { number, trial in
            let digest = results[trial.1.partition]
            // What it took is known of the execution that made this result; a later one may have made another.
            let execution = executions[trial.1].flatMap { $0.outputs["result"] == digest ? $0 : nil }
            return StudyTrial(
                number: number, parameters: trial.0, digest: digest, result: try digest.map(platform.json), execution: execution)
        }
    }

    /// One run for the study, and one for each trial beneath it. The study's own goes on when it grows.
    private func keep(
        _ trials: [StudyTrial], of step: Step, _ best: StudyTrial, _ name: String, _ study: StudySpecification, rows: Digest
    ) async throws -> String {
        let tracking = try await platform.tracking()
        let metric = study.metric.rawValue
        // Without the number of trials.
        let search = study.definition(projectSeed: platform.project.seed)
        let identity: JSONValue = [
            "study": .string(name), "rows": .string(rows.description), "search": search,
            "code": step.code, "parameters": step.parameters, "environment": step.environment,
        ]
        let run = String(Digest(of: identity).hex.prefix(32))
        var parameters = ["sampler": study.samplerName, "minimise": metric, "fit_seed": "\(platform.project.seed)"]
        parameters["seed"] = search["seed"]?.string
        try await tracking.begin(
            run, name: Self.stepName("study", name), parameters: parameters, tags: [Platform.rowsTag: rows.description])
        do {
            for trial in trials { try await tracking.keep(trial, metric: metric, beneath: run) }
            try await tracking.log(["best_\(metric)": best.score ?? .nan], run: run)
            try await tracking.setTag("martlet.best_trial", to: "\(best.number)", run: run)
            try await tracking.finish(run, .finished)
        } catch {
            // What went wrong tells more than what goes wrong with its record.
            try? await tracking.finish(run, .failed)
            throw error
        }
        return run
    }

    private func summary(_ trials: [StudyTrial], _ best: StudyTrial, _ study: StudySpecification, run: String) -> JSONValue {
        let ladder = trials.filter { $0.score != nil }.sorted { $0.isBetter(than: $1) }.prefix(Self.ladderCountMax)
        return [
            "run": .string(run), "metric": .string(study.metric.rawValue), "trials": .integer(Int64(trials.count)),
            "failed": .integer(Int64(trials.count { $0.score == nil })), "best": .integer(Int64(best.number)),
            "judged_rows": best.result?["judged_rows"] ?? .null, "fitted_rows": best.result?["fitted_rows"] ?? .null,
            "judged_from": best.result?["judged_from"] ?? .null, "ladder": .array(ladder.map(\.timedJSON)),
        ]
    }
}

/// A trial of a study, with what came of it.
struct StudyTrial: Sendable {
    let number: Int
    let parameters: [String: JSONValue]
    /// `nil` where it failed, as `result`.
    let digest: Digest?
    let result: JSONValue?
    /// What is on record of how it was made.
    let execution: StepExecution?

    /// `nil` where it failed, or its score is no number.
    var score: Double? { result?["score"]?["value"]?.double }

    /// Whether its score is less; of equal ones the first is the better.
    func isBetter(than other: StudyTrial) -> Bool {
        let (own, others) = (score ?? .infinity, other.score ?? .infinity)
        return own == others ? number < other.number : own < others
    }

    /// The trial without what differs when it is made again.
    var json: JSONValue {
        [
            "number": .integer(Int64(number)), "parameters": .object(parameters), "score": result?["score"] ?? .null,
            "trees": result?["trees"] ?? .null,
        ]
    }

    /// The trial with how long it took.
    var timedJSON: JSONValue {
        .object((json.object ?? [:]).merging(["seconds": JSONValue(finite: execution?.usage.wallSeconds ?? .nan)]) { $1 })
    }
}

extension [StudyTrial] {
    /// The one of the least score; `nil` where none has one.
    var best: StudyTrial? { filter { $0.score != nil }.min { $0.isBetter(than: $1) } }
}
