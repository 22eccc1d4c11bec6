import MartletCore
package import MartletInference

/// Serves a repository of models: loads them, listens, answers, drains.
package struct ModelServer: Sendable {
    /// What happens, for those who watch.
    package enum Event: Sendable {
        /// `summary` says what runs the model and how.
        case loaded(model: String, version: Int, summary: String, seconds: Double)
        case failed(model: String, reason: String)
        case listens(ServerAddress)
        case drains(signal: Int32)
        case stopped(connectionsCut: Int)
    }

    private let repository: ModelRepository
    private let configuration: HTTPServerConfiguration

    package init(_ repository: ModelRepository, address: ServerAddress, gracePeriod: Duration = .seconds(10)) {
        self.repository = repository
        var configuration = HTTPServerConfiguration()
        configuration.address = address
        configuration.gracePeriod = gracePeriod
        self.configuration = configuration
    }

    /// Loads every model of the repository, then serves until a signal comes, then drains.
    ///
    /// A model that cannot be loaded is told of and not served; the server is not ready while there is one.
    /// - Throws: `conflict` where the port is taken; what loading threw where no model could be loaded.
    package func run(observe: @escaping @Sendable (Event) -> Void) async throws {
        let metrics = MetricsRegistry()
        metrics.observeProcess()
        try load(observe)
        let readiness = Readiness()
        let routes = ModelRoutes(repository, metrics: metrics, readiness: readiness)
        let server = HTTPServer(configuration: configuration, router: routes.router, metrics: metrics)
        try await server.withServer { running in
            readiness.isReady = true
            observe(.listens(running.address))
            let signal = await StopSignal.wait()
            observe(.drains(signal: signal))
            readiness.isReady = false
            let drained = await running.drain(gracePeriod: configuration.gracePeriod)
            observe(.stopped(connectionsCut: drained.connectionsCut))
        }
    }

    private func load(_ observe: (Event) -> Void) throws {
        var fault: (any Error)?
        for name in Set(repository.index.map(\.name)).sorted() {
            let start = ContinuousClock.now
            do {
                let model = try repository.load(name)
                let seconds = start.duration(to: .now) / .seconds(1)
                observe(.loaded(model: name, version: model.version, summary: model.summary, seconds: seconds))
            } catch {
                fault = error
                observe(.failed(model: name, reason: "\(error)"))
            }
        }
        if let fault, repository.ready.isEmpty { throw fault }
    }
}
