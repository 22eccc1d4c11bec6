import MartletInference

/// The figures of a repository's models under the names that Triton gives them, so that its dashboards go on working.
enum ModelMetrics {
    /// Adds them to what a registry shows; they are read when the metrics are.
    static func observe(_ repository: ModelRepository, in metrics: MetricsRegistry) {
        func counters(_ name: String, _ help: String, _ read: @escaping @Sendable (ServedModel) -> Double) {
            metrics.sample(name, .counter, help: help) { samples(repository, read) }
        }
        func histograms(_ name: String, _ help: String, _ read: @escaping @Sendable (BatchStatistics) -> Distribution) {
            metrics.sample(name, help: help) { distributions(repository, read) }
        }
        counters("nv_inference_request_success", "Requests answered.") { Double($0.statistics.success.count) }
        counters("nv_inference_request_failure", "Requests that failed.") { Double($0.statistics.failure.count) }
        counters("nv_inference_count", "Rows answered.") { Double($0.statistics.rowCount) }
        counters("nv_inference_exec_count", "Runs of the model, each of one batch.") { Double($0.executionCount) }
        counters("nv_inference_request_duration_us", "Time of requests, from first to last.") { microseconds($0.statistics.success) }
        counters("nv_inference_queue_duration_us", "Time that requests waited for a run.") { microseconds($0.queueing) }
        counters("nv_inference_compute_input_duration_us", "Time of reading inputs.") { microseconds($0.statistics.input) }
        counters("nv_inference_compute_infer_duration_us", "Time of running the model.") { microseconds($0.running) }
        counters("nv_inference_compute_output_duration_us", "Time of writing outputs.") { microseconds($0.statistics.output) }
        metrics.sample("nv_inference_pending_request_count", .gauge, help: "Requests under way.") {
            samples(repository) { Double($0.statistics.pendingCount) }
        }
        metrics.sample("martlet_batch_queue_rows", .gauge, help: "Rows that wait for a run.") {
            samples(repository) { Double($0.batcher?.statistics.waitingRowCount ?? 0) }
        }
        histograms("martlet_batch_rows", "Rows of batches of several requests, or of one that waited.") { $0.batchRows }
        histograms("martlet_batch_queue_seconds", "Time that requests waited for a run.") { $0.queueSeconds }
        histograms("martlet_batch_run_seconds", "Time of batches.") { $0.executionSeconds }
        metrics.sample("martlet_batch_refusals_total", .counter, help: "Requests refused because they would have been answered too late.") {
            samples(repository) { Double($0.batcher.map { $0.statistics.lateCount + $0.statistics.fullCount } ?? 0) }
        }
    }

    private static func distributions(
        _ repository: ModelRepository, _ read: (BatchStatistics) -> Distribution
    ) -> [SampledHistogram.Sample] {
        repository.ready.compactMap { served in
            guard let statistics = served.batcher?.statistics else { return nil }
            let distribution = read(statistics)
            return SampledHistogram.Sample(
                labels: labels(served), bounds: distribution.bounds, counts: distribution.counts, sum: distribution.sum)
        }
    }

    private static func labels(_ served: ServedModel) -> [(name: String, value: String)] {
        [("model", served.name), ("version", String(served.version))]
    }

    private static func samples(_ repository: ModelRepository, _ read: (ServedModel) -> Double) -> [SampledMetric.Sample] {
        repository.ready.map {
            SampledMetric.Sample(labels: labels($0), value: read($0))
        }
    }

    private static func microseconds(_ duration: ModelStatistics.Duration) -> Double { Double(duration.nanoseconds / 1_000) }
}
