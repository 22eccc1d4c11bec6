import MartletTesting
import Testing

@testable import MartletRegistry

struct LoggedModelMetricTests {
    @Test(arguments: DatabaseKind.all)
    func `a metric of a model is one of its run too`(_ kind: DatabaseKind) async throws {
        try await kind.withModels { models, tracking in
            let (id, run) = (try await models.make("a"), try await tracking.makeRun())
            let dataset = LoggedModelMetric.Dataset(name: "d", digest: "x")
            for _ in 0..<2 {
                try await models.logMetric(ModelMetric(id, LoggedMetric("b", 0.5, at: 1, step: 2), dataset: dataset), run: run)
            }
            try await models.log(
                LogBatch(metrics: [LoggedMetric("a", 1, at: 1), LoggedMetric("c", 3, at: 1)]),
                modelMetrics: [ModelMetric(id, LoggedMetric("a", 1, at: 1))], run: run)
            #expect(
                try await models.model(id).metrics == [
                    LoggedModelMetric(LoggedMetric("a", 1, at: 1), run: run),
                    LoggedModelMetric(LoggedMetric("b", 0.5, at: 1, step: 2), run: run, dataset: dataset),
                ])
            #expect(Set(try await tracking.run(run).metrics.map(\.key)) == ["a", "b", "c"])
        }
    }

    @Test(arguments: DatabaseKind.all)
    func `a batch may hold metrics of several models`(_ kind: DatabaseKind) async throws {
        try await kind.withModels { models, tracking in
            let (one, other, run) = (try await models.make("a"), try await models.make("b"), try await tracking.makeRun())
            let metrics = ["m", "n", "o"].map { LoggedMetric($0, .infinity, at: 1) }
            let modelMetrics = zip([one, other, one], metrics).map { ModelMetric($0, $1) }
            try await models.log(LogBatch(metrics: metrics), modelMetrics: modelMetrics, run: run)
            #expect(try await models.model(one).metrics.map(\.metric.key) == ["m", "o"])
            #expect(try await models.model(other).metrics.map(\.metric) == [LoggedMetric("n", .greatestFiniteMagnitude, at: 1)])
        }
    }

    @Test(arguments: DatabaseKind.all)
    func `of a model's metric, no number is 0 and infinity the largest number`(_ kind: DatabaseKind) async throws {
        try await kind.withModels { models, tracking in
            let (id, run) = (try await models.make("a"), try await tracking.makeRun())
            for (key, value) in [("a", Double.nan), ("b", -.infinity)] {
                try await models.logMetric(ModelMetric(id, LoggedMetric(key, value, at: 1)), run: run)
            }
            #expect(try await models.model(id).metrics.map(\.metric.value) == [0, -.greatestFiniteMagnitude])
            #expect(try await tracking.run(run).metrics[0].value.isNaN)
        }
    }

    @Test(arguments: DatabaseKind.all)
    func `another value in the same place is refused, and the run has nothing of it`(_ kind: DatabaseKind) async throws {
        try await kind.withModels { models, tracking in
            let (id, run) = (try await models.make("a"), try await tracking.makeRun())
            try await models.logMetric(ModelMetric(id, LoggedMetric("m", 1, at: 1)), run: run)
            await #expect(throws: TrackingFault.self) {
                try await models.logMetric(ModelMetric(id, LoggedMetric("m", 2, at: 1)), run: run)
            }
            #expect(try await tracking.metricHistory(run: run, key: "m").elements.map(\.value) == [1])
        }
    }

    @Test(arguments: DatabaseKind.all)
    func `a metric of an unknown model is refused as a whole`(_ kind: DatabaseKind) async throws {
        try await kind.withModels { models, tracking in
            let run = try await tracking.makeRun()
            let refusal = TrackingFault(.badRequest, "(sqlite3.IntegrityError) FOREIGN KEY constraint failed")
            let metric = LoggedMetric("m", 1, at: 1)
            await #expect(throws: refusal) { try await models.logMetric(ModelMetric("m-x", metric), run: run) }
            await #expect(throws: refusal) {
                try await models.log(
                    LogBatch(metrics: [metric], parameters: [KeyedText("p", "1")]), modelMetrics: [ModelMetric("m-x", metric)], run: run)
            }
            #expect(try await tracking.run(run).metrics.isEmpty)
            #expect(try await tracking.run(run).parameters.isEmpty)
        }
    }
}
