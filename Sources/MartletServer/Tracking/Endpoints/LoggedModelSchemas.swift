/// What the endpoints of logged models take.
extension EndpointSchema {
    static let createLoggedModel = EndpointSchema(
        [.experimentID, .name, .modelType, .sourceRunID, .parameters, .tags],
        CheckedField("experiment_id", .text, .required), CheckedField("name", .text), CheckedField("model_type", .text),
        CheckedField("source_run_id", .text), CheckedField("params", .array), CheckedField("tags", .array))

    static let getLoggedModel = EndpointSchema([.allowDeleted])

    static let finalizeLoggedModel = EndpointSchema(
        [.modelID, .modelStatus], CheckedField("model_id", .text, .required), CheckedField("status", .integerLike, .required))

    static let deleteLoggedModel = EndpointSchema([])

    static let setLoggedModelTags = EndpointSchema([.tags], CheckedField("tags", .array))

    static let deleteLoggedModelTag = EndpointSchema([])

    static let logLoggedModelParameters = EndpointSchema(
        [.modelID, .parameters], CheckedField("model_id", .text, .required), CheckedField("params", .array))

    static let searchLoggedModels = EndpointSchema(
        [.experimentIDs, .filter, .modelDatasets, .maxResults32, .modelOrders, .pageToken],
        CheckedField("experiment_ids", .array, .texts, .required), CheckedField("filter", .text), CheckedField("datasets", .array),
        CheckedField("max_results", .integerLike), CheckedField("order_by", .array), CheckedField("page_token", .text))

    static let listLoggedModelFiles = EndpointSchema([.artifactFolder], CheckedField("artifact_directory_path", .text))
}
