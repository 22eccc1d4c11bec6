import MartletCore
import MartletTesting
import Testing

@testable import MartletRegistry

struct EvaluationDatasetStoreTests {
    private func withDatasets(
        _ kind: DatabaseKind, clock: HandClock = HandClock(), isolation: isolated (any Actor)? = #isolation,
        _ body: (EvaluationDatasetStore, TrackingStore) async throws -> Void
    ) async throws {
        try await kind.withStore(clock: clock) { try await body(try await EvaluationDatasetStore($0), $0) }
    }

    @Test(arguments: DatabaseKind.all)
    func `a dataset is made, tagged, found and deleted`(_ kind: DatabaseKind) async throws {
        try await withDatasets(kind) { datasets, _ in
            let made = try await datasets.create(
                name: "n", experiments: ["0", "777"], tags: [KeyedText("mlflow.user", "u"), KeyedText("a", "1")])
            #expect((made.createdBy, made.updatedBy, made.schema, made.profile) == ("u", "u", nil, nil))
            #expect(made.digest.count == 8 && made.id.hasPrefix("d-"))
            #expect(try await datasets.experiments(of: made.id) == ["0", "777"])
            try await datasets.setTags([KeyedText("a", "2"), KeyedText("b", "3")], of: made.id)
            for _ in 0..<2 { try await datasets.deleteTag("b", of: made.id) }
            #expect(try await datasets.dataset(made.id).tags == [KeyedText("a", "2"), KeyedText("mlflow.user", "u")])
            _ = try await datasets.upsert([["inputs": ["q": 1]]], into: made.id)
            for _ in 0..<2 { try await datasets.delete(made.id) }
            await #expect(throws: TrackingFault.missing("Evaluation dataset with id '\(made.id)' not found")) {
                try await datasets.dataset(made.id)
            }
            #expect(try await datasets.records(of: made.id, limit: 10).records == [])
        }
    }

    @Test func `experiments of a new dataset are told apart by their bytes`() async throws {
        try await withDatasets(.sqlite) { datasets, _ in
            let made = try await datasets.create(name: "n", experiments: ["\u{e9}", "e\u{301}"])
            #expect(try await datasets.experiments(of: made.id).count == 2)
            await #expect(throws: TrackingFault.self) { try await datasets.create(name: "n", experiments: ["0", "0"]) }
        }
    }

    @Test(arguments: DatabaseKind.all)
    func `records with equal inputs are merged`(_ kind: DatabaseKind) async throws {
        try await withDatasets(kind) { datasets, _ in
            let id = try await datasets.create(name: "n").id
            let first = try await datasets.upsert(
                [
                    ["inputs": ["a": 1, "b": 2], "expectations": ["x": 1], "tags": ["t": "1"]],
                    ["inputs": ["b": 2, "a": 1], "expectations": ["y": 1.5], "tags": ["mlflow.user": "w"]],
                    ["inputs": ["c": [1]], "outputs": "text", "source": ["source_type": "trace", "source_data": ["trace_id": "tr-1"]]],
                ], into: id)
            #expect(first == (2, 1))
            #expect(try await datasets.upsert([["inputs": ["c": [1]], "outputs": nil]], into: id) == (0, 1))
            let records = try await datasets.records(of: id, limit: 10).records.sorted {
                PythonJSON.text($0.inputs) < PythonJSON.text($1.inputs)
            }
            #expect(records.map(\.inputs) == [["a": 1, "b": 2], ["c": [1]]])
            #expect(records[0].expectations == ["x": 1, "y": 1.5])
            #expect((records[0].tags, records[0].outputs, records[0].updatedBy) == (["t": "1", "mlflow.user": "w"], [:], "w"))
            #expect(records[1].outputs == nil)
            #expect(records[1].source == ["source_type": "TRACE", "source_data": ["trace_id": "tr-1"]])
            let found = try await datasets.dataset(id)
            #expect(found.profile == #"{"num_records": 2}"#)
            #expect(
                found.schema
                    == #"{"inputs": {"a": "integer", "b": "integer", "c": "array"}, "outputs": "string", "#
                    + #""expectations": {"x": "integer", "y": "float"}, "version": "1.0"}"#)
        }
    }

    @Test(arguments: DatabaseKind.all)
    func `records keep their numbers as they were written, and those that differ in kind are two`(_ kind: DatabaseKind) async throws {
        try await withDatasets(kind) { datasets, _ in
            let id = try await datasets.create(name: "n").id
            let texts = [
                #"{"a": 1.0}"#, #"{"a": 1}"#, #"{"b": 100000000000000000000, "a": -0.0}"#, #"{"n": NaN, "i": [-Infinity]}"#,
                #"{"\u00e9": 1}"#, #"{"e\u0301": 1}"#,
            ]
            let records = texts.map { "{\"inputs\": \($0), \"outputs\": {\"z\": 2.0, \"y\": NaN}}" }.joined(separator: ", ")
            let first = try await datasets.upsert(PythonValue(parsing: "[\(records)]", as: "records"), into: id)
            #expect(first == (6, 0))
            let again = #"[{"inputs": {"a": -0.0, "b": 100000000000000000000}, "expectations": {"x": 1e400}}]"#
            let second = try await datasets.upsert(PythonValue(parsing: again, as: "records"), into: id)
            #expect(second == (0, 1))
            let found = try await datasets.records(of: id, limit: 10).records
            #expect(Set(found.map { PythonJSON.text($0.inputs) }) == Set(texts))
            #expect(Set(found.map { $0.outputs.map { PythonJSON.text($0) } }) == [#"{"z": 2.0, "y": NaN}"#])
            #expect(found.compactMap { $0.expectations.map { PythonJSON.text($0) } } == [#"{"x": Infinity}"#])
        }
    }

    @Test(
        arguments: [
            (5, "expected an array of records, found an integer"), ([5], "expected each record to be an object, found an integer"),
            ([["inputs": 5]], "expected 'inputs' of each record to be an object, found an integer"),
        ] as [(PythonValue, String)])
    func `what is no record is refused`(_ records: PythonValue, _ reason: String) async throws {
        try await withDatasets(DatabaseKind.all[0]) { datasets, _ in
            let id = try await datasets.create(name: "n").id
            await #expect(throws: TrackingFault.invalid("Invalid records: \(reason).")) { try await datasets.upsert(records, into: id) }
        }
    }

    @Test(arguments: DatabaseKind.all)
    func `records of a dataset that is not there are refused, none are fine`(_ kind: DatabaseKind) async throws {
        try await withDatasets(kind) { datasets, _ in
            await #expect(throws: TrackingFault.self) { try await datasets.upsert([["inputs": [:]]], into: "d-x") }
            let none = try await datasets.upsert([], into: "d-x")
            #expect(none == (0, 0))
        }
    }

    @Test(arguments: DatabaseKind.all)
    func `records come in pages, and are deleted`(_ kind: DatabaseKind) async throws {
        try await withDatasets(kind) { datasets, _ in
            let id = try await datasets.create(name: "n").id
            _ = try await datasets.upsert(.array((0..<5).map { ["inputs": ["q": .integer(String($0))]] }), into: id)
            var (ids, token): ([String], String?) = ([], "")
            while let next = token {
                let page = try await datasets.records(of: id, limit: 2, token: next)
                #expect(page.records.count <= 2)
                ids += page.records.map(\.id)
                token = page.next
            }
            #expect(Set(ids).count == 5)
            #expect(try await datasets.deleteRecords([ids[0], "dr-x"], of: id) == 1)
            #expect(try await datasets.dataset(id).profile == #"{"num_records": 4}"#)
            #expect(try await datasets.deleteRecords(ids, of: id) == 4)
            #expect(try await datasets.dataset(id).profile == "null")
            await #expect(throws: TrackingFault.invalid("Invalid page token, could not base64-decode")) {
                try await datasets.records(of: id, limit: 2, token: "?")
            }
        }
    }

    @Test(arguments: DatabaseKind.all)
    func `a dataset is added to experiments that exist, and removed`(_ kind: DatabaseKind) async throws {
        try await withDatasets(kind) { datasets, _ in
            let id = try await datasets.create(name: "n").id
            for _ in 0..<2 { _ = try await datasets.add(id, to: ["0"]) }
            await #expect(throws: TrackingFault.missing("No Experiment with id=77")) { try await datasets.add(id, to: ["77"]) }
            await #expect(throws: TrackingFault.missing("Dataset 'd-x' not found")) { try await datasets.add("d-x", to: ["0"]) }
            #expect(try await datasets.experiments(of: id) == ["0"])
            for _ in 0..<2 { _ = try await datasets.remove(id, from: ["0"]) }
            #expect(try await datasets.experiments(of: id) == [])
        }
    }

    @Test(
        arguments: DatabaseKind.all,
        [
            ("", [], "cba"), ("name = 'b'", [], "b"), ("name IN ('a', 'c')", [], "ca"), ("name ILIKE 'A'", [], "a"),
            ("tags.t = 'b'", [], "b"), ("tags.t != 'b'", [], "ca"), ("created_time > 1000", [], "cb"), ("", ["name"], "abc"),
            ("created_by = 'u'", [], ""), ("", ["created_time DESC"], "cba"),
        ] as [(String, [String], String)])
    func `a search finds what MLflow's finds`(_ kind: DatabaseKind, _ search: (filter: String, orders: [String], names: String))
        async throws
    {
        let clock = HandClock()
        try await withDatasets(kind, clock: clock) { datasets, _ in
            for (place, name) in ["a", "b", "c"].enumerated() {
                clock.set(Int64(1000 + place))
                _ = try await datasets.create(name: name, experiments: ["\(place)"], tags: [KeyedText("t", name)])
            }
            let (filter, orders) = (
                try SearchFilter(parsing: search.filter, of: .evaluationDatasets),
                try SearchOrder.orders(parsing: search.orders, of: .evaluationDatasets)
            )
            let page = try await datasets.search(filter: filter, orders: orders, limit: 10)
            #expect(page.elements.map(\.name).joined() == search.names)
            #expect(
                try await datasets.search(experiments: ["1", "x"], filter: SearchFilter(parsing: "", of: .evaluationDatasets), limit: 1)
                    .elements.map(\.name) == ["b"])
        }
    }

    @Test(
        arguments: [
            (
                "bogus = 'x'",
                "Invalid attribute key 'bogus' specified. Valid keys are: {'created_by', 'created_time', 'last_update_time', 'last_updated_by', 'name'}"
            ),
            ("foo.x = 'y'", "Invalid identifier token 'foo' specified"),
            ("name != 'a' or name = 'b'", "Invalid clause(s) in filter string: or"),
            ("created_time > 'x'", "Expected numeric value type for numeric attribute: created_time. Found 'x'"),
            ("tags.x > 'y'", "Invalid comparator for tag: >"),
            ("name NOT IN ('a')", "List values for 'name' are only supported with the IN comparator."),
        ])
    func `a filter that cannot be is refused in MLflow's words`(_ filter: String, _ message: String) {
        let error = #expect(throws: MartletError.self) { try SearchFilter(parsing: filter, of: .evaluationDatasets) }
        #expect(error?.message == message)
    }

    @Test(arguments: DatabaseKind.all)
    func `what runs read is summed up, each dataset with each context once`(_ kind: DatabaseKind) async throws {
        try await kind.withStore { store in
            let dataset = { (context: String?) in
                DatasetInput(
                    name: "d", digest: "x", sourceType: "s", source: "s",
                    tags: context.map { [KeyedText("mlflow.data.context", $0)] } ?? [KeyedText("other", "y")])
            }
            for context in ["train", "train", "test", nil] {
                try await store.logInputs(datasets: [dataset(context)], run: try await store.makeRun())
            }
            let found = try await store.datasetSummaries(experiments: [0, 5])
            #expect(Set(found.map(\.context)) == ["train", "test", nil])
            #expect(found.count == 3)
            #expect(Set(found.map(\.name)) == ["d"])
            await #expect(throws: TrackingFault.invalid("SearchDatasets request must specify at least one experiment_id.")) {
                try await store.datasetSummaries(experiments: [])
            }
            let many = TrackingFault.invalid(
                "SearchDatasets request cannot specify more than 20 experiment_ids. Received 21 experiment_ids.")
            await #expect(throws: many) { try await store.datasetSummaries(experiments: Array(0..<21)) }
        }
    }
}
