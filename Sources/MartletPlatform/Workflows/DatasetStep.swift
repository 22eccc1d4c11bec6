import Foundation
import MartletCore
import MartletData
import MartletPipeline
import MartletStore

extension ProjectPipeline {
    /// Reads a source, holds it to its contract and keeps what passes as a snapshot.
    func datasetStep(_ name: String, _ dataset: DatasetSpecification, environment: JSONValue) throws -> Step {
        let contract = try platform.project.contract(of: name)
        let path = dataset.step == nil ? platform.project.resolve(dataset.source) : dataset.source
        let source = try DatasetSource(path, table: dataset.table)
        guard dataset.step != nil || FileManager.default.fileExists(atPath: source.path) else {
            throw MartletError(.notFound, "dataset '\(name)': there is no file '\(source.path)'; put it there or change 'source'")
        }
        let input = try dataset.step.map { .output(step: $0.step, name: $0.output) } ?? Step.Input.external(try Digest(ofFile: source.path))
        var step = Step(
            name: Self.stepName("dataset", name), code: "dataset@1",
            inputs: ["source": input, "contract": .external(try contract.digest)],
            parameters: [
                "select": dataset.select.map(JSONValue.string) ?? .null,
                "table": source.table.map(JSONValue.string) ?? .null,
                "format": .string(source.format.rawValue),
                // Freshness is a promise about today, so it is looked at again every day.
                "checked_on": contract.freshness.isEmpty ? .null : .string(String(moment.description.prefix(10))),
            ],
            environment: environment
        ) { context in
            let builder = SnapshotBuilder(connection: try connect(), home: platform.home, now: moment)
            let (place, remove) = try place(of: dataset, try context.input("source"))
            defer { remove() }
            let definition = DatasetDefinition(
                name: name, source: try DatasetSource(place ?? path, table: dataset.table), select: dataset.select, contract: contract)
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
        if dataset.step == nil {
            step.paths["source"] = platform.project.place(try DatasetSource(dataset.source, table: dataset.table).path)
        }
        return step
    }
}

extension ProjectPipeline {
    /// Where the table of a step lies as a file of its own name; `nil` for a file of the project's.
    private func place(of dataset: DatasetSpecification, _ content: Digest) throws -> (String?, remove: () -> Void) {
        guard dataset.step != nil else { return (nil, {}) }
        let folder = temporaryPath("source")
        try Directory.create(folder)
        let path = "\(folder)/\(dataset.source)"
        try TreeStore(home: platform.home).materialise(content, at: path, mode: .link)
        // What stays is removed with what is stale.
        return (path, { try? FileManager.default.removeItem(atPath: folder) })
    }
}

extension SnapshotStage {
    /// How far a build is as the stage begins.
    fileprivate var share: Double { Double(Self.allCases.firstIndex(of: self) ?? 0) / Double(Self.allCases.count) }
}
