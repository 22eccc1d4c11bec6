import Foundation
import MartletCore
import MartletLearn
import MartletPipeline
import MartletRegistry
import MartletStore
import MartletTesting
import Testing

@testable import MartletPlatform

@Suite struct StudyStepTests {
    private static let random = "sampler: random, trials: 3, seed: 5, minimise: rmse, space: {min_data_in_leaf: {from: 5, to: 60}}"

    /// A small synthetic project whose model has a study, and what a step then does.
    private func withProject<Result>(
        isolation: isolated (any Actor)? = #isolation, _ study: String = Self.random, estimator: String = "num_leaves: 7",
        _ body: (String) async throws -> Result
    ) async throws -> Result {
        try await withTemporaryFolder { folder in
            try PricingProject.write(to: folder) { $0.trees = 12 }
            try edit(folder, "num_leaves: 15, min_data_in_leaf: 10", estimator)
            try edit(folder, "    gate: {beats", "    study: {\(study)}\n    gate: {beats")
            return try await body(folder)
        }
    }

    private func edit(_ folder: String, _ old: String, _ new: String, in file: String = "martlet.yaml") throws {
        let text = try String(contentsOfFile: "\(folder)/\(file)", encoding: .utf8)
        try #require(text.contains(old))
        try Data(text.replacing(old, with: new).utf8).write(to: URL(filePath: "\(folder)/\(file)"))
    }

    private func platform(_ folder: String) throws -> Platform { try Platform.synthetic(in: folder, write: false) }

    @discardableResult
    private func run(_ folder: String, _ steps: [String] = ["study demand"]) async throws -> PipelineRunner.Outcome {
        var request = RunRequest()
        request.steps = steps
        return try await ProjectPipeline(platform(folder)).run(request) { _ in }
    }

    private func trial(_ number: Int) -> StepID { StepID("trial demand", StepPartition(["number": "\(number)"])) }

    /// The trials as their study lists them.
    private func table(_ platform: Platform, _ study: StepExecution) throws -> [JSONValue] {
        let digest = try #require(study.outputs["trials"])
        return try #require(try platform.json(digest).array)
    }

    /// The trials that are stale, with their reasons.
    private func stale(_ folder: String) async throws -> [StepID: [String]] {
        var request = RunRequest()
        request.steps = ["study demand"]
        let verdicts = try await ProjectPipeline(platform(folder)).explain(request)
        return Dictionary(
            uniqueKeysWithValues: verdicts.compactMap { id, verdict in
                guard id.step == "trial demand", case .stale(let reasons) = verdict else { return nil }
                return (id, reasons)
            })
    }

    // MARK: What it finds

    @Test func `the best trial is the one of the least score, and the model is fitted with it`() async throws {
        try await withProject { folder in
            let outcome = try await run(folder, ["train demand"])
            let platform = try self.platform(folder)
            let study = try #require(outcome.executions[StepID("study demand")])
            let trials = try table(platform, study)
            let scores = try trials.map { try #require($0["score"]?["value"]?.double) }
            let best = try #require(scores.indices.min { scores[$0] < scores[$1] })
            #expect(scores.count == 3 && Set(scores).count == 3)
            #expect(trials.map { $0["number"]?.int } == [0, 1, 2])
            #expect(study.summary["best"]?.int == Int64(best))
            #expect(study.summary["failed"] == 0)
            let kept = try #require(study.outputs["parameters"])
            let parameters = try platform.json(kept)
            #expect(parameters == trials[best]["parameters"])
            let trained = try #require(outcome.executions[StepID("train demand")]?.outputs["run"])
            let id = try #require(try platform.json(trained).string)
            let run = try await platform.tracking().store.run(id)
            let value = try #require(parameters["min_data_in_leaf"]?.int)
            #expect(run.parameters.contains(KeyedText("min_data_in_leaf", "\(value)")))
        }
    }

    @Test func `a trial's score is that of a fit by hand on the rows before the test, split once more`() async throws {
        try await withProject { folder in
            let outcome = try await run(folder)
            let platform = try self.platform(folder)
            let model = try #require(platform.project.models["demand"])
            let view = try #require(platform.project.features["shelf"])
            let path = platform.blobs.path(of: try #require(outcome.executions[StepID("features shelf")]?.outputs["rows"]))
            let all = try TrainingRows(path: path, model: model, name: "demand", view: view)
            let early = try TrainingRows.beforeTest(path: path, model: model, name: "demand", view: view)
            #expect(early.parts.test.count > 0)
            let times = try early.table.column("__time").integers()
            #expect(times.allSatisfy { $0 < all.parts.testFrom })
            #expect(early.parts.training.allSatisfy { times[$0] < early.parts.validationFrom })
            let point = try #require(model.study).points(projectSeed: 7)[1]
            let forest = try model.setting(point).estimator(early.assembler, threads: ProjectPipeline.trainingThreads).fit(
                training: early.labelled(early.parts.training), validation: early.labelled(early.parts.validation), seed: 7
            ) { _, _ in }
            let predicted = try forest.predict(early.features.taking(early.parts.test))
            let metrics = RegressionMetrics(actual: early.parts.test.map { early.target[$0] }, predicted: predicted)
            let summary = try #require(outcome.executions[trial(1)]).summary
            #expect(summary["score"]?["value"]?.double == metrics.rmse)
            #expect(summary["parameters"] == .object(point))
        }
    }

    @Test func `no trial knows anything of the rows that the gate judges by`() async throws {
        try await withProject { folder in
            let before = try await run(folder)
            let path = "\(folder)/sales.csv"
            let lines = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").map(String.init)
            let changed = lines.map { line in
                var cells = line.split(separator: ",").map(String.init)
                // The last six of forty weeks are the test. What is sold then, and at what cost, is something else altogether.
                guard let week = Int(cells[2]), week > 34 else { return line }
                (cells[3], cells[4], cells[5]) = ("1", "0.5", "777")
                return cells.joined(separator: ",")
            }
            #expect(changed != lines)
            try Data((changed.joined(separator: "\n") + "\n").utf8).write(to: URL(filePath: path))
            let after = try await run(folder)
            for number in 0..<3 {
                let (old, new) = (before.executions[trial(number)], after.executions[trial(number)])
                #expect(old?.key != new?.key)
                #expect(old?.outputs == new?.outputs)
            }
        }
    }

    @Test func `of equal trials the first is the best`() async throws {
        try await withProject("sampler: grid, minimise: mae, space: {cat_smooth: [10], max_drop: [1, 2, 3]}") { folder in
            let outcome = try await run(folder)
            let study = try #require(outcome.executions[StepID("study demand")])
            // Without dart nothing is dropped.
            let ladder = try #require(study.summary["ladder"]?.array)
            #expect(Set(ladder.compactMap { $0["score"]?["value"]?.double }).count == 1)
            #expect(ladder.compactMap { $0["number"]?.int } == [0, 1, 2])
            #expect(study.summary["best"] == 0)
        }
    }

    // MARK: What runs again

    @Test func `more trials run the new ones alone`() async throws {
        try await withProject { folder in
            try await run(folder)
            try edit(folder, "trials: 3", "trials: 5")
            #expect(try await stale(folder) == [trial(3): ["it was not made yet"], trial(4): ["it was not made yet"]])
        }
    }

    @Test func `another range says of each trial which parameter changed`() async throws {
        try await withProject("sampler: grid, minimise: rmse, space: {max_depth: [3, 4], lambda_l2: [0, 1]}") { folder in
            try await run(folder)
            try edit(folder, "max_depth: [3, 4]", "max_depth: [3, 5]")
            #expect(
                try await stale(folder) == [
                    trial(1): ["parameters.trial.max_depth: 4 → 5"], trial(3): ["parameters.trial.max_depth: 4 → 5"],
                ])
        }
    }

    @Test func `another rule to beat leaves the trials as they are`() async throws {
        try await withProject { folder in
            try await run(folder)
            try edit(folder, "covariates: [feature]", "covariates: []")
            #expect(try await stale(folder).isEmpty)
        }
    }

    @Test func `the same study gives the same bytes in another folder`() async throws {
        func outputs() async throws -> [String: Digest]? {
            try await withProject { try await run($0).executions[StepID("study demand")]?.outputs }
        }
        let first = try await outputs()
        #expect(first?.keys.sorted() == ["parameters", "trials"])
        #expect(try await outputs() == first)
    }

    // MARK: What fails

    /// LightGBM takes no shares that are more than all together.
    private static let failing =
        "sampler: grid, minimise: rmse, space: {data_sample_strategy: [goss], other_rate: [0.5], top_rate: [0.2, 0.9]}"

    @Test func `a trial that fails is set aside, and the study goes on with the others`() async throws {
        try await withProject(Self.failing) { folder in
            let outcome = try await run(folder)
            guard case .quarantined? = outcome.steps[trial(1)] else {
                Issue.record("the trial is \(String(describing: outcome.steps[trial(1)]))")
                return
            }
            let study = try #require(outcome.executions[StepID("study demand")])
            #expect(study.summary["failed"] == 1 && study.summary["best"] == 0)
            let trials = try table(platform(folder), study)
            #expect(trials.count == 2 && trials[1]["score"] == .null)
        }
    }

    @Test func `where every trial fails the run fails with what one of them said`() async throws {
        try await withProject(Self.failing.replacing("[0.2, 0.9]", with: "[0.8, 0.9]")) { folder in
            let error = try await #require(throws: MartletError.self) { try await run(folder, ["train demand"]) }
            #expect(error.message.contains("top_rate"), "\(error)")
        }
    }

    @Test func `rows that are too few to be split once more are refused`() async throws {
        try await withProject { folder in
            try edit(folder, "test: 6, validation: 4", "test: 20, validation: 4")
            let error = try await #require(throws: MartletError.self) { try await run(folder) }
            #expect(error.message.hasPrefix("model 'demand': a study splits the rows before the test once more: the split sets 20 times"))
        }
    }

    // MARK: Tracking

    @Test func `each trial is a run beneath that of its study, which grows with it`() async throws {
        try await withProject { folder in
            let first = try await run(folder)
            try edit(folder, "trials: 3", "trials: 4")
            let second = try await run(folder)
            let all = try await platform(folder).tracking().runs()
            let study = try #require(first.executions[StepID("study demand")]?.summary["run"]?.string)
            #expect(second.executions[StepID("study demand")]?.summary["run"]?.string == study)
            let trials = all.filter { $0.tags.contains(KeyedText("mlflow.parentRunId", study)) }
            #expect(trials.map(\.info.name).sorted() == ["trial 0", "trial 1", "trial 2", "trial 3"])
            #expect(trials.allSatisfy { $0.info.status == .finished })
            let score = try #require(second.executions[trial(2)]?.summary["score"]?["value"]?.double)
            let third = try #require(trials.first { $0.info.name == "trial 2" })
            #expect(third.metrics.first { $0.key == "rmse" }?.value == score)
            let whole = try #require(all.first { $0.info.id == study })
            #expect(whole.info.status == .finished)
            // The seed of the points and, of the project, that of the fits.
            #expect(Set(whole.parameters).isSuperset(of: [KeyedText("seed", "5"), KeyedText("fit_seed", "7")]))
            #expect(all.count == 5)
        }
    }

    @Test(arguments: [("to: 60", "to: 70"), ("seed: 5", "seed: 6"), ("minimise: rmse", "minimise: mae")])
    func `another search is another run, with trials of its own`(old: String, new: String) async throws {
        try await withProject { folder in
            let first = try await run(folder).executions[StepID("study demand")]?.summary["run"]?.string
            try edit(folder, old, new)
            let second = try await run(folder).executions[StepID("study demand")]?.summary["run"]?.string
            #expect(first != nil && second != nil && first != second)
            let all = try await platform(folder).tracking().runs()
            for study in [first, second] {
                #expect(all.count { $0.tags.contains(KeyedText("mlflow.parentRunId", study ?? "")) } == 3)
            }
        }
    }

    @Test func `another value of a grid is another run, also where the first point stays`() async throws {
        try await withProject("sampler: grid, minimise: rmse, space: {max_depth: [3, 4]}") { folder in
            let first = try await run(folder).executions[StepID("study demand")]?.summary["run"]?.string
            try edit(folder, "[3, 4]", "[3, 5]")
            let second = try await run(folder).executions[StepID("study demand")]?.summary["run"]?.string
            #expect(first != nil && second != nil && first != second)
        }
    }

    @Test func `trials of other code or engines are runs beneath another study's run, and keep their own figures`() async throws {
        try await withProject { folder in
            let execution = try #require(try await run(folder, ["study demand"]).executions[StepID("study demand")])
            let platform = try self.platform(folder)
            let pipeline = ProjectPipeline(platform)
            let model = try #require(platform.project.models["demand"])
            let study = try #require(model.study)
            let trial = try #require(try pipeline.trialStep(named: "trial demand"))
            let rows = try #require(try await platform.tracking().pipelines.lastExecution("features shelf")?.outputs["rows"])
            let results = try await platform.tracking().pipelines.lastExecutions((0..<3).map(self.trial))
            var partitions: [StepPartition: Digest] = [:]
            for (id, execution) in results { partitions[id.partition] = execution.outputs["result"] }
            /// The study's run where trials were made with an environment and gave some results.
            func made(_ environment: JSONValue, _ results: [StepPartition: Digest]) async throws -> String? {
                let step = pipeline.studyStep(
                    "demand", model, study, of: pipeline.trialStep("demand", model, study, environment: environment))
                let attempt = StepAttempt(
                    step: step, id: StepID("study demand"), run: "r", number: 1, key: Digest(of: "\(environment)"),
                    inputs: ["trials": .many(results), "rows": .one(rows)], resources: .none, report: { _, _ in })
                switch await LocalExecutor().run(attempt).result {
                case .success(let result): return result.summary["run"]?.string
                case .failure(let failure): throw failure
                }
            }
            let known = try #require(execution.summary["run"]?.string)
            #expect(try await made(trial.environment, partitions) == known)
            let other = try #require(try await made(["lightgbm": "another"], partitions))
            #expect(other != known)

            // The same trial with another result, as only code that gives other figures at times would make it.
            let (first, old) = (self.trial(0).partition, try #require(partitions[self.trial(0).partition]))
            var changed = try #require(try platform.json(old).object)
            changed["score"] = ["value": 0.125]
            partitions[first] = try platform.put(.object(changed))
            #expect(try await made(trial.environment, partitions) == known)
            let runs = try await platform.tracking().runs().filter {
                $0.info.name == "trial 0" && $0.tags.contains(KeyedText("mlflow.parentRunId", known))
            }
            #expect(runs.count == 2)
            #expect(runs.contains { $0.metrics.contains { $0.key == "rmse" && $0.value == 0.125 } })
        }
    }

    @Test func `a trial that failed is a run that failed`() async throws {
        try await withProject(Self.failing) { folder in
            try await run(folder)
            let runs = try await platform(folder).tracking().runs()
            #expect(runs.first { $0.info.name == "trial 1" }?.info.status == .failed)
        }
    }
}
