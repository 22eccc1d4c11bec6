import Foundation
import MartletCore
import MartletData
import MartletPipeline
import MartletStore

extension ProjectPipeline {
    /// Reads a source, holds it to its contract and keeps what passes as a snapshot.
    func datasetStep(_ name: String, _ dataset: DatasetSpecification, environment: JSONValue) throws -> Step {
        let contract = try platform.project.contract(of: name)
        let path = platform.project.resolve(dataset.source)
        let source = try DatasetSource(path, table: dataset.table)
        guard FileManager.default.fileExists(atPath: source.path) else {
            throw MartletError(.notFound, "dataset '\(name)': there is no file '\(source.path)'; put it there or change 'source'")
        }
        let definition = DatasetDefinition(name: name, source: source, select: dataset.select, contract: contract)
        return Step(
            name: Self.stepName("dataset", name), code: "dataset@1",
            inputs: ["source": .external(try Digest(ofFile: source.path)), "contract": .external(try contract.digest)],
            parameters: [
                "select": dataset.select.map(JSONValue.string) ?? .null,
                "table": source.table.map(JSONValue.string) ?? .null,
                "format": .string(source.format.rawValue),
                // Freshness is a promise about today, so it is looked at again every day.
                "checked_on": contract.freshness.isEmpty ? .null : .string(String(Timestamp.now.description.prefix(10))),
            ],
            environment: environment
        ) { context in
            let builder = SnapshotBuilder(connection: try connect(), home: platform.home)
            let snapshot = try builder.build(definition) { stage in context.report(stage.share, stage.rawValue) }
            var outputs = [
                "snapshot": snapshot.digest, "contract": try platform.put(encoding: contract),
                "manifest": try platform.put(encoding: snapshot),
            ]
            outputs["quarantine"] = snapshot.quarantine.digest
            return StepResult(
                outputs: outputs,
                summary: [
                    "rows": .integer(Int64(snapshot.rowCount)),
                    "columns": .integer(Int64(snapshot.schema.count)),
                    "quarantined": .integer(Int64(snapshot.quarantine.rowCount)),
                    "reasons": .object(snapshot.quarantine.byReason.mapValues { .integer(Int64($0)) }),
                    "warnings": .array(snapshot.warnings.map(JSONValue.string)),
                ]
            )
        }
    }
}

extension SnapshotStage {
    /// How far a build is as the stage begins.
    fileprivate var share: Double { Double(Self.allCases.firstIndex(of: self) ?? 0) / Double(Self.allCases.count) }
}
