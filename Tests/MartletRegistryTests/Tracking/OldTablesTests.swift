import MartletStore
import MartletTesting
import Testing

@testable import MartletRegistry

struct OldTablesTests {
    private static let points = [
        LoggedMetric("rmse", 0.9, at: 100, step: 0), LoggedMetric("rmse", .nan, at: 110, step: 10),
        LoggedMetric("rmse", 0.6, at: 200, step: 20),
        LoggedMetric("rmse", 0.75, at: 210, step: 5), LoggedMetric("rmse", 0.5, at: 300, step: 30),
    ]

    private func withOldTables(_ kind: DatabaseKind, _ body: (TrackingStore) async throws -> Void) async throws {
        try await kind.withDatabase { database in
            try await database.write { connection in
                for statement in TrackingVersion1.statements(connection.dialect) { try connection.execute(statement) }
            }
            try await body(try await TrackingStore(database))
        }
    }

    private func isHistory(_ run: Int, of store: TrackingStore, as model: MetricModel) async throws -> Bool {
        let history = try await store.metricHistory(run: TrackingVersion1.runs[run], key: "rmse").elements
        return history.count == model.history.count && zip(history, model.history).allSatisfy(MetricModel.isSame)
    }

    @Test(arguments: DatabaseKind.all)
    func `experiments and runs of the first schema are all there`(_ kind: DatabaseKind) async throws {
        try await withOldTables(kind) { store in
            let experiment = try await store.experiment(named: "pricing")
            #expect((experiment.id, experiment.createdAt, experiment.tags) == (1, 2, [KeyedText("team", "demand")]))
            let runs = try await store.runs(experiments: [1]).elements
            #expect(runs.map(\.info.id) == TrackingVersion1.runs.reversed())
            #expect(runs.map(\.parameters) == [[KeyedText("rate", "0.2")], [KeyedText("rate", "0.1")]])
            #expect(runs.map { $0.metrics.map(\.key).sorted() } == [["rmse"], ["loss", "rmse"]])
            #expect(try await store.runs("metrics.rmse < 0.6", experiments: [1]).elements.map(\.info.name) == ["first"])
        }
    }

    @Test(arguments: DatabaseKind.all)
    func `points of the first schema are all there, and are gone on with`(_ kind: DatabaseKind) async throws {
        try await withOldTables(kind) { store in
            var models = [MetricModel(), MetricModel()]
            for point in Self.points { models[0].log(point) }
            for (step, (at, value)) in [(400, 0.8), (100, 0.7)].enumerated() {
                models[1].log(LoggedMetric("rmse", value, at: Int64(at), step: Int64(5 * step)))
            }
            for run in 0...1 { #expect(try await isHistory(run, of: store, as: models[run])) }
            // One that is there, two that come late, two that come next, in a metric that had past points and one that had not.
            let more = [(20, 200, 0.6), (15, 90, 0.1), (25, 500, 0.2), (40, 400, 0.3), (50, 500, 0.4)].map { step, at, value in
                LoggedMetric("rmse", value, at: Int64(at), step: Int64(step))
            }
            for run in 0...1 {
                for point in more {
                    models[run].log(point)
                    try await store.logMetric(point, run: TrackingVersion1.runs[run])
                    try await store.logMetric(
                        LoggedMetric("loss", point.value, at: point.at, step: point.step), run: TrackingVersion1.runs[run])
                }
            }
            for run in 0...1 { #expect(try await isHistory(run, of: store, as: models[run])) }
            #expect(try await store.metricHistory(run: TrackingVersion1.runs[0], key: "loss").elements.count == 6)
            let sample = try await store.sampledMetricHistory(runs: [TrackingVersion1.runs[0]], key: "rmse", limit: 3)
            #expect(sample.map(\.metric.step) == [0, 15, 50])
        }
    }

    @Test(arguments: DatabaseKind.all)
    func `registered models of the first schema are all there, and are gone on with`(_ kind: DatabaseKind) async throws {
        try await withOldTables(kind) { store in
            let registry = try await ModelRegistry(store, loggedModels: try await LoggedModelStore(store))
            #expect(try await registry.version(alias: "champion", of: "price").version == 2)
            #expect(try await registry.latestVersions(of: "price").map(\.version) == [1, 2])
            #expect(try await registry.makeVersion(of: "price").version == 3)
            try await registry.setAlias("champion", to: ModelVersionID("price", 3))
            let events = try await registry.history(of: "price").elements
            #expect(events.map(\.number) == [1, 2, 3, 4, 5, 6])
            #expect(events.last?.from == "2")
        }
    }

    @Test(arguments: DatabaseKind.all)
    func `logged models, marks of imports and remains of the first schemas are all there`(_ kind: DatabaseKind) async throws {
        try await withOldTables(kind) { store in
            _ = try await RecordRemoval(store.database, by: AccessStore.Actor("ann"))
            let model = try await LoggedModelStore(store).model(TrackingVersion1.model)
            #expect((model.parameters, model.tags) == ([KeyedText("depth", "3")], [KeyedText("stage", "trial")]))
            #expect(model.metrics.map(\.metric.value) == [0.5])
            let marks = try await store.database.read { connection in
                try [
                    ("experiments", "7"), ("runs", TrackingVersion1.runs[0]), ("artifacts", TrackingVersion1.runs[0]),
                    ("logged models", TrackingVersion1.model), ("runs", "removed since"),
                ].map { try ImportMarks(connection: connection, source: "old").mark($0, $1) }
            }
            #expect(marks.map { $0?.experiment } == [nil, 1, 1, 1, nil])
            #expect(marks.map { $0?.origin } == ["file:///7", "", "file:///a", "", ""])
            // A model goes before what it had, which was refused.
            try await store.database.write { connection in
                let remains = try connection.first("SELECT record + model FROM removal_remains") { $0.integer(0) }
                #expect(remains == 9)
                try connection.execute("DELETE FROM logged_models")
                #expect(try connection.exists("SELECT 1 FROM logged_model_metrics"))
            }
        }
    }

    @Test(arguments: DatabaseKind.all)
    func `tables that were made while the first migration was another are opened too`(_ kind: DatabaseKind) async throws {
        try await kind.withDatabase { database in
            let run = try await TrackingStore(database).makeRun()
            try await database.write { try $0.execute("DELETE FROM martlet_migrations WHERE subject = 'tracking' AND number > 1") }
            let store = try await TrackingStore(database)
            for point in Self.points { try await store.logMetric(point, run: run) }
            #expect(try await store.metricHistory(run: run, key: "rmse").elements.count == 5)
        }
    }
}

extension TrackingVersion1 {
    /// All that makes the tables and fills them.
    static func statements(_ dialect: SQLDialect) -> [String] {
        let made = [
            "CREATE TABLE martlet_migrations (subject TEXT NOT NULL, number BIGINT NOT NULL, PRIMARY KEY (subject, number))",
            "INSERT INTO martlet_migrations (subject, number) VALUES "
                + "('tracking', 1), ('models', 1), ('logged models', 1), ('imports', 1), ('removal', 1)",
        ]
        let schema =
            [tracking, models, others].map { dialect == .sqlite ? $0 : translated($0) } + [dialect == .sqlite ? guards : guardsOfPostgreSQL]
        return made + (schema + [rows]).flatMap { $0.split(separator: "\n\n").map(String.init) }
    }

    /// In PostgreSQL's words, which the first schema had.
    private static func translated(_ sql: String) -> String {
        sql.replacing("INTEGER PRIMARY KEY AUTOINCREMENT", with: "BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY")
            .replacing("INTEGER", with: "BIGINT").replacing("REAL", with: "DOUBLE PRECISION").replacing("TEXT", with: "TEXT COLLATE \"C\"")
            .replacing("STRICT, WITHOUT ROWID", with: "").replacing("STRICT", with: "")
    }
}
