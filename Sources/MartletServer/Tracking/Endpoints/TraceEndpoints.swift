import MartletRegistry

/// The endpoints of traces and assessments, on one store.
struct TraceEndpoints: Sendable {
    let store: TraceStore

    /// All of them. What lies in artifacts is not read here.
    var all: [TrackingEndpoint] { traces + searches + tags + assessments + links + old }

    private var traces: [TrackingEndpoint] {
        [
            TrackingEndpoint(.post, "traces", .createTrace, version: .v3) { [store] fields in
                let principal = fields.principal
                let trace = try await store.create(try fields.newTrace.tracedInfo()) { principal.role(on: .experiment($0)) >= .write }
                return JSONOutput.trace(trace)
            },
            TrackingEndpoint(.get, "traces/{trace_id}", .nothing, version: .v3) { [store] in
                JSONOutput.trace(try await store.info($0.pathTrace))
            },
            TrackingEndpoint(.get, "traces/get", .getTrace, version: .v3) { [store] fields in
                let trace = try await store.trace(fields.text(.traceID) ?? "", allowsPartial: fields.boolean(.allowPartial) ?? false)
                return try JSONOutput.trace(trace)
            },
            TrackingEndpoint(.get, "traces/batchGet", .getTraces, version: .v3) { [store] fields in
                try JSONOutput.traces(try await store.traces(fields.texts(.traceIDs), experiments: try fields.experiments()))
            },
            TrackingEndpoint(.post, "traces/batchGetInfos", .getTraces, version: .v3) { [store] fields in
                JSONOutput.traceInfos(try await store.infos(fields.texts(.traceIDs), experiments: try fields.experiments()))
            },
        ]
            + [TrackingEndpoint.Version.v2, .v3].map { version in
                TrackingEndpoint(.post, "traces/delete-traces", .deleteTraces, version: version) { [store] fields in
                    let selection = try TraceStore.selection(
                        ids: fields.texts(.requestIDs), until: fields.integer(.maxTimestamp), countMax: fields.integer(.maxTraces))
                    return JSONOutput.deletedTraces(try await store.delete(selection, experiment: try fields.experiment()))
                }
            }
    }

    private var searches: [TrackingEndpoint] {
        [
            TrackingEndpoint(.post, "traces/search", .searchTraces, version: .v3) { [store] fields in
                let experiments = fields.messages(.traceLocations) { $0.locatedExperiment }.compactMap(\.self)
                let page = try await Self.search(experiments, fields, store)
                return JSONOutput.traceInfos(page.infos, next: page.next)
            },
            TrackingEndpoint(.get, "traces", .searchOldTraces) { [store] fields in
                let page = try await Self.search(fields.texts(.experimentIDs), fields, store)
                return JSONOutput.oldTraces(page.infos, next: page.next)
            },
            TrackingEndpoint(.post, "traces/calculate-filter-correlation", .correlateFilters, version: .v3) { [store] fields in
                let base = fields.text(.baseFilter).flatMap { $0.isEmpty ? nil : $0 }
                let filters = try [base, fields.text(.firstFilter), fields.text(.secondFilter)].map {
                    try $0.map { try SearchFilter(parsing: $0, of: .traces) }
                }
                let none = try SearchFilter(parsing: "", of: .traces)
                let experiments = try fields.texts(.experimentIDs).map(TrackingStore.experimentID)
                return JSONOutput.correlation(
                    try await store.correlation(
                        experiments: experiments, filters[1] ?? none, filters[2] ?? none, among: filters[0]))
            },
        ]
    }

    private static func search(
        _ experiments: [String], _ fields: RequestFields, _ store: TraceStore
    ) async throws -> (infos: [TraceInfo], next: String?) {
        let limit = try SearchPageSize.checked(fields.limit(.maxResults32), for: .traces)
        let filter = try SearchFilter(parsing: fields.text(.filter) ?? "", of: .traces)
        let orders = try SearchOrder.orders(parsing: fields.texts(.orderBy), of: .traces)
        let offset = try fields.offset()
        let page = try await store.search(
            experiments: try experiments.map(TrackingStore.experimentID), filter: filter, orders: orders, limit: limit, offset: offset)
        return (page.elements, page.nextToken(offset: offset))
    }

    private var tags: [TrackingEndpoint] {
        [TrackingEndpoint.Version.v2, .v3].flatMap { version in
            [
                TrackingEndpoint("traces/{trace_id}/tags", .setTraceTag, method: .patch, version: version) { [store] in
                    try await store.setTag($0.pair, trace: $0.pathTrace)
                },
                TrackingEndpoint("traces/{trace_id}/tags", .deleteTraceTag, method: .delete, version: version) { [store] in
                    try await store.deleteTag($0.text(.key) ?? "", trace: $0.pathTrace)
                },
            ]
        }
    }

    private var links: [TrackingEndpoint] {
        [
            TrackingEndpoint("traces/link-to-run", .linkTraces) { [store] in
                try await store.link($0.texts(.traceIDs), toRun: $0.text(.runID) ?? "")
            },
            TrackingEndpoint("traces/link-prompts", .linkPrompts) { [store] fields in
                let prompts = try fields.messages(.promptVersions) { ($0.text(.name) ?? "", $0.text(.version) ?? "") }.map {
                    name, version in
                    guard let number = PythonText.integer(version) else {
                        throw TrackingFault(
                            .invalidParameterValue, "invalid literal for int() with base 10: \(PythonText.quoted(version))")
                    }
                    return PromptVersion(name, version: number)
                }
                try await store.link(prompts, toTrace: fields.text(.traceID) ?? "")
            },
        ]
    }
}

extension RequestFields {
    /// The experiments that a request is about; `nil` where it names none.
    fileprivate func experiments() throws -> Set<Int64>? {
        guard has(.experimentIDs) else { return nil }
        return Set(try texts(.experimentIDs).map(TrackingStore.experimentID))
    }
}
