import MartletStore

/// Where deployed models answer: the routes of models, behind who may ask them, with what answered when.
struct InferenceListener: Sendable {
    let server: HTTPServer
    private let models: DeployedModels
    private let fronts: ModelFronts
    private let readiness = Readiness()

    /// - Parameter hosts: what clients may call it.
    init(
        _ models: DeployedModels, _ gate: AccessGate, records: RecordStore, hosts: AllowedHosts, configuration: HTTPServerConfiguration
    ) {
        let metrics = MetricsRegistry()
        metrics.observeProcess()
        self.models = models
        fronts = ModelFronts(models.repository, metrics)
        var router = ModelRoutes(fronts, metrics: metrics, readiness: readiness, allowsChanges: false).router
        EndpointHistoryRoutes(records: records).add(to: &router)
        WebPageGuard(hosts).add(to: &router)
        let guarded = router.guarded(by: ModelGate(gate: gate, models: models).keeper)
        server = HTTPServer(configuration: configuration, router: guarded, metrics: metrics)
    }

    /// Follows what is deployed until cancelled; ready as soon as all was tried once.
    func follow(_ observe: @escaping @Sendable (DeployedModels.Event) -> Void) async {
        await models.follow { event in
            fronts.prune()
            observe(event)
        } onReady: {
            readiness.isReady = true
        }
    }
}
