import MartletCore

/// The facets of OpenLineage that Martlet fills, each in the version that its `_schemaURL` names.
struct OpenLineageFacets: Sendable {
    private static let specification = "https://openlineage.io/spec/facets"

    let producer: String

    // MARK: Runs

    func parent(runID: String, namespace: String, job: String) -> JSONValue {
        let run: JSONValue = ["runId": .string(runID)]
        let job: JSONValue = ["namespace": .string(namespace), "name": .string(job)]
        return facet("ParentRunFacet", "1-2-0", ["run": run, "job": job, "root": ["run": run, "job": job]])
    }

    func nominalTime(_ time: LineageRun.NominalTime) -> JSONValue {
        facet(
            "NominalTimeRunFacet", "1-0-1",
            ["nominalStartTime": .string(time.start.description), "nominalEndTime": time.end.map { .string($0.description) }])
    }

    /// What went wrong; `nil` where nothing did.
    func error(_ state: LineageState) -> JSONValue? {
        let (message, language): (String, String)
        switch state {
        case .failed(let text, let name): (message, language) = (text, name)
        case .aborted(let reason?): (message, language) = (reason, "unknown")
        case .started, .completed, .aborted(nil): return nil
        }
        return facet("ErrorMessageRunFacet", "1-0-1", ["message": .string(message), "programmingLanguage": .string(language)])
    }

    func engine(version: String) -> JSONValue {
        facet("ProcessingEngineRunFacet", "1-1-1", ["version": .string(version), "name": "Martlet"])
    }

    /// Martlet's own facet: the key of the step's outputs, why it ran, and what it used.
    func step(_ step: LineageStep) -> JSONValue {
        let members: [String: JSONValue?] = [
            "instance": step.instance.map(JSONValue.string), "key": step.key.map { .string($0.description) },
            "reasons": .array(step.reasons.map(JSONValue.string)), "usage": step.usage,
        ]
        return facet(schemaURL: "urn:martlet:openlineage:1-0-0:StepRunFacet", members)
    }

    // MARK: Jobs

    func jobType(_ type: String) -> JSONValue {
        facet("JobTypeJobFacet", "2-0-4", ["processingType": "BATCH", "integration": "MARTLET", "jobType": .string(type)])
    }

    func ownership(_ owner: String) -> JSONValue { facet("OwnershipJobFacet", "1-0-1", ["owners": [["name": .string(owner)]]]) }

    func sql(_ sql: LineageStep.SQL) -> JSONValue {
        facet("SQLJobFacet", "1-1-0", ["query": .string(sql.query), "dialect": .string(sql.dialect)])
    }

    func sourceCode(_ place: LineageStep.SourceCode) -> JSONValue {
        facet(
            "SourceCodeLocationJobFacet", "1-1-0",
            [
                "type": .string(place.type), "url": .string(place.url), "path": place.path.map(JSONValue.string),
                "version": place.version.map(JSONValue.string),
            ])
    }

    // MARK: Facets

    private func facet(_ name: String, _ version: String, _ members: [String: JSONValue?]) -> JSONValue {
        facet(schemaURL: "\(Self.specification)/\(version)/\(name).json#/$defs/\(name)", members)
    }

    private func facet(schemaURL: String, _ members: [String: JSONValue?]) -> JSONValue {
        var all = members.compactMapValues(\.self)
        all["_producer"] = .string(producer)
        all["_schemaURL"] = .string(schemaURL)
        return .object(all)
    }
}

// MARK: - Datasets

extension OpenLineageFacets {
    /// A dataset that a step reads.
    func input(_ dataset: LineageDataset, of project: String) -> JSONValue {
        let own: [String: JSONValue?] = [
            "dataQualityMetrics": metrics(dataset, "DataQualityMetricsInputDatasetFacet", "1-0-3"),
            "inputStatistics": dataset.statistics.map { statistics($0, "InputStatisticsInputDatasetFacet", "1-0-0") },
        ]
        return described(dataset, project, "inputFacets", own, columnLineage: nil, metrics: nil)
    }

    /// A dataset that a step writes.
    func output(_ dataset: LineageDataset, of project: String) -> JSONValue {
        let own: [String: JSONValue?] = [
            "outputStatistics": dataset.statistics.map { statistics($0, "OutputStatisticsOutputDatasetFacet", "1-0-2") }
        ]
        return described(
            dataset, project, "outputFacets", own, columnLineage: dataset.columnLineage.map { columnLineage($0, of: dataset, project) },
            metrics: metrics(dataset, "DataQualityMetricsDatasetFacet", "1-0-1"))
    }

    private func described(
        _ dataset: LineageDataset, _ project: String, _ key: String, _ own: [String: JSONValue?], columnLineage: JSONValue?,
        metrics: JSONValue?
    ) -> JSONValue {
        let version: [String: JSONValue?] = ["datasetVersion": dataset.version.map { .string($0.description) }]
        let shared: [String: JSONValue?] = [
            "schema": dataset.fields.isEmpty ? nil : schema(dataset.fields),
            "version": dataset.version == nil ? nil : facet("DatasetVersionDatasetFacet", "1-0-1", version),
            "columnLineage": columnLineage, "dataQualityMetrics": metrics,
        ]
        return [
            "namespace": .string(dataset.namespace ?? project), "name": .string(dataset.name),
            "facets": .object(shared.compactMapValues(\.self)), key: .object(own.compactMapValues(\.self)),
        ]
    }

    private func schema(_ fields: [LineageDataset.Field]) -> JSONValue {
        let described = fields.enumerated().map { position, field in
            let members: [String: JSONValue?] = [
                "name": .string(field.name), "type": field.type.map(JSONValue.string), "ordinal_position": .integer(Int64(position + 1)),
            ]
            return JSONValue.object(members.compactMapValues(\.self))
        }
        return facet("SchemaDatasetFacet", "1-2-0", ["fields": .array(described)])
    }

    private func statistics(_ statistics: LineageDataset.Statistics, _ name: String, _ version: String) -> JSONValue {
        facet(
            name, version,
            [
                "rowCount": Self.count(statistics.rowCount), "size": Self.count(statistics.sizeBytes),
                "fileCount": Self.count(statistics.fileCount),
            ])
    }

    private func metrics(_ dataset: LineageDataset, _ name: String, _ version: String) -> JSONValue? {
        guard !dataset.metrics.isEmpty else { return nil }
        let columns = Dictionary(dataset.metrics.map { ($0.name, Self.figures($0)) }, uniquingKeysWith: { first, _ in first })
        return facet(
            name, version,
            [
                "rowCount": Self.count(dataset.statistics?.rowCount), "bytes": Self.count(dataset.statistics?.sizeBytes),
                "columnMetrics": .object(columns),
            ])
    }

    private static func figures(_ metrics: LineageDataset.ColumnMetrics) -> JSONValue {
        let quantiles = metrics.quantiles.filter(\.value.isFinite)
        let members: [String: JSONValue?] = [
            "count": count(metrics.count), "nullCount": count(metrics.nullCount), "distinctCount": count(metrics.distinctCount),
            "min": finite(metrics.minimum), "max": finite(metrics.maximum),
            "quantiles": quantiles.isEmpty
                ? nil : .object(Dictionary(uniqueKeysWithValues: quantiles.map { ("\($0.key)", .number($0.value)) })),
        ]
        return .object(members.compactMapValues(\.self))
    }

    private static func count(_ number: Int?) -> JSONValue? { number.map { .integer(Int64($0)) } }

    private static func finite(_ number: Double?) -> JSONValue? { number.flatMap { $0.isFinite ? .number($0) : nil } }

    private func columnLineage(_ lineage: ColumnLineage, of dataset: LineageDataset, _ project: String) -> JSONValue {
        func fields(_ sources: [ColumnLineage.Source]) -> JSONValue {
            .array(sources.map { inputField($0, dataset.lineageTables[$0.table], project) })
        }
        let columns = lineage.columns.map { ($0.name, JSONValue.object(["inputFields": fields($0.sources)])) }
        return facet(
            "ColumnLineageDatasetFacet", "1-2-0",
            [
                "fields": .object(Dictionary(columns, uniquingKeysWith: { first, _ in first })), "dataset": fields(lineage.dataset),
                // What the facet has no word for, and what would mislead if it were not said.
                "martlet_unresolved": lineage.unresolved.isEmpty ? nil : .array(lineage.unresolved.map(JSONValue.string)),
            ])
    }

    private func inputField(_ source: ColumnLineage.Source, _ reference: LineageDataset.Reference?, _ project: String) -> JSONValue {
        [
            "namespace": .string(reference?.namespace ?? project), "name": .string(reference?.name ?? source.table),
            "field": .string(source.column),
            "transformations": .array(
                source.transformations.map { ["type": .string($0.type), "subtype": .string($0.subtype), "masking": false] }),
        ]
    }
}
