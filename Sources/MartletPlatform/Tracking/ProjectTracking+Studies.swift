import MartletCore
import MartletPipeline
import MartletRegistry

extension ProjectTracking {
    /// Keeps a trial as a run beneath that of its study. One that is kept already stays as it is; another result is another run.
    func keep(_ trial: StudyTrial, metric: String, beneath parent: String) async throws {
        let identity: JSONValue = [
            "study": .string(parent), "number": .integer(Int64(trial.number)), "parameters": .object(trial.parameters),
            "result": trial.digest.map { .string($0.description) } ?? .null,
        ]
        let run = String(Digest(of: identity).hex.prefix(32))
        let status: TrackedRun.Status = trial.score == nil ? .failed : .finished
        if try await has(run), try await store.run(run).info.status == status { return }
        try await begin(
            run, name: "trial \(trial.number)", parameters: trial.parameters.mapValues { $0.string ?? $0.canonicalText },
            tags: ["mlflow.parentRunId": parent], at: trial.execution?.startedAt ?? .now)
        let end = trial.execution?.finishedAt ?? .now
        if let score = trial.score {
            try await log([metric: score, "trees": trial.result?["trees"]?.double ?? .nan], run: run, at: end)
        }
        try await finish(run, status, at: end)
    }
}
