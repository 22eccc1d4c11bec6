/// What the endpoints of runs take.
extension EndpointSchema {
    static let createRun = EndpointSchema(
        [.experimentID, .userID, .runName, .startTime, .tags],
        CheckedField("experiment_id", .text), CheckedField("start_time", .integerLike), CheckedField("run_name", .text))

    static let getRun = EndpointSchema([.runID, .runUUID], CheckedField("run_id", .required, .text))

    static let deleteRun = getRun

    static let restoreRun = getRun

    static let updateRun = EndpointSchema(
        [.runID, .runUUID, .status, .endTime, .runName],
        CheckedField("run_id", .required, .text), CheckedField("end_time", .integerLike),
        CheckedField("status", .text, .numberWithin(1...5)),
        CheckedField("run_name", .text))

    static let searchRuns = EndpointSchema(
        [.experimentIDs, .filter, .runView, .maxResults32, .orderBy, .pageToken],
        CheckedField("experiment_ids", .array), CheckedField("filter", .text),
        CheckedField("max_results", .integerLike, .atMost(50_000)), CheckedField("order_by", .array, .texts))

    static let logParameter = EndpointSchema(
        [.runID, .runUUID, .key, .value],
        CheckedField("run_id", .required, .text), CheckedField("key", .required, .text), CheckedField("value", .text))

    static let logMetric = EndpointSchema(
        [.runID, .runUUID, .key, .number, .timestamp, .step, .modelID, .datasetName, .datasetDigest],
        CheckedField("run_id", .required, .text), CheckedField("key", .required, .text),
        CheckedField("value", .required, .numberLike), CheckedField("timestamp", .integerLike, .required),
        CheckedField("step", .integerLike), CheckedField("model_id", .text), CheckedField("dataset_name", .text),
        CheckedField("dataset_digest", .text))

    static let logBatch = EndpointSchema(
        [.runID, .metrics, .parameters, .tags],
        CheckedField("run_id", .text, .required),
        CheckedField("metrics", .array, .elementsHave(["key", "value", "timestamp"])),
        CheckedField("params", .array, .elementsHave(["key"])), CheckedField("tags", .array, .elementsHave(["key"])))

    static let setTag = logParameter

    static let deleteTag = EndpointSchema(
        [.runID, .runUUID, .key], CheckedField("run_id", .required, .text), CheckedField("key", .required, .text))

    static let logInputs = EndpointSchema(
        [.runID, .datasets, .modelInputs],
        CheckedField("run_id", .required, .text), CheckedField("datasets", .array), CheckedField("models", .array))

    static let logOutputs = EndpointSchema(
        [.runID, .modelOutputs], CheckedField("run_id", .required, .text), CheckedField("models", .required, .array))

    static let logModel = EndpointSchema(
        [.runID, .modelJSON], CheckedField("run_id", .text, .required), CheckedField("model_json", .text, .required))
}
