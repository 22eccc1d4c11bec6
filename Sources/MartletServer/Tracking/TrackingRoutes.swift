import Dispatch
import MartletRegistry

/// What MLflow's clients ask of a tracking server.
struct TrackingRoutes: Sendable {
    /// The version of MLflow whose behaviour is followed.
    static let mlflowVersion = "3.17.2"
    /// Larger bodies are read on threads of their own, so that the other connections of a thread need not wait.
    private static let quickBodySizeMaxBytes = 256 << 10
    private static let prefixes = ["/api", "/ajax-api"]

    private let endpoints: [TrackingEndpoint]

    init(_ endpoints: [TrackingEndpoint]) { self.endpoints = endpoints }

    /// Everything that is answered on a store and those beside it.
    init(_ store: TrackingStore, _ webhooks: WebhookStore, _ notifier: WebhookNotifier) async throws {
        let models = try await LoggedModelStore(store)
        self.init(
            TrackingEndpoints(store: store, models: models).all + LoggedModelEndpoints(store: models).all
                + EvaluationDatasetEndpoints(store: try await EvaluationDatasetStore(store)).all
                + WebhookEndpoints(store: webhooks, notifier: notifier).all)
    }

    /// Adds all routes.
    func add(to router: inout Router) {
        router.onConnectionThread(.get, "/health") { _, _ in .text(200, "OK") }
        router.onConnectionThread(.get, "/version") { _, _ in
            .bytes(200, Array(Self.mlflowVersion.utf8), contentType: "text/html; charset=utf-8")
        }
        for prefix in Self.prefixes {
            router.onConnectionThread(.get, prefix + "/3.0/mlflow/server-info") { _, _ in
                Self.response(TrackingAnswer(status: 200, body: Array(Self.features.utf8)))
            }
        }
        for endpoint in endpoints {
            for prefix in endpoint.reach == .everywhere ? Self.prefixes : ["/ajax-api"] {
                add(endpoint, at: "\(prefix)/\(endpoint.version.rawValue)/mlflow/\(endpoint.path)", to: &router)
            }
        }
    }

    /// What clients of MLflow 3 ask before they use it.
    private static let features = """
        {"store_type":"SqlStore","workspaces_enabled":false,"trace_archival_enabled":false,"multipart_uploads_enabled":false,\
        "multipart_downloads_enabled":false,"presigned_upload_run_id_supported":false,"presigned_upload_model_id_supported":false,\
        "features_enabled":{"gateway":false}}
        """

    private func add(_ endpoint: TrackingEndpoint, at path: String, to router: inout Router) {
        router.staged(endpoint.method.http, path, bodySizeMaxBytes: endpoint.bodySizeMaxBytes) { request, parameters in
            guard endpoint.method == .get || request.headers["origin"].map({ WebOrigin($0).isOwn }) ?? true else {
                return .now(.bytes(403, Array("Cross-origin request blocked".utf8), contentType: "text/plain"))
            }
            let read: @Sendable () -> Result<RequestFields, TrackingFault> = { endpoint.read(TrackingRequest(request), parameters) }
            guard request.body.count > Self.quickBodySizeMaxBytes else {
                let fields = read()
                return .later { Self.response(try await endpoint.respond(to: fields)) }
            }
            return .later { Self.response(try await endpoint.respond(to: await Self.onOwnThread(read))) }
        }
    }

    private static func response(_ answer: TrackingAnswer) -> HTTPResponse {
        HTTPResponse(
            status: answer.status,
            headers: ["content-type": "application/json", "x-content-type-options": "nosniff", "x-frame-options": "SAMEORIGIN"],
            body: answer.body)
    }

    private static func onOwnThread<Value: Sendable>(_ work: @escaping @Sendable () -> Value) async -> Value {
        await withCheckedContinuation { done in DispatchQueue.global().async { done.resume(returning: work()) } }
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
