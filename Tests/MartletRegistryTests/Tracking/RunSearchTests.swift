import MartletCore
import MartletRegistry
import MartletTesting
import Testing

struct RunSearchTests {
    private static let values = ["a", "A", "ab", "b_", "Bé", "x%"] + ["v", "w"].map { String(repeating: "v", count: 70) + $0 }
    private static let numbers = [0.5, 1, -2, .nan, 1, 3]

    // MARK: Random runs and searches

    private static func fill(_ store: TrackingStore, _ generator: inout SplitMix64) async throws -> [TrackedRun] {
        _ = try await store.createExperiment(name: "one")
        _ = try await store.createExperiment(name: "two")
        var runs: [String] = []
        for _ in 0..<60 {
            let draft = RunDraft(
                experiment: Int64(generator.index(below: 3)), name: values[generator.index(below: 6)],
                user: ["ann", "bob"][generator.index(below: 2)], startedAt: Int64(generator.index(below: 8)))
            let id = try await store.createRun(draft).info.id
            var batch = LogBatch()
            for key in ["m", "n"] where generator.index(below: 3) > 0 {
                batch.metrics.append(LoggedMetric(key, numbers[generator.index(below: numbers.count)], at: 0))
            }
            for key in ["p", "q"] where generator.index(below: 3) > 0 {
                batch.parameters.append(KeyedText(key, values[generator.index(below: values.count)]))
                batch.tags.append(KeyedText(key, values[generator.index(below: values.count)]))
            }
            try await store.log(batch, run: id)
            if generator.index(below: 3) == 0 { try await store.logInputs(datasets: [dataset(&generator)], run: id) }
            if generator.index(below: 2) == 0 {
                let status = TrackedRun.Status.allCases[generator.index(below: 5)]
                _ = try await store.updateRun(id, RunChange(status: status, endedAt: Int64(generator.index(below: 8))))
            }
            if generator.index(below: 9) == 0 { try await store.deleteTag("mlflow.runName", run: id) }
            if generator.index(below: 6) == 0 { try await store.deleteRun(id) }
            runs.append(id)
        }
        var found: [TrackedRun] = []
        for id in runs { found.append(try await store.run(id)) }
        return found
    }

    private static func dataset(_ generator: inout SplitMix64) -> DatasetInput {
        DatasetInput(
            name: ["d", "e"][generator.index(below: 2)], digest: "1", sourceType: "", source: "",
            tags: [KeyedText("mlflow.data.context", ["train", "test"][generator.index(below: 2)])])
    }

    private static func clause(_ generator: inout SplitMix64) -> String {
        let compare = ["=", "!=", "<", "<=", ">", ">="][generator.index(below: 6)]
        let text = ["=", "!=", "LIKE", "ILIKE"][generator.index(below: 4)]
        let pattern = (values + ["a%", "%B%", "_", "", "%"])[generator.index(below: values.count + 5)]
        switch generator.index(below: 12) {
        case 0, 1, 2:
            return "metrics.\(["m", "n", "none"][generator.index(below: 3)]) \(compare) \([0.5, 1, -3][generator.index(below: 3)])"
        case 3: return "params.\(["p", "none"][generator.index(below: 2)]) \(text) '\(pattern)'"
        case 4: return "tags.q \(text) '\(pattern)'"
        case 5: return "params.p IS \(["", "NOT "][generator.index(below: 2)])NULL"
        case 6: return "tags.none IS \(["", "NOT "][generator.index(below: 2)])NULL"
        case 7: return "attributes.start_time \(compare) \(generator.index(below: 8))"
        case 8: return "end_time \(compare) 4"
        case 9: return "status \(text) '\(["RUNNING", "%ED", "failed", "FINISHED"][generator.index(below: 4)])'"
        case 10: return "dataset.\(["name = 'd'", "context != 'train'", "context IN ('test', 'x')"][generator.index(below: 3)])"
        default: return "\(["run_name", "user_id", "artifact_uri"][generator.index(below: 3)]) \(text) '\(pattern)'"
        }
    }

    private static func orders(_ generator: inout SplitMix64) -> [String] {
        let keys = [
            "metrics.m", "metrics.n", "metrics.none", "params.p", "tags.q", "start_time", "end_time", "status", "run_name", "user_id",
            "run_id",
            "artifact_uri",
        ]
        return Array(keys.shuffled(using: &generator).prefix(generator.index(below: 4))).map {
            $0 + ["", " DESC", " ASC"][generator.index(below: 3)]
        }
    }

    @Test(arguments: DatabaseKind.all, 0..<4)
    func `searches find what a naive search finds, in its order, page by page`(_ kind: DatabaseKind, _ seed: Int) async throws {
        var generator = SplitMix64(seed: UInt64(seed))
        try await kind.withStore { store in
            let naive = NaiveSearch(runs: try await Self.fill(store, &generator))
            for _ in 0..<120 {
                let filter = (0..<generator.index(below: 4)).map { _ in Self.clause(&generator) }.joined(separator: " AND ")
                let orders = Self.orders(&generator)
                let experiments: [Int64] = [[0], [1], [0, 1, 2], [2, 7]][generator.index(below: 4)]
                let view = StageView.allCases[generator.index(below: 3)]
                let expected = naive.found(
                    try SearchFilter(parsing: filter, of: .runs), try SearchOrder.orders(parsing: orders, of: .runs),
                    experiments: Set(experiments), view: view
                ).map(\.info.id)
                let search = "seed \(seed): '\(filter)' by \(orders) in \(experiments), \(view)"
                let (limit, offset) = (1 + generator.index(below: 30), generator.index(below: 40))
                let page = try await store.runs(filter, orders: orders, experiments: experiments, view: view, limit: limit, offset: offset)
                #expect(
                    page.elements.map(\.info.id) == Array(expected.dropFirst(offset).prefix(limit)), "\(search), \(limit) after \(offset)")
                #expect(page.hasMore == (expected.count > limit + offset), "\(search)")
            }
        }
    }

    @Test(arguments: DatabaseKind.all)
    func `found runs are whole, but for the models that they used`(_ kind: DatabaseKind) async throws {
        var generator = SplitMix64(seed: 7)
        try await kind.withStore { store in
            let runs = try await Self.fill(store, &generator)
            try await store.logInputs(datasets: [], models: ["m-1"], run: runs[0].info.id)
            try await store.logOutputs([ModelOutput("m-2", step: 1)], run: runs[0].info.id)
            for run in try await store.runs(experiments: [0, 1, 2], view: .all).elements {
                var expected = try await store.run(run.info.id)
                expected.modelInputs = []
                #expect("\(run)" == "\(expected)")
            }
        }
    }

    @Test(arguments: DatabaseKind.all)
    func `comparisons that hold for many runs and for few find the same as one by one`(_ kind: DatabaseKind) async throws {
        try await kind.withStore { store in
            for number in 0..<1100 {
                let tags = [KeyedText("all", "x"), KeyedText("few", number % 500 == 0 ? "x" : "y")]
                let run = try await store.createRun(RunDraft(experiment: 0, startedAt: Int64(number), tags: tags)).info.id
                try await store.logMetric(LoggedMetric("m", Double(number % 100), at: 0), run: run)
            }
            let few = try await store.runs("tags.few = 'x' AND tags.all = 'x' AND metrics.m >= 0")
            #expect(few.elements.map(\.info.startedAt) == [1000, 500, 0])
            let many = try await store.runs("tags.all = 'x' AND metrics.m > 97", orders: ["metrics.m ASC"], limit: 12, offset: 2)
            #expect(many.elements.map(\.info.startedAt) == [898, 798, 698, 598, 498, 398, 298, 198, 98, 1099, 999, 899])
            #expect(try await store.runs("tags.all = 'x'", limit: 2).elements.map(\.info.startedAt) == [1099, 1098])
        }
    }

    @Test(arguments: DatabaseKind.all)
    func `no experiments find nothing, and no size is refused`(_ kind: DatabaseKind) async throws {
        try await kind.withStore { store in
            _ = try await store.makeRun()
            #expect(try await store.runs(experiments: []) == TrackingPage([], hasMore: false))
            await #expect(
                throws: TrackingFault.invalid("Invalid value 0 for parameter 'max_results' supplied. It must be a positive integer")
            ) { try await store.runs(limit: 0) }
        }
    }
}
