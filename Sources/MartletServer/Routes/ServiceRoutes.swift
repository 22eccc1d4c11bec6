import MartletCore
import MartletPlatform

/// What one server answers: health, models by the Open Inference Protocol, endpoints, metrics.
struct ServiceRoutes: Sendable {
    let service: PredictionService
    let metrics: MetricsRegistry
    let readiness: Readiness
    private let predictions: MetricFamily<Counter>
    private let refusals: MetricFamily<Counter>

    init(service: PredictionService, metrics: MetricsRegistry, readiness: Readiness) {
        self.service = service
        self.metrics = metrics
        self.readiness = readiness
        predictions = metrics.counters(
            "martlet_predictions_total", help: "Rows predicted, and decisions made.", labels: ["endpoint", "kind"]
        )
        refusals = metrics.counters(
            "martlet_log_failures_total", help: "Answers refused because their log record could not be written.", labels: ["endpoint"]
        )
        for endpoint in service.endpoints {
            predictions.labelled(endpoint, "decision").increment(by: 0)
            refusals.labelled(endpoint).increment(by: 0)
        }
    }

    /// All routes.
    var router: Router {
        var router = Router()
        addHealth(to: &router)
        addModels(to: &router)
        addEndpoints(to: &router)
        return router
    }

    // MARK: Health

    private func addHealth(to router: inout Router) {
        router.on(.get, "/v2") { _, _ in
            .json(200, ["name": "martlet", "version": .string(Platform.version), "extensions": []])
        }
        router.on(.get, "/v2/health/live") { _, _ in .json(200, ["live": true, "ready": .boolean(isReady)]) }
        router.on(.get, "/v2/health/ready") { _, _ in
            .json(isReady ? 200 : 503, ["live": true, "ready": .boolean(isReady)])
        }
        router.on(.get, "/metrics") { _, _ in
            .bytes(200, Array(metrics.exposition().utf8), contentType: MetricsRegistry.contentType)
        }
    }

    private var isReady: Bool { readiness.isReady && service.isReady }

    // MARK: Models

    private func addModels(to router: inout Router) {
        router.on(.get, "/v2/models/{model}") { _, parameters in
            .json(200, metadata(try service.model(try parameters.string("model"))))
        }
        router.on(.get, "/v2/models/{model}/ready") { _, parameters in
            let release = try service.model(try parameters.string("model"))
            return .json(200, ["name": .string(release.bundle.card.name), "ready": true, "live": true])
        }
        router.on(.post, "/v2/models/{model}/infer") { request, parameters in
            try await infer(try service.model(try parameters.string("model")), request)
        }
        router.on(.get, "/v2/models/{model}/versions/{version}") { _, parameters in
            .json(200, metadata(try version(parameters)))
        }
        router.on(.get, "/v2/models/{model}/versions/{version}/ready") { _, parameters in
            .json(200, ["name": .string(try version(parameters).bundle.card.name), "ready": true, "live": true])
        }
        router.on(.post, "/v2/models/{model}/versions/{version}/infer") { request, parameters in
            try await infer(try version(parameters), request)
        }
    }

    /// The release of a model whose version the path names: only the one that answers is there.
    private func version(_ parameters: RouteParameters) throws -> LoadedRelease {
        let release = try service.model(try parameters.string("model"))
        let version = try parameters.value("version", as: Int.self)
        guard version == release.version else {
            throw MartletError(
                .notFound,
                "version \(version) of model '\(release.bundle.card.name)' does not answer here; version \(release.version) does"
            )
        }
        return release
    }

    private func metadata(_ release: LoadedRelease) -> JSONValue {
        let card = release.bundle.card
        let inputs = card.features.map { name -> JSONValue in
            ["name": .string(name), "datatype": card.categories[name] == nil ? "FP64" : "BYTES", "shape": [-1]]
        }
        return [
            "name": .string(card.name), "versions": [.string("\(release.version)")], "platform": "martlet_lightgbm",
            "inputs": .array(inputs), "outputs": [["name": .string(card.target), "datatype": "FP64", "shape": [-1]]],
        ]
    }

    private func infer(_ release: LoadedRelease, _ request: HTTPRequest) async throws -> HTTPResponse {
        let card = release.bundle.card
        let inference = try InferenceRequest(try request.json(), card: card)
        let values = try await logged(release.endpoint) {
            try await service.infer(release, inference, requestID: request.id)
        }
        predictions.labelled(release.endpoint, "inference").increment(by: values.count)
        return .json(
            200,
            [
                "id": .string(inference.id ?? request.id), "model_name": .string(card.name),
                "model_version": .string("\(release.version)"),
                "outputs": [
                    [
                        "name": .string(card.target), "datatype": "FP64", "shape": [.integer(Int64(values.count))],
                        "data": .array(values.map(JSONValue.init(finite:))),
                    ]
                ],
            ]
        )
    }

    /// The most bytes of a decision's request: one row.
    static let decisionSizeMaxBytes = 256 << 10

    // MARK: Endpoints

    private func addEndpoints(to router: inout Router) {
        router.on(.get, "/v1/endpoints") { _, _ in
            .json(200, ["endpoints": .array(try service.endpoints.map(describe))])
        }
        router.on(.get, "/v1/endpoints/{endpoint}") { _, parameters in
            .json(200, try describe(try parameters.string("endpoint")))
        }
        router.on(.post, "/v1/endpoints/{endpoint}/decide", bodySizeMaxBytes: Self.decisionSizeMaxBytes) { request, parameters in
            let endpoint = try parameters.string("endpoint")
            let body = try request.json()
            let answer = try await logged(endpoint) { try await service.decide(endpoint, body, requestID: request.id) }
            predictions.labelled(endpoint, "decision").increment()
            return .json(200, answer)
        }
        router.on(.post, "/v1/endpoints/{endpoint}/outcomes") { request, parameters in
            let endpoint = try parameters.string("endpoint")
            let body = try request.json()
            let count = try await logged(endpoint) { try await service.outcomes(endpoint, body) }
            return .json(200, ["accepted": .integer(Int64(count))])
        }
        router.on(.post, "/v1/endpoints/{endpoint}/refresh") { _, parameters in
            let endpoint = try parameters.string("endpoint")
            try service.refresh()
            return .json(200, try describe(endpoint))
        }
    }

    private func describe(_ endpoint: String) throws -> JSONValue {
        guard let release = try service.release(endpoint) else { return ["name": .string(endpoint), "ready": false, "release": nil] }
        return [
            "name": .string(endpoint), "ready": true, "release": .string(release.digest.description),
            "version": .integer(Int64(release.version)), "model": .string(release.bundle.card.name),
            "created_at": .string(release.createdAt.description),
        ]
    }

    /// Counts the answers that the disk kept from being given.
    private func logged<T>(_ endpoint: String, _ body: () async throws -> T) async throws -> T {
        do {
            return try await body()
        } catch let error as MartletError where error.code == .storage {
            refusals.labelled(endpoint).increment()
            throw MartletError(
                .storage, "the answer could not be logged, so it is not given; the disk of the log is full or broken, try again later"
            )
        }
    }
}

extension HTTPRequest {
    /// The body as JSON. - Throws: `invalidInput`.
    fileprivate func json() throws -> JSONValue {
        guard !body.isEmpty else { throw MartletError(.invalidInput, "expected a JSON body, found an empty one") }
        return try JSONValue(parsing: body, as: "the body")
    }
}
