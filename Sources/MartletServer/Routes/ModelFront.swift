import Dispatch
import MartletCore
import MartletInference
import Synchronization

/// One version of a model as requests meet it: its check, its clock, its counters.
final class ModelFront: Sendable {
    let served: ServedModel
    let check: SignatureCheck
    let versionText: String
    private let duration: Histogram

    init(_ served: ServedModel, _ durations: MetricFamily<Histogram>) {
        self.served = served
        check = SignatureCheck(served.signature)
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
        let start = Self.now
        served.statistics.came()
        do {
            let inputs = try read()
            let ready = Self.now
            guard let outputs = try served.predictDirectly(inputs) else {
                return .later { [self] in
                    do {
                        let outputs = try await served.predict(inputs, priority: priority, timeout: timeout)
                        return try finish(outputs, start, ready, write)
                    } catch {
                        throw failed(error, start)
                    }
                }
            }
            return .now(try finish(outputs, start, ready, write))
        } catch {
            throw failed(error, start)
        }
    }

    private func finish(
        _ outputs: [Tensor], _ start: UInt64, _ ready: UInt64, _ write: ([Tensor]) throws -> HTTPResponse
    ) throws -> HTTPResponse {
        let predicted = Self.now
        let response = try write(outputs)
        let end = Self.now
        let rows = outputs.first?.rowCount ?? 1
        served.statistics.answered(
            ModelStatistics.Request(rows: rows, total: end - start, input: ready - start, inference: predicted - ready, output: end - predicted),
            now: Self.milliseconds)
        served.statistics.left()
        duration.observe(Double(end - start) / 1e9)
        return response
    }

    private func failed(_ error: any Error, _ start: UInt64) -> any Error {
        served.statistics.failed(nanoseconds: Self.now - start)
        served.statistics.left()
        return error
    }

    private static var now: UInt64 { DispatchTime.now().uptimeNanoseconds }
    private static var milliseconds: UInt64 { UInt64(max(0, Timestamp.now.microseconds / 1_000)) }
}

/// The fronts of the models of a repository, each made when its model is first met.
final class ModelFronts: Sendable {
    let repository: ModelRepository
    private let fronts = Mutex<[ObjectIdentifier: ModelFront]>([:])
    private let durations: MetricFamily<Histogram>

    init(_ repository: ModelRepository, _ metrics: MetricsRegistry) {
        self.repository = repository
        durations = metrics.histograms(
            "martlet_model_request_duration_seconds", help: "Time from a request's last byte to its answer, by model.",
            labels: ["model", "version"])
    }

    /// The front of a model that is ready. - Throws: as `ModelRepository.model`.
    func front(_ name: String, version: Int? = nil) throws -> ModelFront {
        let served = try repository.model(name, version: version)
        return fronts.withLock { fronts in
            if let front = fronts[ObjectIdentifier(served)] { return front }
            let front = ModelFront(served, durations)
            fronts[ObjectIdentifier(served)] = front
            return front
        }
    }

    /// Lets go of models that were unloaded or replaced.
    func prune() {
        let ready = Set(repository.ready.map { ObjectIdentifier($0) })
        fronts.withLock { fronts in fronts = fronts.filter { ready.contains($0.key) } }
    }
}
