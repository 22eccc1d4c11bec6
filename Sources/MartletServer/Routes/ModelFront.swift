import Dispatch
import MartletCore
package import MartletInference
import Synchronization

/// One version of a model as requests of any protocol meet it: its check, its clock, its counters.
package final class ModelFront: Sendable {
    package let served: ServedModel
    package let check: SignatureCheck
    /// Reads requests to it.
    package let decoder: InferRequestDecoder
    package let versionText: String
    private let duration: Histogram

    init(_ served: ServedModel, _ durations: MetricFamily<Histogram>) {
        self.served = served
        check = SignatureCheck(served.signature)
        var limits = InferRequestDecoder.Limits()
        // Columns may come as tensors of their own.
        limits.inputCountMax = max(limits.inputCountMax, served.signature.featureNames?.count ?? 0)
        decoder = InferRequestDecoder(limits: limits)
        versionText = String(served.version)
        duration = durations.labelled(served.name, versionText)
    }

    /// Answers at once, or says what to wait for.
    /// - Parameters:
    ///   - read: makes the model's inputs of the request.
    ///   - write: makes the answer of the model's outputs.
    func answer(
        priority: Int, timeout: Duration?, read: () throws -> [Tensor], write: @escaping @Sendable ([Tensor]) throws -> HTTPResponse
    ) throws -> StagedAnswer {
        var request = begin()
        do {
            let inputs = try read()
            request.read = Self.now
            guard let outputs = try served.predictDirectly(inputs) else {
                return .later { [self, request] in
                    do {
                        let outputs = try await served.predict(inputs, priority: priority, timeout: timeout)
                        return try finish(outputs, request, write)
                    } catch {
                        throw failed(error, request)
                    }
                }
            }
            return .now(try finish(outputs, request, write))
        } catch {
            throw failed(error, request)
        }
    }

    private func finish(_ outputs: [Tensor], _ request: Timing, _ write: ([Tensor]) throws -> HTTPResponse) throws -> HTTPResponse {
        var request = request
        request.predicted = Self.now
        let response = try write(outputs)
        answered(request, rows: outputs.first?.rowCount ?? 1)
        return response
    }

    // MARK: Counting

    /// When the parts of a request began and ended, in nanoseconds of `now`.
    package struct Timing: Sendable {
        fileprivate let start: UInt64
        /// When its inputs were read.
        package var read: UInt64
        /// When the model had answered.
        package var predicted: UInt64
    }

    /// A clock of nanoseconds.
    package static var now: UInt64 { DispatchTime.now().uptimeNanoseconds }

    /// Counts a request that came. Either `answered` or `failed` follows, once.
    package func begin() -> Timing {
        served.statistics.came()
        let now = Self.now
        return Timing(start: now, read: now, predicted: now)
    }

    /// Counts a request whose answer is written.
    package func answered(_ request: Timing, rows: Int) {
        let end = Self.now
        served.statistics.answered(
            ModelStatistics.Request(
                rows: rows, total: end - request.start, input: request.read - request.start, inference: request.predicted - request.read,
                output: end - request.predicted),
            now: Self.milliseconds)
        served.statistics.left()
        duration.observe(Double(end - request.start) / 1e9)
    }

    /// Counts a request that failed. - Returns: the error.
    package func failed(_ error: any Error, _ request: Timing) -> any Error {
        served.statistics.failed(nanoseconds: Self.now - request.start)
        served.statistics.left()
        return error
    }

    private static var milliseconds: UInt64 { UInt64(max(0, Timestamp.now.microseconds / 1_000)) }
}

/// The fronts of the models of a repository, each made when its model is first met.
package final class ModelFronts: Sendable {
    package let repository: ModelRepository
    private let fronts = Mutex<[ObjectIdentifier: ModelFront]>([:])
    private let durations: MetricFamily<Histogram>

    /// Makes no front yet.
    package init(_ repository: ModelRepository, _ metrics: MetricsRegistry) {
        self.repository = repository
        durations = metrics.histograms(
            "martlet_model_request_duration_seconds", help: "Time from a request's last byte to its answer, by model.",
            labels: ["model", "version"])
    }

    /// The front of a model that is ready. - Throws: as `ModelRepository.model`.
    package func front(_ name: String, version: Int? = nil) throws -> ModelFront {
        // Looked up under the lock: what is unloaded meanwhile is pruned afterwards.
        try fronts.withLock { fronts in
            let served = try repository.model(name, version: version)
            if let front = fronts[ObjectIdentifier(served)] { return front }
            let front = ModelFront(served, durations)
            fronts[ObjectIdentifier(served)] = front
            return front
        }
    }

    /// Lets go of models that were unloaded or replaced.
    package func prune() {
        fronts.withLock { fronts in
            let ready = Set(repository.ready.map { ObjectIdentifier($0) })
            fronts = fronts.filter { ready.contains($0.key) }
        }
    }
}
