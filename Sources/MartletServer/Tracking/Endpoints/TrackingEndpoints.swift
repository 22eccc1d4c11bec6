import MartletRegistry

/// The endpoints of experiments, runs and metrics, on one store.
struct TrackingEndpoints: Sendable {
    let store: TrackingStore
    /// Whose metrics runs log too.
    let models: LoggedModelStore
    /// Where those who make something are made its administrators.
    var access: AccessStore?

    /// All of them.
    var all: [TrackingEndpoint] { experiments + experimentSearches + runs + logging + runSearches + histories + datasetSummaries }
}

extension RequestFields {
    /// The run, under its name or its old one.
    var run: String {
        if let id = text(.runID), !id.isEmpty { return id }
        return text(.runUUID) ?? ""
    }

    /// The run, where the old name is not taken.
    var runByName: String { text(.runID) ?? "" }

    /// - Throws: where the text is no identifier.
    func experiment() throws(TrackingFault) -> Int64 { try TrackingStore.experimentID(parsing: text(.experimentID) ?? "") }

    /// Parameters or tags; what has no value has an empty one.
    func pairs(_ field: MessageField) -> [KeyedText] { messages(field) { $0.pair } }

    var pair: KeyedText { KeyedText(text(.key) ?? "", text(.value) ?? "") }

    var metric: LoggedMetric {
        LoggedMetric(text(.key) ?? "", number(.number) ?? 0, at: integer(.timestamp) ?? 0, step: integer(.step) ?? 0)
    }

    /// The metric, where it is one of a logged model too. - Throws: where half a dataset is told, whether or not there is a model.
    func modelMetric(_ metric: LoggedMetric) throws(TrackingFault) -> ModelMetric? {
        let dataset = LoggedModelMetric.Dataset(name: nonEmptyText(.datasetName), digest: nonEmptyText(.datasetDigest))
        guard (dataset.name == nil) == (dataset.digest == nil) else {
            throw TrackingFault(.invalidParameterValue, "Both dataset_name and dataset_digest must be provided if one is provided")
        }
        return nonEmptyText(.modelID).map { ModelMetric($0, metric, dataset: dataset) }
    }

    private func nonEmptyText(_ field: MessageField) -> String? { text(field).flatMap { $0.isEmpty ? nil : $0 } }

    var datasetInput: DatasetInput {
        let dataset = message(.dataset)
        return DatasetInput(
            name: dataset?.text(.name) ?? "", digest: dataset?.text(.digest) ?? "", sourceType: dataset?.text(.sourceType) ?? "",
            source: dataset?.text(.source) ?? "", schema: dataset?.text(.schema), profile: dataset?.text(.profile), tags: pairs(.tags))
    }

    func view(_ field: MessageField) -> StageView { enumeration(field).flatMap(StageView.init(rawValue:)) ?? .activeOnly }

    /// How many things the pages before hold.
    func offset() throws -> Int { try PageToken(parsing: text(.pageToken) ?? "").offset }

    /// The size of a page, as far as the platform counts.
    func limit(_ field: MessageField) -> Int? { integer(field).map { Int(clamping: $0) } }
}

extension TrackingPage {
    /// The token of the page behind this one; `nil` where there is none.
    func nextToken(offset: Int) -> String? { hasMore ? PageToken(offset: offset + elements.count).text : nil }
}
