/// Where MLflow's clients are answered: the routes of tracking with their own metrics, and the deliveries of webhooks beside them.
struct TrackingListener: Sendable {
    private let stores: TrackingStores
    private let server: HTTPServer

    init(_ stores: TrackingStores, _ configuration: TrackingConfiguration) {
        let metrics = MetricsRegistry()
        metrics.observeProcess()
        var router = Router()
        TrackingRoutes(
            stores, allowedHosts: configuration.hosts,
            artifactLimits: ArtifactRoutes.Limits(fileSizeMaxBytes: configuration.artifactSizeMaxBytes)
        ).add(to: &router)
        router.on(.get, "/metrics") { _, _ in
            .bytes(200, Array(metrics.exposition().utf8), contentType: MetricsRegistry.contentType)
        }
        self.stores = stores
        server = HTTPServer(configuration: configuration.http(), router: router, metrics: metrics)
    }

    /// Listens while a body runs.
    func withServer(_ body: (RunningHTTPServer) async throws -> Void) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await stores.notifier.run() }
            defer { group.cancelAll() }
            try await server.withServer { try await body($0) }
        }
    }
}
