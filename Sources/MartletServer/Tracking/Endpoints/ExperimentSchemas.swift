/// What the endpoints of experiments take.
extension EndpointSchema {
    static let createExperiment = EndpointSchema(
        [.name, .artifactLocation, .tags],
        CheckedField("name", .required, .text), CheckedField("artifact_location", .text), CheckedField("tags", .array))

    static let getExperiment = EndpointSchema([.experimentID], CheckedField("experiment_id", .required, .text))

    static let getExperimentByName = EndpointSchema([.experimentName], CheckedField("experiment_name", .required, .text))

    static let updateExperiment = EndpointSchema(
        [.experimentID, .newName], CheckedField("experiment_id", .required, .text), CheckedField("new_name", .text, .required))

    static let deleteExperiment = getExperiment

    static let restoreExperiment = getExperiment

    static let setExperimentTag = EndpointSchema(
        [.experimentID, .key, .value],
        CheckedField("experiment_id", .required, .text), CheckedField("key", .required, .text), CheckedField("value", .text))

    static let deleteExperimentTag = EndpointSchema(
        [.experimentID, .key], CheckedField("experiment_id", .required, .text), CheckedField("key", .required, .text))

    static let searchExperiments = EndpointSchema(
        [.experimentView, .maxResults64, .orderBy, .filter, .pageToken],
        CheckedField("view_type", .integerLike), CheckedField("max_results", .integerLike), CheckedField("order_by", .array),
        CheckedField("filter", .text), CheckedField("page_token", .text))
}
