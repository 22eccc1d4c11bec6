import MartletStore

/// Metrics of runs that are metrics of logged models too.
extension LoggedModelStore {
    /// Logs one value of a metric for a run and a model, both or neither. The same one again is fine and changes nothing.
    package func logMetric(_ given: ModelMetric, run: String) async throws {
        var metric = given
        metric.metric = try tracking.rules.checked(given.metric)
        let checked = metric
        try await tracking.write { session in
            let place = try session.activeRunPlace(run)
            try session.log([checked], place)
            try session.log([checked.metric], place)
        }
    }

    /// Logs a batch for a run, and metrics for models, all or nothing; MLflow keeps what it wrote before a refusal.
    /// - Parameter modelMetrics: those of the batch's metrics that are of models too.
    package func log(_ batch: LogBatch, modelMetrics: [ModelMetric], run: String) async throws {
        // What else is wrong with them is found in the batch.
        let finite = modelMetrics.map { metric in
            var metric = metric
            metric.metric = LogRules.finite(metric.metric)
            return metric
        }
        try await tracking.log(batch, run: run) { session, place in try session.log(finite, place) }
    }
}

extension TrackingSession {
    /// Logs metrics of models. What was logged already is fine; another value in its place is refused, as in MLflow.
    func log(_ metrics: [ModelMetric], _ run: RunPlace) throws {
        var numbers: [ExactText: Int64] = [:]
        for metric in metrics {
            let model = ExactText(metric.model)
            let number = try numbers[model] ?? number(ofModel: metric.model)
            numbers[model] = number
            try log(metric, number, run)
        }
    }

    private func number(ofModel id: String) throws -> Int64 {
        let number = try connection.first("SELECT number FROM logged_models WHERE id = ?", [.text(id)]) { $0.integer(0) }
        guard let number else { throw TrackingFault(.badRequest, "(sqlite3.IntegrityError) FOREIGN KEY constraint failed") }
        return number
    }

    private func log(_ metric: ModelMetric, _ number: Int64, _ run: RunPlace) throws {
        let value = metric.metric.value.isNaN ? 0 : metric.metric.value
        let place: [SQLValue] = [
            .integer(number), .text(metric.metric.key), .integer(metric.metric.at), .integer(metric.metric.step), .text(run.id),
        ]
        let more: [SQLValue] = [.real(value), .optional(metric.dataset.name), .optional(metric.dataset.digest)]
        let count = try connection.execute(
            """
            INSERT INTO logged_model_metrics (model, key, at, step, run, value, dataset_name, dataset_digest)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING
            """, place + more)
        if count > 0 { return }
        let known = try connection.first(
            """
            SELECT value, dataset_name, dataset_digest FROM logged_model_metrics
            WHERE model = ? AND key = ? AND at = ? AND step = ? AND run = ?
            """, place
        ) { row in [.real(row.real(0)), .optional(row.optionalText(1)), .optional(row.optionalText(2))] as [SQLValue] }
        guard known == more else {
            throw TrackingFault.repeatedRow(
                "logged_model_metrics", ["model_id", "metric_name", "metric_timestamp_ms", "metric_step", "run_id"])
        }
    }
}
