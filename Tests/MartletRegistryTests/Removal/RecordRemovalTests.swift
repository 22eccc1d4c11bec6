import MartletCore
import MartletTesting
import Testing

@testable import MartletRegistry
@testable import MartletStore

struct RecordRemovalTests {
    /// What was deleted at 1000 ms is old at this time, and what was at 5000 ms is not.
    private let limit = Timestamp(microseconds: 2_000_000)
    private let keeper = AccessStore.Actor("keeper")

    /// Stores on one database, with a run and all that one may log.
    private struct Place {
        let database: any SQLDatabase
        let clock = HandClock()
        let runs: TrackingStore
        let models: LoggedModelStore
        let registry: ModelRegistry
        let traces: TraceStore

        init(_ database: any SQLDatabase) async throws {
            self.database = database
            runs = try await TrackingStore(database, options: clock.options)
            models = try await LoggedModelStore(runs)
            registry = try await ModelRegistry(runs)
            traces = try await TraceStore(runs)
            try await SQLMigration.migrate("artifacts", by: ArtifactSchema.migrations, in: database)
        }

        func fullRun(experiment: Int64 = 0, points: Int = 5) async throws -> String {
            let run = try await runs.makeRun(experiment: experiment)
            let metrics = (0..<points).map { LoggedMetric("loss", Double($0), at: 10, step: Int64($0)) }
            try await runs.log(
                LogBatch(
                    metrics: metrics + [LoggedMetric("loss", 9, at: 1, step: -1), LoggedMetric("auc", .nan, at: 1)],
                    parameters: [KeyedText("depth", "3"), KeyedText("rate", "0.1")], tags: [KeyedText("stage", "x")]), run: run)
            let dataset = DatasetInput(
                name: "d", digest: "1", sourceType: "local", source: "{}", tags: [KeyedText("mlflow.data.context", "train")])
            try await runs.logInputs(datasets: [dataset], models: ["m-in"], run: run)
            try await keep("\(experiment)/\(run)/artifacts/model/MLmodel")
            try await traces.link(["tr-1"], toRun: run)
            return run
        }

        func keep(_ path: String) async throws {
            let artifact = Artifact(
                path: try ArtifactPath(writing: path), digest: Digest(of: path), sizeBytes: 1, modifiedAt: Timestamp(microseconds: 0))
            try await database.write { try $0.keep(artifact) }
        }

        func count(_ table: String, _ condition: String = "1 = 1") async throws -> Int64 {
            try await database.read { try $0.first("SELECT COUNT(*) FROM \(table) WHERE \(condition)") { $0.integer(0) } ?? 0 }
        }

        /// How many rows there are of what runs log, by table.
        func rows() async throws -> [String: Int64] {
            var rows: [String: Int64] = [:]
            for table in [
                "tracked_runs", "tracked_run_parameters", "tracked_run_tags", "latest_metrics", "past_metrics", "late_metrics",
                "run_datasets", "run_dataset_tags", "run_models", "artifact_files", "trace_links", "removal_remains",
            ] { rows[table] = try await count(table) }
            return rows
        }
    }

    private func with(_ kind: DatabaseKind, _ body: (Place) async throws -> Void) async throws {
        try await kind.withDatabase { try await body(try await Place($0)) }
    }

    private func ids(_ records: [DeletedRecord]) -> [String] { records.map(\.id) }

    @Test(arguments: DatabaseKind.all, [1, 2, 10_000])
    func `a run that was deleted long ago goes with all that it logged, and others keep theirs`(
        _ kind: DatabaseKind, _ rowCountMax: Int
    ) async throws {
        try await with(kind) { place in
            let active = try await place.fullRun()
            let removal = try await RecordRemoval(place.database, by: keeper, rowCountMax: rowCountMax)
            let before = try await place.rows()
            let (old, young) = (try await place.fullRun(), try await place.runs.makeRun())
            try await place.runs.deleteRun(old)
            place.clock.set(5_000)
            try await place.runs.deleteRun(young)
            let plan = try await removal.plan(before: limit)
            #expect(ids(plan.leaving) == [old])
            #expect(plan.leaving.first?.deletedAt == 1_000)
            #expect(try await ids(removal.remove(plan).leaving) == [old])
            await #expect(throws: TrackingFault.missing("Run with id=\(old) not found")) { try await place.runs.run(old) }
            #expect(try await place.runs.run(young).info.stage == .deleted)
            try await place.runs.restoreRun(young)
            var after = try await place.rows()
            after["tracked_runs"]? -= 1
            after["tracked_run_tags"]? -= 1
            #expect(after == before)
            #expect(try await place.runs.metricHistory(run: active, key: "loss").elements.count == 6)
            #expect(try await removal.plan(before: limit).leaving.isEmpty)
        }
    }

    @Test(arguments: DatabaseKind.all)
    func `a removal that was cut off is gone on with, and points that are logged meanwhile stay`(_ kind: DatabaseKind) async throws {
        try await with(kind) { place in
            let old = try await place.fullRun(points: 8)
            try await place.runs.deleteRun(old)
            let removal = try await RecordRemoval(place.database, by: keeper)
            let plan = try await removal.plan(before: limit)
            _ = try await place.runs.write { try $0.remove(plan.leaving, plan, rowCountMax: 1) }
            var logged: [String] = []
            for _ in 0..<40 {
                guard try await place.runs.write({ try $0.removeRemains(rowCountMax: 1) }) else { break }
                let run = try await place.runs.makeRun()
                for step in 0..<3 { try await place.runs.logMetric(LoggedMetric("loss", 1, at: 1, step: Int64(step)), run: run) }
                logged.append(run)
            }
            #expect(logged.count > 10)
            #expect(try await removal.remove(removal.plan(before: limit)).leaving.isEmpty)
            for run in logged { #expect(try await place.runs.metricHistory(run: run, key: "loss").elements.map(\.step) == [0, 1, 2]) }
            #expect(try await place.count("past_metrics") == Int64(2 * logged.count))
            #expect(try await place.count("removal_remains") == 0)
        }
    }

    @Test(arguments: DatabaseKind.all)
    func `a logged model goes at once, and what it had behind it`(_ kind: DatabaseKind) async throws {
        try await with(kind) { place in
            let run = try await place.runs.makeRun()
            var models: [String] = []
            for name in ["old", "active"] {
                let model = try await place.models.make(name, parameters: [KeyedText("a", "b")], tags: [KeyedText("c", "d")])
                try await place.models.logMetric(ModelMetric(model, LoggedMetric("loss", 1, at: 1)), run: run)
                models.append(model)
            }
            try await place.models.delete(models[0])
            let removal = try await RecordRemoval(place.database, by: keeper)
            let plan = try await removal.plan(before: limit)
            let gone = models[0]
            _ = try await place.runs.write { try $0.remove(plan.leaving, plan, rowCountMax: 1) }
            await #expect(throws: TrackingFault.self) { try await place.models.model(gone, withDeleted: true) }
            for part in ["parameters", "tags", "metrics"] { #expect(try await place.count("logged_model_\(part)") == 2, "\(part)") }
            _ = try await removal.remove(removal.plan(before: limit))
            for part in ["parameters", "tags", "metrics"] { #expect(try await place.count("logged_model_\(part)") == 1, "\(part)") }
            let active = try await place.models.model(models[1])
            #expect(active.parameters == [KeyedText("a", "b")])
            #expect(active.metrics.count == 1)
        }
    }

    @Test(arguments: DatabaseKind.all)
    func `what versions were made of and what was deployed stays, and is told`(_ kind: DatabaseKind) async throws {
        try await with(kind) { place in
            var runs: [String] = []
            for _ in 0..<5 { runs.append(try await place.runs.makeRun()) }
            let model = try await place.models.make("logged")
            try await place.registry.makeModel("price")
            try await place.registry.makeVersion(of: "price", source: "s3://bucket/a", run: runs[0])
            try await place.registry.makeVersion(of: "price", source: "s3://bucket/0/\(runs[1])/artifacts/model")
            try await place.registry.makeVersion(of: "price", source: "s3://bucket/models/\(model)/artifacts")
            for run in runs { try await place.runs.deleteRun(run) }
            try await place.models.delete(model)
            let removal = try await RecordRemoval(place.database, by: keeper)
            let plan = try await removal.plan(
                before: limit,
                deployed: [
                    DeployedOrigin(name: "eu", run: runs[2], source: "s3://bucket/b"),
                    DeployedOrigin(name: "us", run: nil, source: "mlflow-artifacts:/0/\(runs[3])/artifacts/model"),
                ])
            #expect(ids(plan.leaving) == [runs[4]])
            #expect(
                plan.kept.map(\.reason) == [
                    "version 1 of 'price' was made of it", "version 2 of 'price' was made of it",
                    "its files answer, or answered, as 'eu'", "its files answer, or answered, as 'us'",
                    "version 3 of 'price' was made of it",
                ])
            #expect(try await removal.remove(plan).kept == plan.kept)
            for run in runs.prefix(4) { #expect(try await place.runs.run(run).info.stage == .deleted) }
        }
    }

    @Test(arguments: DatabaseKind.all)
    func `what is restored, or registered, after it was found stays`(_ kind: DatabaseKind) async throws {
        try await with(kind) { place in
            let (restored, registered) = (try await place.fullRun(), try await place.fullRun())
            for run in [restored, registered] { try await place.runs.deleteRun(run) }
            let removal = try await RecordRemoval(place.database, by: keeper)
            let plan = try await removal.plan(before: limit)
            #expect(ids(plan.leaving) == [restored, registered])
            let before = try await place.rows()
            try await place.runs.restoreRun(restored)
            try await place.registry.makeModel("m")
            try await place.registry.makeVersion(of: "m", run: registered)
            let done = try await removal.remove(plan)
            #expect(done.leaving.isEmpty)
            #expect(done.kept.map(\.reason) == ["it was restored or changed meanwhile", "version 1 of 'm' was made of it"])
            #expect(try await place.rows() == before)
        }
    }

    @Test(arguments: DatabaseKind.all, [1, 10_000])
    func `an experiment goes with its runs, logged models, traces and files, and the first experiment never`(
        _ kind: DatabaseKind, _ rowCountMax: Int
    ) async throws {
        try await with(kind) { place in
            let gone = try await place.runs.createExperiment(name: "gone", tags: [KeyedText("k", "v")])
            let neighbour = try await place.runs.createExperiment(name: "beside", artifactLocation: "mlflow-artifacts:/\(gone)0")
            _ = try await place.fullRun(experiment: gone)
            _ = try await place.models.make("logged", experiment: gone, parameters: [KeyedText("a", "b")], tags: [KeyedText("c", "d")])
            for number in 0..<3 {
                let trace = try await place.traces.create(TraceInfo(id: "tr-\(number)", experiment: gone, tags: [KeyedText("a", "b")]))
                try await place.keep("\(gone)/traces/\(trace.id)/artifacts/traces.json")
            }
            try await place.keep("\(gone)/loose.txt")
            try await place.keep("\(gone)0/other.txt")
            for experiment in [0, gone] { try await place.runs.deleteExperiment(experiment) }
            let removal = try await RecordRemoval(place.database, by: keeper, rowCountMax: rowCountMax)
            let done = try await removal.remove(removal.plan(before: limit))
            #expect(done.leaving.map(\.kind) == [.run, .loggedModel, .experiment])
            #expect(done.kept.isEmpty)
            await #expect(throws: TrackingFault.noExperiment(gone)) { try await place.runs.experiment(gone) }
            for id in [0, neighbour] { #expect(try await place.runs.experiment(id).id == id) }
            for table in ["traces", "trace_tags", "logged_models", "logged_model_tags", "tracked_datasets", "tracked_experiment_tags"] {
                #expect(try await place.count(table) == 0, "\(table)")
            }
            #expect(try await place.count("artifact_files") == 1)
            #expect(try await place.runs.createExperiment(name: "gone") > neighbour)
        }
    }

    @Test(arguments: DatabaseKind.all)
    func `an experiment that holds what stays, or whose place others use, stays`(_ kind: DatabaseKind) async throws {
        try await with(kind) { place in
            let (busy, shared) = (
                try await place.runs.createExperiment(name: "busy"), try await place.runs.createExperiment(name: "shared")
            )
            _ = try await place.runs.createExperiment(name: "tenant", artifactLocation: "mlflow-artifacts:/\(shared)/inside")
            let run = try await place.runs.makeRun(experiment: busy)
            for id in [busy, shared] { try await place.runs.deleteExperiment(id) }
            try await place.runs.restoreRun(run)
            let removal = try await RecordRemoval(place.database, by: keeper)
            let plan = try await removal.plan(before: limit)
            #expect(plan.kept.map(\.reason) == ["the run \(run) is in it and stays"])
            let done = try await removal.remove(plan)
            #expect(done.kept.map(\.reason).last == "the experiment 'tenant' has its artifacts there")
            #expect(done.leaving.isEmpty)
        }
    }

    @Test(arguments: DatabaseKind.all)
    func `an experiment that an evaluation dataset belongs to stays with what is in it until the dataset is gone`(
        _ kind: DatabaseKind
    ) async throws {
        try await with(kind) { place in
            let experiment = try await place.runs.createExperiment(name: "hidden")
            let datasets = try await EvaluationDatasetStore(place.runs)
            let dataset = try await datasets.create(name: "questions", experiments: [String(experiment)]).id
            _ = try await place.models.make("logged", experiment: experiment)
            try await place.runs.deleteExperiment(experiment)
            let removal = try await RecordRemoval(place.database, by: keeper)
            let kept = try await removal.plan(before: limit)
            #expect(kept.leaving.isEmpty)
            #expect(kept.kept.map(\.reason) == ["the evaluation dataset \(dataset) belongs to it"])
            try await datasets.delete(dataset)
            let done = try await removal.remove(removal.plan(before: limit))
            #expect(done.leaving.map(\.kind) == [.loggedModel, .experiment])
        }
    }

    @Test(arguments: DatabaseKind.all)
    func `an experiment that an evaluation dataset came to belong to meanwhile stays`(_ kind: DatabaseKind) async throws {
        try await with(kind) { place in
            let experiment = try await place.runs.createExperiment(name: "hidden")
            try await place.runs.deleteExperiment(experiment)
            let removal = try await RecordRemoval(place.database, by: keeper)
            let plan = try await removal.plan(before: limit)
            #expect(plan.leaving.map(\.kind) == [.experiment])
            let datasets = try await EvaluationDatasetStore(place.runs)
            let dataset = try await datasets.create(name: "questions", experiments: [String(experiment)]).id
            let done = try await removal.remove(plan)
            #expect(done.kept.map(\.reason) == ["the evaluation dataset \(dataset) belongs to it"])
            #expect(try await datasets.experiments(of: dataset) == [String(experiment)])
        }
    }

    @Test(arguments: DatabaseKind.all)
    func `a folder that a run does not have for itself keeps its files`(_ kind: DatabaseKind) async throws {
        try await with(kind) { place in
            let run = try await place.runs.makeRun()
            try await place.database.write { connection in
                try connection.execute("UPDATE tracked_runs SET artifact_uri = 'mlflow-artifacts:/0/other/artifacts'")
            }
            try await place.keep("0/other/artifacts/a")
            try await place.runs.deleteRun(run)
            let removal = try await RecordRemoval(place.database, by: keeper)
            #expect(try await ids(removal.remove(removal.plan(before: limit)).leaving) == [run])
            #expect(try await place.count("artifact_files") == 1)
        }
    }

    @Test(arguments: DatabaseKind.all)
    func `who removed what is on record, and what was only looked at or stays is not`(_ kind: DatabaseKind) async throws {
        try await with(kind) { place in
            let experiment = try await place.runs.createExperiment(name: "gone")
            let runs = [try await place.runs.makeRun(experiment: experiment), try await place.runs.makeRun(experiment: experiment)]
            let (model, needed) = (try await place.models.make("logged", experiment: experiment), try await place.runs.makeRun())
            try await place.runs.deleteExperiment(experiment)
            try await place.runs.deleteRun(needed)
            try await place.registry.makeModel("price")
            try await place.registry.makeVersion(of: "price", source: "s3://bucket/a", run: needed)
            let removal = try await RecordRemoval(place.database, by: keeper)
            let access = try await AccessStore(place.database)
            let plan = try await removal.plan(before: limit)
            #expect(try await access.events(limit: 10).isEmpty)
            _ = try await removal.remove(plan)
            let events = try await access.events(limit: 10)
            #expect(events.allSatisfy { $0.user == "keeper" && $0.action == "deleted" })
            #expect(
                events.reversed().map(\.subject) == [
                    "for good: 2 runs \(runs[0]), \(runs[1])", "for good: logged model \(model)", "for good: experiment \(experiment)",
                ])
        }
    }

    @Test func `a plan says that there is more than it holds`() async throws {
        try await with(.sqlite) { place in
            for _ in 0..<3 { try await place.runs.deleteRun(place.runs.makeRun()) }
            let removal = try await RecordRemoval(place.database, by: keeper, countMax: 2)
            let plan = try await removal.plan(before: limit)
            #expect(plan.leaving.count == 2)
            #expect(plan.hasMore)
            _ = try await removal.remove(plan)
            #expect(try await !removal.plan(before: limit).hasMore)
        }
    }
}
