import Foundation
import MartletCore
import MartletEngines
import MartletPipeline
import MartletSearch
import MartletStore

extension CommandSteps {
    /// Indexes the vectors of a table, its input `rows`, and measures how well the index finds.
    func indexStep(_ name: String, _ specification: StepSpecification, _ index: IndexSpecification) throws -> Step {
        let table = try StepTable(of: name, specification, in: self)
        let seed = index.seed ?? platform.project.seed
        var step = Step(
            name: name, code: "index@1", inputs: ["rows": table.input], parameters: index.parameters(seed: seed, file: table.file),
            environment: ["martlet": .string(Platform.version)]
        ) { [platform] context in
            let (made, recall) = try table.reading(context) { path, _ in try index.build(path, seed: seed, report: context.report) }
            let bytes = VectorIndexFile.bytes(of: made)
            return StepResult(
                outputs: ["index": try platform.blobs.put(bytes)],
                summary: [
                    "rows": .integer(Int64(made.rowCount)), "dimension": .integer(Int64(made.dimension)),
                    "metric": .string(made.metric.rawValue), "recall_at_10": recall.recall.map(JSONValue.number) ?? .null,
                    "recall_queries": .integer(Int64(recall.queryCount)), "bytes": .integer(Int64(bytes.count)),
                ])
        }
        step.paths = table.paths
        return step
    }
}

extension IndexSpecification {
    /// After how many rows people are told, and a run that was given up stops.
    private static let reportInterval = 1_000

    fileprivate func parameters(seed: UInt64, file: String) -> JSONValue {
        let columns: JSONValue =
            switch vector {
            case .list(let name): .string(name)
            case .numbers(let names): .array(names.map(JSONValue.string))
            }
        return [
            "id": .string(id), "vector": columns, "metric": .string(metric.rawValue), "m": .integer(Int64(links)),
            "ef_construction": .integer(Int64(efConstruction)), "seed": .string("\(seed)"), "file": .string(file),
        ]
    }

    fileprivate func build(_ path: String, seed: UInt64, report: (Double?, String) -> Void) throws -> (VectorIndex, RecallEstimate) {
        let table = try VectorTable(try BatchScoring.reader(of: path), try DuckDBDatabase().connect())
        let rows = try table.rows(id: id, vector: vector, metric: metric) { done in
            try Task.checkCancellation()
            report(nil, "\(done.grouped) rows read")
        }
        var options = VectorIndex.Options()
        (options.links, options.efConstruction, options.seed) = (links, efConstruction, seed)
        let total = rows.rowCount
        return try VectorIndex.build(rows, options) { done in
            guard done % Self.reportInterval == 0 else { return }
            try Task.checkCancellation()
            report(Double(done) / Double(total), "\(done.grouped) of \(total.grouped) rows indexed")
        }
    }
}
