import MartletCore
import MartletTesting
import Testing

@testable import MartletRegistry

struct LoggedModelSearchTests {
    /// Three models, made one after the other, of which two have metrics.
    private func withThree(
        _ kind: DatabaseKind, isolation: isolated (any Actor)? = #isolation, _ body: (LoggedModelStore) async throws -> Void
    ) async throws {
        let clock = HandClock()
        try await kind.withModels(clock: clock) { models, tracking in
            let run = try await tracking.makeRun()
            for (place, name) in ["a", "b", "c"].enumerated() {
                clock.set(Int64(1000 + place))
                let id = try await models.make(
                    name, parameters: [KeyedText("p", "\(place)")], tags: name == "c" ? [] : [KeyedText("t", name.uppercased())])
                if name == "c" { continue }
                for (at, value) in [(1, 10.0 - Double(place)), (2, Double(place))] as [(Int64, Double)] {
                    let dataset = LoggedModelMetric.Dataset(name: "d\(place)", digest: at == 1 ? "x" : nil)
                    try await models.logMetric(ModelMetric(id, LoggedMetric("m", value, at: at), dataset: dataset), run: run)
                }
            }
            try await body(models)
        }
    }

    @Test(
        arguments: DatabaseKind.all,
        [
            ("", "cba"), ("name = 'b'", "b"), ("attributes.name != 'b'", "ca"), ("name LIKE 'B'", ""), ("name ILIKE 'B'", "b"),
            ("name IN ('a', 'c')", "ca"), ("params.p = '1'", "b"), ("tags.t = 'A'", "a"), ("tags.t != 'A'", "b"),
            ("metrics.m > 9.5", "a"), ("metrics.m >= 1 AND metrics.m < 2", "ba"), ("metrics.x != 1", ""), ("status = '1'", "cba"),
            ("status = 'LOGGED_MODEL_PENDING'", ""), ("experiment_id = '0'", "cba"), ("lifecycle_stage = 'active'", "cba"),
            ("lifecycle_stage = 'deleted'", ""), ("creation_timestamp > 1000", "cb"), ("status_message = ''", ""),
            ("source_run_id = ''", "cba"), ("model_type LIKE '%'", "cba"), ("last_updated_timestamp < 1001", "a"),
        ])
    func `a filter finds what MLflow's finds`(_ kind: DatabaseKind, _ filter: (text: String, names: String)) async throws {
        try await withThree(kind) { models in
            let names = try await models.names(filter.text)
            #expect(names.joined() == filter.names)
        }
    }

    @Test(
        arguments: DatabaseKind.all,
        [
            ([LoggedModelOrder(fieldName: "name")], "abc"),
            ([LoggedModelOrder(fieldName: "metrics.m")], "abc"),
            ([LoggedModelOrder(fieldName: "metrics.m", isAscending: false)], "bac"),
            ([LoggedModelOrder(fieldName: "metrics.m", isAscending: true, datasetDigest: "x")], "bac"),
            ([LoggedModelOrder(fieldName: "metrics.m", isAscending: true, datasetName: "d1")], "bca"),
            ([LoggedModelOrder(fieldName: "metrics.none")], "cba"),
            ([LoggedModelOrder(fieldName: "status_message"), LoggedModelOrder(fieldName: "creation_time")], "abc"),
            ([LoggedModelOrder(fieldName: "source_run_id"), LoggedModelOrder(fieldName: "name", isAscending: false)], "cba"),
        ])
    func `models are sorted by the latest value of a metric, those without it last`(
        _ kind: DatabaseKind, _ order: (records: [LoggedModelOrder], names: String)
    ) async throws {
        try await withThree(kind) { models in
            let names = try await models.names(orders: order.records)
            #expect(names.joined() == order.names)
        }
    }

    @Test(
        arguments: DatabaseKind.all,
        [
            ("d0", nil, "", "a"), ("d0", "x", "", "a"), ("d0", "y", "", ""), ("d0", "x", "metrics.m < 1", ""),
            ("d0", nil, "metrics.m < 1", "a"), ("d9", nil, "", ""),
        ] as [(String, String?, String, String)])
    func `datasets are what metrics must be of; without a digest those that have none`(
        _ kind: DatabaseKind, _ search: (name: String, digest: String?, filter: String, names: String)
    ) async throws {
        try await withThree(kind) { models in
            let dataset = LoggedModelMetric.Dataset(name: search.name, digest: search.digest)
            let names = try await models.names(search.filter, datasets: [dataset])
            #expect(names.joined() == search.names)
        }
    }

    @Test(arguments: DatabaseKind.all)
    func `pages follow each other`(_ kind: DatabaseKind) async throws {
        try await withThree(kind) { models in
            let filter = try SearchFilter(parsing: "", of: .loggedModels)
            let orders = try LoggedModelOrder.orders(of: [])
            let first = try await models.search(experiments: [0, 0], filter: filter, orders: orders, limit: 2)
            let second = try await models.search(experiments: [0], filter: filter, orders: orders, limit: 2, offset: 2)
            #expect((first.elements.map(\.name), first.hasMore) == (["c", "b"], true))
            #expect((second.elements.map(\.name), second.hasMore) == (["a"], false))
            #expect(first.elements[1].metrics.count == 2)
        }
    }

    @Test(arguments: DatabaseKind.all)
    func `models of other experiments are not found, those of deleted ones are`(_ kind: DatabaseKind) async throws {
        try await kind.withModels { models, tracking in
            let experiment = try await tracking.createExperiment(name: "e")
            _ = try await models.make("a", experiment: experiment)
            try await tracking.deleteExperiment(experiment)
            #expect(try await models.names(experiments: [0]) == [])
            #expect(try await models.names(experiments: []) == [])
            #expect(try await models.names(experiments: [0, experiment]) == ["a"])
        }
    }

    @Test(arguments: DatabaseKind.all)
    func `a dataset without a name is refused`(_ kind: DatabaseKind) async throws {
        try await kind.withModels { models, _ in
            await #expect(throws: TrackingFault.invalid("`dataset_name` in the `datasets` clause must be specified.")) {
                try await models.names(datasets: [LoggedModelMetric.Dataset(digest: "x")])
            }
        }
    }
}
