import Dispatch
import MartletRegistry

/// What MLflow's clients ask of a tracking server.
struct TrackingRoutes: Sendable {
    /// The version of MLflow whose behaviour is followed.
    static let mlflowVersion = "3.17.2"
    /// Larger bodies are read on threads of their own, so that the other connections of a thread need not wait.
    private static let quickBodySizeMaxBytes = 256 << 10
    private static let prefixes = ["/api", "/ajax-api"]

    let endpoints: [TrackingEndpoint]
    private let gate: AccessGate
    private let artifacts: ArtifactRoutes
    private let traces: TraceReceiver
    private let history: ModelHistoryRoutes
    private let pages: WebPageGuard
    private let linked: LinkedArtifactRoutes

    /// - Parameters:
    ///   - allowedHosts: what clients may call the server.
    ///   - artifactLimits: what is taken on of artifacts.
    init(
        _ stores: TrackingStores, allowedHosts: AllowedHosts = AllowedHosts([]),
        artifactLimits: ArtifactRoutes.Limits = ArtifactRoutes.Limits()
    ) {
        pages = WebPageGuard(allowedHosts)
        gate = AccessGate(stores.access, stores.tracking)
        artifacts = ArtifactRoutes(
            stores.tracking, stores.artifacts, stores.uploads, gate, models: stores.loggedModels, limits: artifactLimits)
        traces = TraceReceiver(stores.traces, gate)
        history = ModelHistoryRoutes(stores.models, gate)
        linked = LinkedArtifactRoutes(
            models: stores.models, loggedModels: stores.loggedModels, traces: stores.traces, artifacts: artifacts)
        endpoints = Self.endpoints(stores) + LoggedModelEndpoints(store: stores.loggedModels, files: artifacts).all + artifacts.endpoints
    }

    private static func endpoints(_ stores: TrackingStores) -> [TrackingEndpoint] {
        TrackingEndpoints(store: stores.tracking, models: stores.loggedModels, access: stores.access).all
            + RegistryEndpoints(
                registry: stores.models, access: stores.access,
                events: RegistryEvents(registry: stores.models, notifier: stores.notifier)
            ).all
            + TraceEndpoints(store: stores.traces).all + EvaluationDatasetEndpoints(store: stores.datasets).all
            + WebhookEndpoints(store: stores.webhooks, notifier: stores.notifier).all
    }

    /// Adds all routes, and what guards them against web pages.
    func add(to router: inout Router) {
        pages.add(to: &router)
        router.faultPage = HTTPResponse.trackingFault
        router.onConnectionThread(.get, "/health") { _, _ in .text(200, "OK") }
        router.onConnectionThread(.get, "/version") { _, _ in
            .bytes(200, Array(Self.mlflowVersion.utf8), contentType: "text/html; charset=utf-8")
        }
        for prefix in Self.prefixes {
            router.onConnectionThread(.get, prefix + "/3.0/mlflow/server-info") { _, _ in
                .tracking(200, Array(Self.features.utf8))
            }
            // There is no such endpoint, which clients are told by 404: the path of a trace would answer 405.
            router.onConnectionThread(.post, prefix + "/3.0/mlflow/traces/metrics") { _, _ in HTTPResponse.unmatchedPage.unknown }
        }
        artifacts.add(to: &router)
        traces.add(to: &router)
        history.add(to: &router)
        linked.add(to: &router)
        router.unmatchedPage = HTTPResponse.unmatchedPage
        for endpoint in endpoints {
            for prefix in endpoint.reach == .everywhere ? Self.prefixes : ["/ajax-api"] {
                add(endpoint, at: "\(prefix)/\(endpoint.version.rawValue)/mlflow/\(endpoint.path)", to: &router)
            }
        }
    }

    /// What clients of MLflow 3 ask before they use it.
    private static let features = """
        {"store_type":"SqlStore","workspaces_enabled":false,"trace_archival_enabled":false,"multipart_uploads_enabled":true,\
        "multipart_downloads_enabled":false,"presigned_upload_run_id_supported":false,"presigned_upload_model_id_supported":false,\
        "features_enabled":{"gateway":false}}
        """

    private func add(_ endpoint: TrackingEndpoint, at path: String, to router: inout Router) {
        router.staged(endpoint.method.http, path, bodySizeMaxBytes: endpoint.bodySizeMaxBytes) { request, parameters in
            let read: @Sendable (Principal) -> Result<RequestFields, TrackingFault> = {
                endpoint.read(TrackingRequest(request), parameters, for: $0)
            }
            switch gate.finding(request) {
            case .known(let principal) where request.body.count <= Self.quickBodySizeMaxBytes:
                let fields = read(principal)
                return .later { .tracking(try await endpoint.respond(to: fields, past: gate)) }
            case .known(let principal):
                return .later { .tracking(try await endpoint.respond(to: await Self.onOwnThread { read(principal) }, past: gate)) }
            case .asking(let ask):
                return .later {
                    switch try await ask() {
                    case .success(let principal):
                        .tracking(try await endpoint.respond(to: await Self.onOwnThread { read(principal) }, past: gate))
                    case .failure(let fault): fault.response
                    }
                }
            }
        }
    }

    private static func onOwnThread<Value: Sendable>(_ work: @escaping @Sendable () -> Value) async -> Value {
        await withCheckedContinuation { done in DispatchQueue.global().async { done.resume(returning: work()) } }
    }
}

extension HTTPResponse {
    /// An answer in JSON with the header fields of MLflow's.
    static func tracking(_ answer: TrackingAnswer) -> HTTPResponse {
        var response = tracking(answer.status, answer.body)
        response.isRepeatable = answer.isRepeatable
        return response
    }

    static func tracking(_ status: Int, _ body: [UInt8]) -> HTTPResponse {
        HTTPResponse(
            status: status,
            headers: ["content-type": "application/json", "x-content-type-options": "nosniff", "x-frame-options": "SAMEORIGIN"],
            body: body)
    }
}

extension TrackingFault {
    /// The refusal as an answer, which asks those for credentials who have none.
    var response: HTTPResponse {
        var response = HTTPResponse.tracking(status, body)
        if code == .unauthenticated { response.headers["www-authenticate"] = "Basic realm=\"martlet\", charset=\"UTF-8\"" }
        if let retryAfterSeconds { response.headers["retry-after"] = String(Int(min(max(1, retryAfterSeconds), 3_600).rounded(.up))) }
        return response
    }
}

extension TrackingRequest {
    /// What a request says. `HEAD` has no query to MLflow.
    init(_ request: HTTPRequest) {
        let method: Method =
            switch request.method {
            case .get: .get
            case .post, .put: .post
            default: .other
            }
        self.init(
            method, query: request.query.map { ($0.name, $0.value) }, contentType: request.headers["content-type"], body: request.body.bytes
        )
    }
}
