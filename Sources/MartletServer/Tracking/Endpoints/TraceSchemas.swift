import MartletRegistry

/// What the endpoints of traces take.
extension EndpointSchema {
    static let createTrace = EndpointSchema([.trace], CheckedField("trace", .required))

    /// The trace is in the path.
    static let nothing = EndpointSchema([])

    static let getTrace = EndpointSchema(
        [.traceID, .allowPartial], CheckedField("trace_id", .text, .required))

    static let getTraces = EndpointSchema(
        [.traceIDs, .experimentIDs],
        CheckedField("trace_ids", .array, .required, .texts), CheckedField("experiment_ids", .array, .texts))

    static let searchTraces = EndpointSchema(
        [.traceLocations, .filter, .maxResults32, .orderBy, .pageToken],
        CheckedField("locations", .array, .required), CheckedField("filter", .text),
        CheckedField("max_results", .integerLike, .atMost(500)), CheckedField("order_by", .array, .texts),
        CheckedField("page_token", .text))

    static let correlateFilters = EndpointSchema(
        [.experimentIDs, .firstFilter, .secondFilter, .baseFilter],
        CheckedField("experiment_ids", .array, .required, .texts), CheckedField("filter_string1", .text, .required),
        CheckedField("filter_string2", .text, .required), CheckedField("base_filter", .text))

    static let deleteTraces = EndpointSchema(
        [.experimentID, .maxTimestamp, .maxTraces, .requestIDs],
        CheckedField("experiment_id", .text, .required), CheckedField("max_timestamp_millis", .integerLike),
        CheckedField("max_traces", .integerLike), CheckedField("request_ids", .array, .texts))

    static let setTraceTag = EndpointSchema(
        [.key, .value], CheckedField("key", .text, .required), CheckedField("value", .text))

    static let deleteTraceTag = EndpointSchema([.key], CheckedField("key", .text, .required))

    static let linkTraces = EndpointSchema(
        [.traceIDs, .runID], CheckedField("trace_ids", .array, .required, .texts), CheckedField("run_id", .text, .required))

    static let linkPrompts = EndpointSchema(
        [.traceID, .promptVersions],
        CheckedField("trace_id", .text, .required), CheckedField("prompt_versions", .array, .required))

    static let createAssessment = EndpointSchema([.assessment], CheckedField("assessment", .required))

    static let updateAssessment = EndpointSchema(
        [.assessment, .updateMask], CheckedField("assessment", .required), CheckedField("update_mask", .required))

    // MARK: MLflow 2

    static let beginTrace = EndpointSchema(
        [.experimentID, .timestampMillis, .requestMetadata, .tags],
        CheckedField("experiment_id", .text), CheckedField("timestamp_ms", .integerLike),
        CheckedField("request_metadata", .elementsHaveKeys), CheckedField("tags", .elementsHaveKeys))

    static let endTrace = EndpointSchema(
        [.timestampMillis, .traceState, .requestMetadata, .tags],
        CheckedField("timestamp_ms", .integerLike), CheckedField("status", .text),
        CheckedField("request_metadata", .elementsHaveKeys), CheckedField("tags", .elementsHaveKeys))

    static let searchOldTraces = EndpointSchema(
        [.experimentIDs, .filter, .maxResults32, .orderBy, .pageToken],
        CheckedField("experiment_ids", .array, .texts, .required), CheckedField("filter", .text),
        CheckedField("max_results", .integerLike, .atMost(500)), CheckedField("order_by", .array, .texts),
        CheckedField("page_token", .text))
}

extension MessageField {
    static let traceID = MessageField("trace_id", "traceId")
    static let traceIDs = MessageField("trace_ids", "traceIds", repeated: true)
    static let requestIDs = MessageField("request_ids", "requestIds", repeated: true)
    static let firstFilter = MessageField("filter_string1", "filterString1")
    static let secondFilter = MessageField("filter_string2", "filterString2")
    static let baseFilter = MessageField("base_filter", "baseFilter")
    static let allowPartial = MessageField("allow_partial", "allowPartial", .boolean)
    static let maxTimestamp = MessageField("max_timestamp_millis", "maxTimestampMillis", .integer64)
    static let maxTraces = MessageField("max_traces", "maxTraces", .integer32)
    static let timestampMillis = MessageField("timestamp_ms", "timestampMs", .integer64)
    static let requestMetadata = MessageField("request_metadata", "requestMetadata", .message(.keyedText), repeated: true)
    private static let states: Kind = .enumeration(["OK", "ERROR", "IN_PROGRESS"])
    /// Of MLflow 2.
    static let traceState = MessageField("status", nil, states)

    static let trace = MessageField("trace", nil, .message(.trace))
    static let traceInfo = MessageField("trace_info", "traceInfo", .message(.traceInfo))
    static let clientRequestID = MessageField("client_request_id", "clientRequestId")
    static let traceLocation = MessageField("trace_location", "traceLocation", .message(.traceLocation))
    static let traceLocations = MessageField("locations", nil, .message(.traceLocation), repeated: true)
    static let experimentLocation = MessageField("mlflow_experiment", "mlflowExperiment", .message(.experimentLocation))
    static let requestPreview = MessageField("request_preview", "requestPreview")
    static let responsePreview = MessageField("response_preview", "responsePreview")
    static let requestTime = MessageField("request_time", "requestTime")
    static let executionDuration = MessageField("execution_duration", "executionDuration")
    static let state = MessageField("state", nil, states)
    static let traceMetadata = MessageField("trace_metadata", "traceMetadata", .textMap)
    static let tagMap = MessageField("tags", nil, .textMap)

    static let assessments = MessageField("assessments", nil, .message(.assessment), repeated: true)
    static let assessment = MessageField("assessment", nil, .message(.assessment))
    static let assessmentID = MessageField("assessment_id", "assessmentId")
    static let assessmentName = MessageField("assessment_name", "assessmentName")
    static let assessmentSource = MessageField("source", nil, .message(.assessmentSource))
    static let sourceKind = MessageField("source_type", "sourceType", .enumeration(["HUMAN", "LLM_JUDGE", "CODE"]))
    static let sourceID = MessageField("source_id", "sourceId")
    static let createTime = MessageField("create_time", "createTime")
    static let lastUpdateTime = MessageField("last_update_time", "lastUpdateTime")
    static let spanID = MessageField("span_id", "spanId")
    static let rationale = MessageField("rationale")
    static let overrides = MessageField("overrides")
    static let assessmentMetadata = MessageField("metadata", nil, .textMap)
    static let feedback = MessageField("feedback", nil, .message(.feedback))
    static let expectation = MessageField("expectation", nil, .message(.expectation))
    static let issue = MessageField("issue", nil, .message(.issue))
    static let issueName = MessageField("issue_name", "issueName")
    static let assessed = MessageField("value", nil, .anything)
    static let assessmentError = MessageField("error", nil, .message(.assessmentError))
    static let errorCode = MessageField("error_code", "errorCode")
    static let errorMessage = MessageField("error_message", "errorMessage")
    static let stackTrace = MessageField("stack_trace", "stackTrace")
    static let serializedValue = MessageField("serialized_value", "serializedValue", .message(.serializedValue))
    static let serializationFormat = MessageField("serialization_format", "serializationFormat")
    static let updateMask = MessageField("update_mask", "updateMask")
    static let promptVersions = MessageField("prompt_versions", "promptVersions", .message(.promptVersion), repeated: true)
}

extension MessageShape {
    static let trace = MessageShape([.traceInfo])
    static let traceInfo = MessageShape([
        .traceID, .clientRequestID, .traceLocation, .requestPreview, .responsePreview, .requestTime, .executionDuration, .state,
        .traceMetadata, .tagMap, .assessments,
    ])
    static let traceLocation = MessageShape([.experimentLocation])
    static let experimentLocation = MessageShape([.experimentID])
    static let assessment = MessageShape([
        .assessmentID, .assessmentName, .assessmentSource, .createTime, .lastUpdateTime, .spanID, .rationale, .overrides,
        .assessmentMetadata, .feedback, .expectation, .issue,
    ])
    static let assessmentSource = MessageShape([.sourceKind, .sourceID])
    static let feedback = MessageShape([.assessed, .assessmentError])
    static let assessmentError = MessageShape([.errorCode, .errorMessage, .stackTrace])
    static let expectation = MessageShape([.assessed, .serializedValue])
    static let serializedValue = MessageShape([.serializationFormat, .value])
    static let issue = MessageShape([.issueName])
    static let promptVersion = MessageShape([.name, .version])
}
