/// A field of a request: its two names, and what it takes.
struct MessageField: Sendable {
    enum Kind: Sendable {
        case text
        case integer32
        case integer64
        case number
        case boolean
        /// Names of the numbers from 1 on; others are passed over, as MLflow does.
        case enumeration([StaticString])
        case message(MessageShape)
        /// Texts by names that the client chooses.
        case textMap
        /// Any JSON.
        case anything
    }

    let name: StaticString
    /// The other name, which bodies may use; `nil` where it is the same.
    let camelName: StaticString?
    let kind: Kind
    let isRepeated: Bool

    init(_ name: StaticString, _ camelName: StaticString? = nil, _ kind: Kind = .text, repeated isRepeated: Bool = false) {
        self.name = name
        self.camelName = camelName
        self.kind = kind
        self.isRepeated = isRepeated
    }
}

extension MessageField {
    static let key = MessageField("key")
    static let value = MessageField("value")
    static let name = MessageField("name")
    static let description = MessageField("description")
    static let version = MessageField("version")
    static let digest = MessageField("digest")
    static let source = MessageField("source")
    static let schema = MessageField("schema")
    static let profile = MessageField("profile")
    static let filter = MessageField("filter")
    static let sourceType = MessageField("source_type", "sourceType")
    static let pageToken = MessageField("page_token", "pageToken")
    static let orderBy = MessageField("order_by", "orderBy", repeated: true)
    static let maxResults32 = MessageField("max_results", "maxResults", .integer32)
    static let maxResults64 = MessageField("max_results", "maxResults", .integer64)

    static let experimentID = MessageField("experiment_id", "experimentId")
    static let experimentIDs = MessageField("experiment_ids", "experimentIds", repeated: true)
    static let experimentName = MessageField("experiment_name", "experimentName")
    static let artifactLocation = MessageField("artifact_location", "artifactLocation")
    static let newName = MessageField("new_name", "newName")
    static let tags = MessageField("tags", nil, .message(.keyedText), repeated: true)

    static let runID = MessageField("run_id", "runId")
    static let runUUID = MessageField("run_uuid", "runUuid")
    static let runIDs = MessageField("run_ids", "runIds", repeated: true)
    /// The runs of a history, of which each item of the query names one.
    static let historyRunIDs = MessageField("run_id", "runId", repeated: true)
    static let runName = MessageField("run_name", "runName")
    static let userID = MessageField("user_id", "userId")
    static let startTime = MessageField("start_time", "startTime", .integer64)
    static let endTime = MessageField("end_time", "endTime", .integer64)
    static let status = MessageField("status", nil, .enumeration(["RUNNING", "SCHEDULED", "FINISHED", "FAILED", "KILLED"]))
    static let parameters = MessageField("params", nil, .message(.keyedText), repeated: true)
    static let metrics = MessageField("metrics", nil, .message(.metric), repeated: true)

    static let number = MessageField("value", nil, .number)
    static let timestamp = MessageField("timestamp", nil, .integer64)
    static let step = MessageField("step", nil, .integer64)
    static let metricKey = MessageField("metric_key", "metricKey")
    static let startStep = MessageField("start_step", "startStep", .integer32)
    static let endStep = MessageField("end_step", "endStep", .integer32)

    static let modelID = MessageField("model_id", "modelId")
    static let modelJSON = MessageField("model_json", "modelJson")
    static let datasetName = MessageField("dataset_name", "datasetName")
    static let datasetDigest = MessageField("dataset_digest", "datasetDigest")
    static let dataset = MessageField("dataset", nil, .message(.dataset))
    static let datasets = MessageField("datasets", nil, .message(.datasetInput), repeated: true)
    static let modelInputs = MessageField("models", nil, .message(.modelInput), repeated: true)
    static let modelOutputs = MessageField("models", nil, .message(.modelOutput), repeated: true)

    static let modelType = MessageField("model_type", "modelType")
    static let sourceRunID = MessageField("source_run_id", "sourceRunId")
    static let modelStatus = MessageField(
        "status", nil, .enumeration(["LOGGED_MODEL_PENDING", "LOGGED_MODEL_READY", "LOGGED_MODEL_UPLOAD_FAILED"]))
    static let allowDeleted = MessageField("allow_deleted")
    static let artifactFolder = MessageField("artifact_directory_path", "artifactDirectoryPath")
    static let fieldName = MessageField("field_name", "fieldName")
    static let ascending = MessageField("ascending", nil, .boolean)
    static let modelDatasets = MessageField("datasets", nil, .message(.modelDataset), repeated: true)
    static let modelOrders = MessageField("order_by", "orderBy", .message(.modelOrder), repeated: true)

    static let filterString = MessageField("filter_string", "filterString")
    static let tagsText = MessageField("tags")
    static let recordsText = MessageField("records")
    static let recordIDs = MessageField("dataset_record_ids", "datasetRecordIds", repeated: true)

    private static let views: Kind = .enumeration(["ACTIVE_ONLY", "DELETED_ONLY", "ALL"])
    static let runView = MessageField("run_view_type", "runViewType", views)
    static let experimentView = MessageField("view_type", "viewType", views)
}

extension MessageShape {
    static let keyedText = MessageShape([.key, .value])
    static let metric = MessageShape([.key, .number, .timestamp, .step, .modelID, .datasetName, .datasetDigest, .runID])
    static let dataset = MessageShape([.name, .digest, .sourceType, .source, .schema, .profile])
    static let datasetInput = MessageShape([.tags, .dataset])
    static let modelInput = MessageShape([.modelID])
    static let modelOutput = MessageShape([.modelID, .step])
    static let modelDataset = MessageShape([.datasetName, .datasetDigest])
    static let modelOrder = MessageShape([.fieldName, .ascending, .datasetName, .datasetDigest])
}
