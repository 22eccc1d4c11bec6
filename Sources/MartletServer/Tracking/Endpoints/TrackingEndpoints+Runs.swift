import MartletRegistry

extension TrackingEndpoints {
    var runs: [TrackingEndpoint] {
        [
            TrackingEndpoint(.post, "runs/create", .createRun) { [store] in
                JSONOutput.run(try await store.createRun(try Self.draft($0)), .created)
            },
            TrackingEndpoint(.get, "runs/get", .getRun) { [store] in JSONOutput.run(try await store.run($0.run)) },
            TrackingEndpoint(.post, "runs/update", .updateRun) { [store] fields in
                let change = RunChange(
                    status: fields.enumeration(.status).flatMap(TrackedRun.Status.init(rawValue:)), endedAt: fields.integer(.endTime),
                    name: fields.text(.runName))
                return JSONOutput.runInfo(try await store.updateRun(fields.run, change))
            },
            TrackingEndpoint("runs/delete", .deleteRun) { [store] in try await store.deleteRun($0.runByName) },
            TrackingEndpoint("runs/restore", .restoreRun) { [store] in try await store.restoreRun($0.runByName) },
        ]
    }

    private static func draft(_ fields: RequestFields) throws(TrackingFault) -> RunDraft {
        guard let experiment = fields.text(.experimentID), !experiment.isEmpty else {
            throw TrackingFault(.badRequest, "(sqlite3.IntegrityError) FOREIGN KEY constraint failed")
        }
        return RunDraft(
            experiment: try TrackingStore.experimentID(parsing: experiment), name: fields.text(.runName), user: fields.text(.userID) ?? "",
            startedAt: fields.integer(.startTime) ?? 0, tags: fields.pairs(.tags))
    }

    var runSearches: [TrackingEndpoint] {
        [TrackingEndpoint(.post, "runs/search", .searchRuns) { [store] in try await Self.searchRuns($0, store) }]
    }

    private static func searchRuns(_ fields: RequestFields, _ store: TrackingStore) async throws -> [UInt8] {
        let limit = try SearchPageSize.checked(fields.limit(.maxResults32), for: .runs)
        let filter = try SearchFilter(parsing: fields.text(.filter) ?? "", of: .runs)
        let orders = try SearchOrder.orders(parsing: fields.texts(.orderBy), of: .runs)
        let offset = try fields.offset()
        let experiments = try fields.texts(.experimentIDs).map(TrackingStore.experimentID)
            .filter { fields.principal.role(on: .experiment($0)) >= .read }
        let page = try await store.searchRuns(
            experiments: experiments, filter: filter, orders: orders, view: fields.view(.runView), limit: limit, offset: offset)
        return JSONOutput.runs(page.elements, next: page.nextToken(offset: offset))
    }

    // MARK: Logging

    /// A dataset may have a profile of 16,777,215 characters.
    private static let inputsSizeMaxBytes = 64 << 20

    var logging: [TrackingEndpoint] {
        [
            TrackingEndpoint("runs/log-metric", .logMetric) { [store, models] fields in
                guard let metric = try fields.modelMetric(fields.metric) else {
                    return try await store.logMetric(fields.metric, run: fields.run)
                }
                try await models.logMetric(metric, run: fields.run)
            },
            TrackingEndpoint("runs/log-parameter", .logParameter) { [store] in try await store.logParameter($0.pair, run: $0.run) },
            TrackingEndpoint("runs/set-tag", .setTag) { [store] in try await store.setTag($0.pair, run: $0.run) },
            TrackingEndpoint("runs/delete-tag", .deleteTag) { [store] in
                try await store.deleteTag($0.text(.key) ?? "", run: $0.runByName)
            },
            TrackingEndpoint("runs/log-batch", .logBatch) { [models] fields in
                var modelMetrics: [ModelMetric] = []
                let metrics = try fields.messages(.metrics) { item in
                    let metric = item.metric
                    if let modelMetric = try item.modelMetric(metric) { modelMetrics.append(modelMetric) }
                    return metric
                }
                let batch = LogBatch(metrics: metrics, parameters: fields.pairs(.parameters), tags: fields.pairs(.tags))
                try await models.log(batch, modelMetrics: modelMetrics, run: fields.runByName)
            },
            TrackingEndpoint("runs/log-inputs", .logInputs, bodySizeMaxBytes: Self.inputsSizeMaxBytes) { [store] fields in
                try await store.logInputs(
                    datasets: fields.messages(.datasets) { $0.datasetInput },
                    models: fields.messages(.modelInputs) { $0.text(.modelID) ?? "" }, run: fields.runByName)
            },
            TrackingEndpoint("runs/outputs", .logOutputs) { [store] fields in
                let models = fields.messages(.modelOutputs) { ModelOutput($0.text(.modelID) ?? "", step: $0.integer(.step) ?? 0) }
                try await store.logOutputs(models, run: fields.runByName)
            },
            TrackingEndpoint("runs/log-model", .logModel) { [store] in
                try await store.logModel($0.text(.modelJSON) ?? "", run: $0.runByName)
            },
        ]
    }
}
