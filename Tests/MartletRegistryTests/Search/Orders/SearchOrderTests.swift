import MartletCore
import Testing

@testable import MartletRegistry

@Suite struct SearchOrderTests {
    private func orders(_ clauses: [String], of kind: SearchKind) throws -> [String] {
        try SearchOrder.orders(parsing: clauses, of: kind).map { "\($0.entity).\($0.key) \($0.isAscending ? "up" : "down")" }
    }

    @Test(arguments: [
        (SearchKind.runs, ["attribute.start_time down", "attribute.run_id up"]),
        (.experiments, ["attribute.creation_time down", "attribute.experiment_id up"]),
        (.registeredModels, ["attribute.name up"]),
        (.modelVersions, ["attribute.last_updated_timestamp down", "attribute.name up", "attribute.version_number down"]),
        (.loggedModels, ["attribute.creation_timestamp_ms down", "attribute.model_id up"]),
        (.traces, ["attribute.timestamp_ms down", "attribute.request_id up"]),
    ])
    func `a search without an order has MLflow's`(kind: SearchKind, expected: [String]) throws {
        #expect(try orders([], of: kind) == expected)
    }

    @Test func `what MLflow adds to break ties comes last and only where it lacks`() throws {
        #expect(
            try orders(["metrics.`a b` DESC", "Created"], of: .runs) == [
                "metric.a b down", "attribute.start_time up", "attribute.run_id up",
            ])
        #expect(try orders(["name"], of: .experiments) == ["attribute.name up", "attribute.experiment_id down"])
        #expect(try orders(["name desc"], of: .modelVersions) == ["attribute.name down", "attribute.version_number down"])
    }

    @Test func `both names of the last update's time are one key`() throws {
        #expect(try orders(["timestamp DESC"], of: .registeredModels).first == "attribute.last_updated_timestamp down")
    }

    @Test(arguments: [
        (SearchKind.runs, ["start_time", "created DESC"], "`order_by` contains duplicate fields: ['start_time', 'created DESC']"),
        (
            .registeredModels, ["timestamp", "last_updated_timestamp"],
            "`order_by` contains duplicate fields: ['timestamp', 'last_updated_timestamp']"
        ),
        (.runs, ["metrics.a UP"], "Invalid ordering key in order_by clause 'metrics.a UP'."),
        (.runs, [""], "Invalid order_by clause ''. Could not be parsed."),
        (.runs, ["datasets.name"], "Invalid identifier type 'dataset'"),
        (.experiments, ["tags.a"], "Invalid order_by entity: tag"),
        (.registeredModels, ["version"], "Invalid order_by clause 'version'. Could not be parsed."),
        (
            .registeredModels, ["creation_timestamp"],
            "Invalid order by key 'creation_timestamp' specified. Valid keys are '{'name', 'timestamp'}'"
        ),
    ])
    func `what MLflow refuses is refused in its words`(kind: SearchKind, clauses: [String], message: String) throws {
        let error = #expect(throws: MartletError.self) { try SearchOrder.orders(parsing: clauses, of: kind) }
        #expect(error?.message == message)
    }

    @Test func `more orders than may be are refused`() {
        let clauses = (0...SearchOrder.clauseCountMax).map { "metrics.a\($0)" }
        #expect(throws: MartletError.self) { try SearchOrder.orders(parsing: clauses, of: .runs) }
    }

    @Test func `logged models are sorted by records, of which metrics may be of one data set`() throws {
        let metric = LoggedModelOrder(fieldName: "metrics.a.b", isAscending: false, datasetName: "iris", datasetDigest: "1")
        let orders = try LoggedModelOrder.orders(of: [metric, LoggedModelOrder(fieldName: "creation_time")])
        #expect(orders.map(\.key) == ["a.b", "creation_timestamp_ms", "model_id"])
        #expect(orders.first?.dataset == SearchOrder.Dataset(name: "iris", digest: "1"))
    }

    @Test(arguments: [
        ("params.a", "Invalid order by field name: params.a. Only metrics are supported."),
        ("unknown", "Invalid order by field name: unknown"),
    ])
    func `a field that logged models do not have is refused`(field: String, message: String) {
        let error = #expect(throws: MartletError.self) { try LoggedModelOrder.orders(of: [LoggedModelOrder(fieldName: field)]) }
        #expect(error?.message == message)
    }
}
