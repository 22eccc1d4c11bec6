import MartletCore
package import MartletInference

/// Serves a repository of models: loads them, listens, answers, drains.
package struct ModelServer: Sendable {
    /// What happens, for those who watch.
    package enum Event: Sendable {
        /// `summary` says what runs the model and how.
        case loaded(model: String, version: Int, summary: String, seconds: Double)
        case failed(model: String, reason: String)
        case listens(scheme: String, ServerAddress)
        case drains(signal: Int32)
        case stopped(connectionsCut: Int, callsCut: Int)
    }

    private let repository: ModelRepository
    private let configuration: HTTPServerConfiguration
    private let hosts: AllowedHosts
    private let companion: (any CompanionServer)?

    /// Makes a server; nothing is loaded and nothing listens yet.
    /// - Parameters:
    ///   - allowedHosts: what clients of HTTP may call it, beside this machine, private addresses and the address itself.
    ///   - companion: answers by another protocol, beside HTTP.
    package init(
        _ repository: ModelRepository, address: ServerAddress, allowedHosts: [String] = [], tls: ServerTLS? = nil,
        gracePeriod: Duration = .seconds(10), companion: (any CompanionServer)? = nil
    ) {
        self.repository = repository
        self.companion = companion
        hosts = AllowedHosts([address.host] + allowedHosts)
        var configuration = HTTPServerConfiguration()
        configuration.address = address
        configuration.tls = tls
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
        let fronts = ModelFronts(repository, metrics)
        var connectionsCut = 0
        var callsCut = 0
        if let companion {
            callsCut = try await companion.serve(fronts) { running in
                connectionsCut = try await serve(fronts, metrics, observe, beside: (companion.scheme, running))
            }
        } else {
            connectionsCut = try await serve(fronts, metrics, observe)
        }
        observe(.stopped(connectionsCut: connectionsCut, callsCut: callsCut))
    }

    /// Serves HTTP until a signal comes, then drains. - Returns: how many connections were cut.
    private func serve(
        _ fronts: ModelFronts, _ metrics: MetricsRegistry, _ observe: (Event) -> Void,
        beside companion: (scheme: String, running: RunningCompanion)? = nil
    ) async throws -> Int {
        let readiness = Readiness()
        let routes = ModelRoutes(fronts, metrics: metrics, readiness: readiness)
        var router = routes.router
        WebPageGuard(hosts).add(to: &router)
        let server = HTTPServer(configuration: configuration, router: router, metrics: metrics)
        return try await StopSignal.watching { stop in
            try await server.withServer { running in
                readiness.isReady = true
                observe(.listens(scheme: running.address.scheme, running.address))
                if let companion { observe(.listens(scheme: companion.scheme, companion.running.address)) }
                let signal = await stop.wait()
                observe(.drains(signal: signal))
                readiness.isReady = false
                companion?.running.beginDraining()
                return await running.drain(gracePeriod: configuration.gracePeriod).connectionsCut
            }
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
