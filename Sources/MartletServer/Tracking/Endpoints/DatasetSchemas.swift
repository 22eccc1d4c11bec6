/// What the endpoints of datasets take.
extension EndpointSchema {
    /// What is missing here is refused by the store, since MLflow reads this one by hand.
    static let searchDatasetSummaries = EndpointSchema([.experimentIDs])

    static let createDataset = EndpointSchema(
        [.name, .experimentIDs, .tagsText],
        CheckedField("name", .required, .text), CheckedField("experiment_ids", .array), CheckedField("tags", .text))

    static let getDataset = EndpointSchema([])

    static let searchDatasets = EndpointSchema(
        [.experimentIDs, .filterString, .maxResults32, .orderBy, .pageToken],
        CheckedField("experiment_ids", .array), CheckedField("filter_string", .text), CheckedField("max_results", .integerLike),
        CheckedField("order_by", .array), CheckedField("page_token", .text))

    static let setDatasetTags = EndpointSchema([.tagsText], CheckedField("tags", .required, .text))

    static let upsertRecords = EndpointSchema([.recordsText], CheckedField("records", .required, .text))

    static let getRecords = EndpointSchema(
        [.maxResults32, .pageToken], CheckedField("max_results", .integerLike), CheckedField("page_token", .text))

    static let deleteRecords = EndpointSchema([.recordIDs], CheckedField("dataset_record_ids", .array))

    static let datasetExperiments = EndpointSchema([.experimentIDs], CheckedField("experiment_ids", .array))
}
