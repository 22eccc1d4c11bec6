import MartletRegistry

/// What the endpoints of metric histories take.
extension EndpointSchema {
    static let metricHistory = EndpointSchema(
        [.runID, .runUUID, .metricKey, .maxResults32, .pageToken],
        CheckedField("run_id", .required, .text), CheckedField("metric_key", .required, .text))

    /// What is missing here is refused by the store, since MLflow reads this one by hand.
    static let bulkMetricHistory = EndpointSchema([.historyRunIDs, .metricKey, .maxResults64])

    static let metricHistoryInterval = EndpointSchema(
        [.runIDs, .metricKey, .startStep, .endStep, .maxResults32],
        CheckedField(
            "run_ids", .required, .array, .texts,
            .countAtMost(TrackingStore.historyRunCountMax) { count in
                "GetMetricHistoryBulkInterval request must specify at most \(TrackingStore.historyRunCountMax) run_ids. Received \(count) run_ids."
            }),
        CheckedField("metric_key", .required, .text),
        CheckedField("start_step", .integerLike), CheckedField("end_step", .integerLike),
        CheckedField(
            "max_results", .integerLike,
            .within(
                1...Int64(TrackingStore.sampledPointCountMax), "max_results must be between 1 and \(TrackingStore.sampledPointCountMax).")))
}
