import MartletRegistry

/// MLflow 2's interface to the same traces.
extension TraceEndpoints {
    var old: [TrackingEndpoint] {
        [
            TrackingEndpoint(.post, "traces", .beginTrace) { [store] fields in
                JSONOutput.oldTrace(
                    try await store.begin(
                        experiment: try fields.experiment(), startedAt: fields.integer(.timestampMillis) ?? 0,
                        metadata: fields.pairs(.requestMetadata), tags: fields.pairs(.tags)))
            },
            TrackingEndpoint(.patch, "traces/{trace_id}", .endTrace) { [store] fields in
                guard let state = fields.enumeration(.traceState).flatMap(TraceInfo.State.init(rawValue:)) else {
                    throw TrackingFault(
                        .invalidParameterValue, "<TraceStatus.UNSPECIFIED: 'TRACE_STATUS_UNSPECIFIED'> is not a valid TraceState")
                }
                return JSONOutput.oldTrace(
                    try await store.end(
                        fields.pathTrace, at: fields.integer(.timestampMillis) ?? 0, state: state,
                        metadata: fields.pairs(.requestMetadata), tags: fields.pairs(.tags)))
            },
            TrackingEndpoint(.get, "traces/{trace_id}/info", .nothing) { [store] in
                JSONOutput.oldTrace(try await store.info($0.pathTrace))
            },
        ]
    }
}
