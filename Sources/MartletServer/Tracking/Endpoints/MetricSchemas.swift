/// What the endpoints of metric histories take.
extension EndpointSchema {
    /// The most runs whose histories one request may ask for.
    static let historyRunCountMax = 100
    /// The most points of each run that are drawn from a history.
    static let intervalPointCountMax: Int64 = 2_500

    static let metricHistory = EndpointSchema(
        [.runID, .runUUID, .metricKey, .maxResults32, .pageToken],
        CheckedField("run_id", .required, .text), CheckedField("metric_key", .required, .text))

    static let metricHistoryInterval = EndpointSchema(
        [.runIDs, .metricKey, .startStep, .endStep, .maxResults32],
        CheckedField(
            "run_ids", .required, .array, .texts,
            .countAtMost(historyRunCountMax) { count in
                "GetMetricHistoryBulkInterval request must specify at most \(historyRunCountMax) run_ids. Received \(count) run_ids."
            }),
        CheckedField("metric_key", .required, .text),
        CheckedField("start_step", .integerLike), CheckedField("end_step", .integerLike),
        CheckedField(
            "max_results", .integerLike,
            .within(1...intervalPointCountMax, "max_results must be between 1 and \(intervalPointCountMax).")))
}
