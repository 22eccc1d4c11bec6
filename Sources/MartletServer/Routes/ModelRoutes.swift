import Dispatch
import MartletCore
package import MartletInference
import MartletPlatform

/// What a server of models answers: the Open Inference Protocol with its extensions, MLflow's scoring protocol, health, metrics.
struct ModelRoutes: Sendable {
    private let repository: ModelRepository
    private let metrics: MetricsRegistry
    private let readiness: Readiness
    private let fronts: ModelFronts
    /// Whether clients may load and unload models.
    private let allowsChanges: Bool
    /// Larger bodies are read on threads of their own, so that the connection's other connections need not wait.
    private static let quickBodySizeMaxBytes = 256 << 10

    init(_ repository: ModelRepository, metrics: MetricsRegistry, readiness: Readiness) {
        self.init(ModelFronts(repository, metrics), metrics: metrics, readiness: readiness)
    }

    /// Makes routes to fronts that other protocols meet as well.
    /// - Parameter allowsChanges: whether clients may load and unload models, rather than those who deploy alone.
    init(_ fronts: ModelFronts, metrics: MetricsRegistry, readiness: Readiness, allowsChanges: Bool = true) {
        self.fronts = fronts
        self.allowsChanges = allowsChanges
        self.metrics = metrics
        self.readiness = readiness
        repository = fronts.repository
        ModelMetrics.observe(repository, in: metrics)
    }

    /// All routes.
    var router: Router {
        var router = Router()
        addHealth(to: &router)
        for prefix in ["/v2/models/{model}", "/v2/models/{model}/versions/{version}"] { addModel(at: prefix, to: &router) }
        addRepository(to: &router)
        addInvocations(to: &router)
        return router
    }

    // MARK: Health

    private func addHealth(to router: inout Router) {
        router.onConnectionThread(.get, "/v2") { _, _ in .json(200, ServerDescription(version: Platform.version).json) }
        router.onConnectionThread(.get, "/v2/health/live") { _, _ in .json(200, ServerDescription.health(isReady: isReady)) }
        router.onConnectionThread(.get, "/v2/health/ready") { _, _ in
            .json(isReady ? 200 : 503, ServerDescription.health(isReady: isReady))
        }
        router.onConnectionThread(.get, "/openapi.json") { _, _ in .json(200, document.json) }
        router.on(.get, "/metrics") { _, _ in
            .bytes(200, Array(metrics.exposition().utf8), contentType: MetricsRegistry.contentType)
        }
    }

    private var document: OpenAPIDocument {
        OpenAPIDocument(
            version: Platform.version, models: repository.ready.map { OpenAPIDocument.Model(name: $0.name, signature: $0.signature) })
    }

    private var isReady: Bool { readiness.isReady && repository.isReady }

    // MARK: Models

    private func addModel(at prefix: String, to router: inout Router) {
        router.onConnectionThread(.get, prefix) { _, parameters in .json(200, description(try front(parameters)).metadata) }
        router.onConnectionThread(.get, prefix + "/config") { _, parameters in
            let front = try front(parameters)
            let batcher = front.served.batcher
            return .json(
                200,
                description(front).configuration(
                    batchSizeMax: front.served.rowCountMax, isBatching: batcher.map { !$0.runsDirectly(rows: 1) } ?? false))
        }
        router.onConnectionThread(.get, prefix + "/ready") { _, parameters in
            let name = try parameters.string("model")
            do {
                return .json(200, description(try front(parameters)).readiness(isReady: true))
            } catch let error as MartletError where error.code == .unavailable {
                return .json(503, ["name": .string(name), "live": true, "ready": false, "error": .string(error.message)])
            }
        }
        router.onConnectionThread(.get, prefix + "/stats") { _, parameters in
            .json(200, UsageDescription.body([UsageDescription(try front(parameters).served)]))
        }
        router.staged(.post, prefix + "/infer") { request, parameters in try infer(try front(parameters), request) }
    }

    private func front(_ parameters: RouteParameters) throws -> ModelFront {
        let name = try parameters.string("model")
        guard parameters["version"] != nil else { return try fronts.front(name) }
        return try fronts.front(name, version: try parameters.value("version", as: Int.self))
    }

    private func description(_ front: ModelFront) -> ModelDescription {
        ModelDescription(name: front.served.name, versions: [front.versionText], signature: front.served.signature)
    }

    private func infer(_ front: ModelFront, _ request: HTTPRequest) throws -> StagedAnswer {
        let decode: @Sendable () throws -> InferRequest = {
            let jsonSize = try request.headers[InferRequestDecoder.jsonSizeHeader].map(InferRequestDecoder.jsonSizeBytes(header:))
            return try request.body.withUnsafeBytes { try front.decoder.decode($0, jsonSizeBytes: jsonSize) }
        }
        guard request.body.count > Self.quickBodySizeMaxBytes else { return try infer(front, try decode()) }
        return .later { try await infer(front, try await onOwnThread(decode)).response() }
    }

    private func infer(_ front: ModelFront, _ inference: InferRequest) throws -> StagedAnswer {
        try front.answer(priority: inference.batchPriority, timeout: inference.timeout) {
            try front.check.inputs(of: inference)
        } write: { outputs in
            let response = InferResponse(
                modelName: front.served.name, modelVersion: front.versionText, outputs: outputs,
                hasIndependentRows: front.served.signature.hasIndependentRows)
            let body = try InferResponseEncoder.encode(response, for: inference)
            let answer = HTTPResponse.bytes(200, body.bytes, contentType: body.contentType)
            return body.jsonSizeBytes.map { answer.with("inference-header-content-length", String($0)) } ?? answer
        }
    }

    // MARK: Repository

    private func addRepository(to router: inout Router) {
        router.onConnectionThread(.get, "/v2/models") { _, _ in
            .json(200, ["models": .array(repository.ready.map { .string($0.name) })])
        }
        router.onConnectionThread(.get, "/v2/models/stats") { _, _ in
            .json(200, UsageDescription.body(repository.ready.map(UsageDescription.init)))
        }
        router.onConnectionThread(.post, "/v2/repository/index") { request, _ in
            let entries = repository.index.map {
                RepositoryDescription.Entry(
                    name: $0.name, version: $0.version.map(String.init), state: $0.state.rawValue, reason: $0.reason)
            }
            return .json(
                200, RepositoryDescription(entries).index(readyOnly: try RepositoryDescription.asksForReadyOnly(request.body.bytes)))
        }
        router.on(.post, "/v2/repository/models/{model}/load", deadline: .seconds(300)) { request, parameters in
            try refuseChanges(request)
            let name = try parameters.string("model")
            try await onOwnThread { _ = try repository.load(name) }
            fronts.prune()
            return .json(200, [:])
        }
        router.onConnectionThread(.post, "/v2/repository/models/{model}/unload") { request, parameters in
            try refuseChanges(request)
            try repository.unload(try parameters.string("model"))
            fronts.prune()
            return .json(200, [:])
        }
    }

    /// A browser names the page that asks; whoever looks at one on this machine must not change models by that.
    private func refuseChanges(_ request: HTTPRequest) throws {
        guard allowsChanges else {
            throw MartletError(
                .conflict, "models are loaded and unloaded here by 'martlet deploy' and 'martlet rollback', which keep a history; use those"
            )
        }
        guard request.headers["origin"] == nil else {
            throw MartletError(.invalidInput, "header Origin: models are not changed from web pages; ask without a browser")
        }
    }

    /// Runs what blocks for long on a thread that nobody else waits for.
    private func onOwnThread<Result: Sendable>(_ work: @escaping @Sendable () throws -> Result) async throws -> Result {
        try await withCheckedThrowingContinuation { done in
            DispatchQueue.global().async { done.resume(with: Swift.Result(catching: work)) }
        }
    }

    // MARK: MLflow

    private func addInvocations(to router: inout Router) {
        for path in ["/ping", "/health"] {
            router.onConnectionThread(.get, path) { _, _ in .text(isReady ? 200 : 503, "\n") }
        }
        router.onConnectionThread(.get, "/version") { _, _ in .text(200, Platform.version) }
        router.staged(.post, "/invocations") { request, _ in
            do {
                return try invoke(request).mappingErrors(Self.refusal)
            } catch let error as MartletError {
                return .now(try Self.refusal(error))
            }
        }
    }

    private func invoke(_ request: HTTPRequest) throws -> StagedAnswer {
        let front = try fronts.front(try onlyModel(request.query("model")))
        let type = try InvocationContentType(header: request.headers["content-type"])
        let read: @Sendable () throws -> [Tensor] = {
            try request.body.withUnsafeBytes { try InvocationRequest.inputs($0, type, front.served.signature) }
        }
        guard type == .parquet || request.body.count > Self.quickBodySizeMaxBytes else { return try invoke(front, read) }
        return .later {
            let inputs = try await onOwnThread(read)
            return try await invoke(front) { inputs }.response()
        }
    }

    private func invoke(_ front: ModelFront, _ read: () throws -> [Tensor]) throws -> StagedAnswer {
        try front.answer(priority: 0, timeout: nil, read: read) { outputs in
            .bytes(200, try InvocationResponse.body(outputs), contentType: "application/json")
        }
    }

    /// The model that a request without a name means.
    private func onlyModel(_ named: String?) throws -> String {
        if let named { return named }
        let ready = Set(repository.ready.map(\.name))
        let names = ready.count == 1 ? Array(ready) : repository.index.map(\.name)
        guard let name = names.first, Set(names).count == 1 else {
            throw MartletError(
                .invalidInput,
                "there are the models \(names.joined(separator: ", ")); name one of them, as in /invocations?model=\(names.first ?? "NAME")"
            )
        }
        return name
    }

    /// What MLflow would say. - Throws: the error itself where it is the server's own fault, which the server reports.
    private static func refusal(_ error: MartletError) throws -> HTTPResponse {
        let failure = InvocationResponse.failure(error)
        guard failure.status != 500 else { throw error }
        let response = HTTPResponse.bytes(failure.status, failure.body, contentType: "application/json")
        guard let seconds = error.retryAfterSeconds else { return response }
        return response.with("retry-after", String(Int(seconds.rounded(.up))))
    }
}

extension StagedAnswer {
    /// The answer, waited for.
    fileprivate func response() async throws -> HTTPResponse {
        switch self {
        case .now(let response): response
        case .later(let work): try await work()
        }
    }

    /// The same with errors of what comes later made answers.
    fileprivate func mappingErrors(_ refusal: @escaping @Sendable (MartletError) throws -> HTTPResponse) -> StagedAnswer {
        guard case .later(let work) = self else { return self }
        return .later {
            do { return try await work() } catch let error as MartletError { return try refusal(error) }
        }
    }
}

extension UsageDescription {
    /// What a model version did since it was loaded.
    package init(_ served: ServedModel) {
        self.init(modelName: served.name, modelVersion: String(served.version))
        let statistics = served.statistics
        lastInferenceMilliseconds = statistics.lastInferenceMilliseconds
        inferenceCount = statistics.rowCount
        executionCount = served.executionCount
        success = Sum(statistics.success)
        failure = Sum(statistics.failure)
        queue = Sum(served.queueing)
        input = Sum(statistics.input)
        inference = Sum(served.running)
        output = Sum(statistics.output)
    }
}

extension UsageDescription.Sum {
    fileprivate init(_ duration: ModelStatistics.Duration) { self.init(count: duration.count, nanoseconds: duration.nanoseconds) }
}
