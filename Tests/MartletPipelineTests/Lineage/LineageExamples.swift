import MartletCore

@testable import MartletPipeline

/// A run with all that events tell of.
enum LineageExamples {
    static let start = Timestamp(microseconds: 1_709_301_780_000_000)  // 2024-03-01T14:03:00Z

    static func run(id: String = "17") -> LineageRun {
        LineageRun(
            id: id, project: "flights", pipeline: "nightly", owner: "forecasting",
            nominalTime: LineageRun.NominalTime(start: start, end: start + .seconds(86_400)), engineVersion: "0.1.0")
    }

    static let input = LineageDataset(
        name: "sales", version: Digest(of: "sales"),
        fields: [LineageDataset.Field(name: "store", type: "integer"), LineageDataset.Field(name: "price")],
        statistics: LineageDataset.Statistics(rowCount: 3, sizeBytes: 900, fileCount: 1),
        metrics: [
            LineageDataset.ColumnMetrics(
                name: "price", count: 3, nullCount: 0, distinctCount: 2, minimum: 0.5, maximum: .infinity,
                quantiles: [0.5: 1.25, 0.99: .nan]),
            LineageDataset.ColumnMetrics(name: "store"),
        ])

    static let output = LineageDataset(
        name: "shelf.rows", version: Digest(of: "rows"), fields: [LineageDataset.Field(name: "cost", type: "number")],
        statistics: LineageDataset.Statistics(rowCount: 3), metrics: [LineageDataset.ColumnMetrics(name: "cost", nullCount: 1)],
        columnLineage: ColumnLineage(
            columns: [
                ColumnLineage.Column(
                    name: "cost",
                    sources: [ColumnLineage.Source(table: "sales", column: "price", transformations: [.transformation, .conditional])])
            ],
            dataset: [ColumnLineage.Source(table: "u", column: "store", transformations: [.filter])], unresolved: ["PIVOT in FROM"]),
        lineageTables: ["u": LineageDataset.Reference(namespace: "elsewhere", name: "upstream")])

    static let step = LineageStep(
        name: "shelf", instance: "month=1", kind: "features", owner: "data", sql: LineageStep.SQL(query: "SELECT 'a\nb' AS e"),
        sourceCode: LineageStep.SourceCode(url: "https://example.org/flights/query.sql", path: "query.sql", version: "abc"),
        key: Digest(of: "key"), reasons: ["it was not made yet"], usage: ["cpu_seconds": 1.5], inputs: [input], outputs: [output])

    /// The events of a run in which one step is done, one fails and one is stopped.
    static var events: [JSONValue] {
        let event = OpenLineageEvent(of: run())
        let (failed, stopped) = (LineageStep(name: "fit", kind: "command"), LineageStep(name: "push", kind: "deploy"))
        let bare = LineageRun(id: "18", project: "flights", pipeline: "nightly", engineVersion: "0.1.0")
        return [
            event.pipeline(.started, at: start), event.step(step, .started, at: start), event.step(step, .completed, at: start),
            event.step(failed, .started, at: start), event.step(failed, .failed(message: "it ended with 1", language: "Python"), at: start),
            event.step(stopped, .aborted(reason: "cancelled"), at: start), event.pipeline(.aborted(reason: nil), at: start),
            OpenLineageEvent(of: bare).pipeline(.completed, at: start),
        ]
    }
}
