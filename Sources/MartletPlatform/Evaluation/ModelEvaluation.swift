import MartletCore
import MartletLearn

/// What a model is worth on rows that it was not fitted on: each metric with an interval by cluster, for all rows and by slice.
struct ModelEvaluation: Sendable {
    /// The most values of a column that rows are judged by.
    static let sliceCountMax = 1_000
    /// How many slices a summary shows, the worst first.
    static let summarySliceCountMax = 10

    /// The rows of one value of a column.
    struct Slice: Sendable {
        let column: String
        let value: String
        let rowCount: Int
        let estimates: RegressionEstimates

        var json: JSONValue {
            [
                "column": .string(column), "value": .string(value), "rows": .integer(Int64(rowCount)),
                "clusters": .integer(Int64(estimates.clusterCount)), "metrics": estimates.json,
            ]
        }
    }

    /// On the scale that is fitted, as the gate judges.
    let whole: RegressionEstimates
    /// In the target's own units, where another scale is fitted.
    let inUnits: RegressionEstimates?
    let slices: [Slice]
    private let rows: EvaluatedRows
    private let model: ModelSpecification
    private let name: String
    private let seed: UInt64

    /// - Throws: `invalidInput` where no row counts, or a column has too many values to be judged by.
    init(_ rows: EvaluatedRows, of name: String, _ model: ModelSpecification, seed: UInt64) throws {
        guard !rows.actual.isEmpty else { throw Self.nothing(rows.counts, name, model) }
        (self.rows, self.name, self.model, self.seed) = (rows, name, model, seed)
        let bootstrap = ClusterBootstrap(seed: seed)
        let isLog = model.link == .log
        let (actual, predicted) = isLog ? (rows.actual.map { log($0) }, rows.logPredicted) : (rows.actual, rows.predicted)
        func estimates(_ chosen: [Int], _ actual: [Double], _ predicted: [Double]) throws -> RegressionEstimates {
            try RegressionEstimates(
                actual: chosen.map { actual[$0] }, predicted: chosen.map { predicted[$0] }, clusters: chosen.map { rows.clusters[$0] },
                bootstrap: bootstrap)
        }
        let all = Array(rows.actual.indices)
        whole = try estimates(all, actual, predicted)
        inUnits = isLog ? try estimates(all, rows.actual, rows.predicted) : nil
        slices = try rows.slices.sorted { $0.key < $1.key }.flatMap { column, values in
            let members = Dictionary(grouping: all) { values[$0] }
            guard members.count <= Self.sliceCountMax else {
                throw MartletError(
                    .limitExceeded,
                    "model '\(name)': '\(column)' has \(members.count.grouped) values, of which there may be \(Self.sliceCountMax.grouped); "
                        + "slice by a coarser column")
            }
            return try members.sorted { $0.key.isBefore($1.key) }.map { value, chosen in
                Slice(column: column, value: value, rowCount: chosen.count, estimates: try estimates(chosen, actual, predicted))
            }
        }
    }

    private static func nothing(_ counts: EvaluatedRows.Counts, _ name: String, _ model: ModelSpecification) -> MartletError {
        MartletError(
            .invalidInput,
            "model '\(name)': none of \(counts.given.grouped) rows can be judged: \(counts.withoutTarget.grouped) lack the target "
                + "'\(model.target)', \(counts.withoutTime.grouped) an event time, \(counts.beforeHeldOut.grouped) are of times that the model "
                + "was fitted on, of \(counts.withoutHistory.grouped) nothing was known before; bring later rows with their target")
    }

    /// Everything, as it is kept.
    var report: JSONValue { .object(common.merging(["slices": .array(slices.map(\.json))]) { $1 }) }

    /// The same with the worst slices alone.
    var summary: JSONValue {
        let worst = slices.sorted { $0.estimates.metrics.rmse > $1.estimates.metrics.rmse }.prefix(Self.summarySliceCountMax)
        return .object(
            common.merging(["slices": .array(worst.map(\.json)), "slice_count": .integer(Int64(slices.count))]) { $1 })
    }

    private var common: [String: JSONValue] {
        let judged: [String: JSONValue] = [
            "judged": .integer(Int64(whole.metrics.count)), "unpredicted": .integer(Int64(rows.actual.count - whole.metrics.count)),
        ]
        return [
            "model": .string(name), "target": .string(model.target), "scale": .string(model.link.rawValue),
            "rows": .object(rows.counts.json.merging(judged) { $1 }), "cluster": .string(model.gate.cluster),
            "clusters": .integer(Int64(whole.clusterCount)), "replicates": .integer(Int64(ClusterBootstrap(seed: seed).replicates)),
            "seed": .integer(Int64(clamping: seed)), "metrics": whole.json, "target_metrics": inUnits?.json ?? .null,
        ]
    }
}
