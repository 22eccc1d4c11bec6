import MartletCore
import MartletRegistry
import MartletTesting
import Testing

struct MetricHistoryTests {
    private static func random(_ generator: inout SplitMix64, _ shape: Int) -> LoggedMetric {
        let value = [1.5, -2, 0, .nan, 7, 0.25][generator.index(below: 6)]
        let spread = shape == 0 ? 3 : 12
        return LoggedMetric(
            "m", value, at: Int64(generator.index(below: spread)), step: Int64(generator.index(below: spread)) - Int64(spread / 3))
    }

    private static func isSame(_ left: [LoggedMetric], _ right: [LoggedMetric]) -> Bool {
        left.count == right.count && zip(left, right).allSatisfy(MetricModel.isSame)
    }

    @Test(arguments: DatabaseKind.all, 0..<24)
    func `latest value, history and samples are those of a naive model`(_ kind: DatabaseKind, _ seed: Int) async throws {
        var generator = SplitMix64(seed: UInt64(seed))
        var model = MetricModel()
        try await kind.withStore { store in
            let id = try await store.makeRun()
            for _ in 0..<12 {
                var metrics = (0..<1 + generator.index(below: 6)).map { _ in Self.random(&generator, seed % 2) }
                if seed % 3 == 0 { metrics.sort { ($0.at, $0.step) < ($1.at, $1.step) } }
                if metrics.count == 1 {
                    try await store.logMetric(metrics[0], run: id)
                } else {
                    try await store.log(LogBatch(metrics: metrics), run: id)
                }
                for metric in metrics { model.log(metric) }
                let latest = try #require(try await store.run(id).metrics.first)
                #expect(MetricModel.isSame(latest, try #require(model.latest)), "seed \(seed)")
            }
            let history = try await store.metricHistory(run: id, key: "m")
            #expect(Self.isSame(history.elements, model.history), "seed \(seed)")
            let (limit, offset) = (1 + generator.index(below: 20), generator.index(below: 20))
            let page = try await store.metricHistory(run: id, key: "m", limit: limit, offset: offset)
            #expect(Self.isSame(page.elements, Array(model.history.dropFirst(offset).prefix(limit))), "seed \(seed)")
            #expect(page.hasMore == (model.history.count > limit + offset), "seed \(seed)")
            for limit in [1, 2, 3, 7, 2500] {
                let steps = -Int64(generator.index(below: 4))...Int64(generator.index(below: 9))
                let sample = try await store.sampledMetricHistory(
                    runs: [id], key: "m", startStep: steps.lowerBound, endStep: steps.upperBound, limit: limit)
                #expect(
                    Self.isSame(sample.map(\.metric), model.sample(steps, limit: limit)), "seed \(seed), limit \(limit), steps \(steps)")
            }
        }
    }

    @Test(arguments: DatabaseKind.all)
    func `a long series in order is paged and sampled as the naive model does it`(_ kind: DatabaseKind) async throws {
        var model = MetricModel()
        let metrics: [LoggedMetric] = (0..<900).map { place in
            LoggedMetric("m", Double(place % 10), at: Int64(place) * 2, step: Int64(place) / 2)
        }
        for metric in metrics { model.log(metric) }
        try await kind.withStore { store in
            let id = try await store.makeRun()
            try await store.log(LogBatch(metrics: metrics), run: id)
            for limit in [1, 7, 100, 899, 900] {
                let sample = try await store.sampledMetricHistory(runs: [id], key: "m", startStep: 3, endStep: 440, limit: limit)
                #expect(Self.isSame(sample.map(\.metric), model.sample(3...440, limit: limit)), "limit \(limit)")
            }
            let page = try await store.metricHistory(run: id, key: "m", limit: 10, offset: 895)
            #expect(page == TrackingPage(Array(metrics.suffix(5)), hasMore: false))
        }
    }

    @Test(arguments: DatabaseKind.all)
    func `the points of several metrics and runs are kept apart, however many come at once`(_ kind: DatabaseKind) async throws {
        try await kind.withStore { store in
            let runs = [try await store.makeRun(), try await store.makeRun()]
            var models: [String: MetricModel] = [:]
            for (batch, count) in [(0, 1), (1, 41), (2, 2), (3, 74)] {
                for run in runs {
                    let metrics = (0..<3 * count).map { place in
                        LoggedMetric("m\(place % 3)", Double(place), at: Int64(place), step: Int64(100 * batch + place / 3))
                    }
                    try await store.log(LogBatch(metrics: metrics), run: run)
                    for metric in metrics { models[run + metric.key, default: MetricModel()].log(metric) }
                }
            }
            for run in runs {
                for key in ["m0", "m1", "m2"] {
                    let history = try await store.metricHistory(run: run, key: key).elements
                    #expect(Self.isSame(history, try #require(models[run + key]).history))
                }
            }
        }
    }

    @Test(arguments: DatabaseKind.all)
    func `infinities are kept as the largest numbers`(_ kind: DatabaseKind) async throws {
        try await kind.withStore { store in
            let id = try await store.makeRun()
            for (step, value) in [Double.infinity, -.infinity].enumerated() {
                try await store.logMetric(LoggedMetric("m", value, at: 0, step: Int64(step)), run: id)
            }
            let values = try await store.metricHistory(run: id, key: "m").elements.map(\.value)
            #expect(values == [.greatestFiniteMagnitude, -.greatestFiniteMagnitude])
        }
    }

    @Test(arguments: DatabaseKind.all)
    func `unknown runs and keys have no history`(_ kind: DatabaseKind) async throws {
        try await kind.withStore { store in
            let history = try await store.metricHistory(run: "none", key: "m")
            let bulk = try await store.bulkMetricHistory(runs: ["none"], key: "m")
            let sample = try await store.sampledMetricHistory(runs: ["none"], key: "m")
            #expect(history == TrackingPage([], hasMore: false))
            #expect(bulk == [])
            #expect(sample == [])
        }
    }

    @Test(arguments: DatabaseKind.all)
    func `a bulk history goes by run and has one limit for all`(_ kind: DatabaseKind) async throws {
        try await kind.withStore { store in
            var runs = [try await store.makeRun(), try await store.makeRun()].sorted()
            for run in runs {
                for step in [2, 1] { try await store.logMetric(LoggedMetric("m", Double(step), at: 5, step: Int64(step)), run: run) }
            }
            runs.reverse()
            let all = try await store.bulkMetricHistory(runs: runs + ["none"], key: "m")
            #expect(all.map(\.run) == [runs[1], runs[1], runs[0], runs[0]])
            #expect(all.map(\.metric.step) == [1, 2, 1, 2])
            #expect(try await store.bulkMetricHistory(runs: runs, key: "m", limit: 3) == Array(all.prefix(3)))
            #expect(try await store.bulkMetricHistory(runs: runs, key: "m", limit: -1) == Array(all.prefix(3)))
            #expect(try await store.bulkMetricHistory(runs: runs, key: "") == [])
            let sampled = try await store.sampledMetricHistory(runs: runs + [runs[0]], key: "m", limit: 1)
            #expect(sampled.map(\.run) == runs + [runs[0]])
        }
    }

    @Test(arguments: DatabaseKind.all)
    func `histories are refused in MLflow's words`(_ kind: DatabaseKind) async throws {
        try await kind.withStore { store in
            let many = (0..<101).map { "r\($0)" }
            await #expect(
                throws: TrackingFault.invalid("Invalid value 0 for parameter 'max_results' supplied. It must be a positive integer.")
            ) { try await store.metricHistory(run: "r", key: "m", limit: 0) }
            await #expect(throws: TrackingFault.invalid("GetMetricHistoryBulk request must specify at least one run_id.")) {
                try await store.bulkMetricHistory(runs: [], key: "m")
            }
            await #expect(
                throws: TrackingFault.invalid("GetMetricHistoryBulk request cannot specify more than 100 run_ids. Received 101 run_ids.")
            ) { try await store.bulkMetricHistory(runs: many, key: "m") }
            await #expect(throws: TrackingFault.invalid("GetMetricHistoryBulk request must specify a metric_key.")) {
                try await store.bulkMetricHistory(runs: ["r"], key: nil)
            }
            await #expect(
                throws: TrackingFault.invalid("If either start step or end step are specified, both must be specified.")
            ) { try await store.sampledMetricHistory(runs: ["r"], key: "m", startStep: 1) }
            await #expect(
                throws: TrackingFault.invalid("end_step must be greater than start_step. Found start_step=3 and end_step=1.")
            ) { try await store.sampledMetricHistory(runs: ["r"], key: "m", startStep: 3, endStep: 1) }
            await #expect(
                throws: TrackingFault.invalid(
                    "max_results must be between 1 and 2500. See the API docs for more information about request parameters.")
            ) { try await store.sampledMetricHistory(runs: ["r"], key: "m", limit: 2501) }
        }
    }
}
