import MartletCore
import MartletRegistry
package import MartletStore

/// Serves a home without a project: MLflow's tracking API on the home's records.
package struct TrackingServer: Sendable {
    /// What happens, for those who watch.
    package enum Event: Sendable {
        case listens(ServerAddress)
        case drains(signal: Int32)
        case stopped(connectionsCut: Int)
    }

    private let home: Home
    private let configuration: HTTPServerConfiguration

    /// Makes a server; nothing is opened and nothing listens yet.
    package init(_ home: Home, address: ServerAddress, gracePeriod: Duration = .seconds(10)) {
        self.home = home
        var configuration = HTTPServerConfiguration()
        configuration.address = address
        configuration.gracePeriod = gracePeriod
        self.configuration = configuration
    }

    /// Opens the store, makes it where missing, and serves until a signal comes, then drains.
    /// - Throws: `locked` where another server works on this home, `conflict` where the port is taken, and as the store's opening throws.
    package func run(observe: @escaping @Sendable (Event) -> Void) async throws {
        try home.prepare()
        let lock = try FileLock.acquire(path: "\(home.locksPath)/serve", purpose: "martlet up", waitAtMost: .zero)
        defer { lock.release() }
        let metrics = MetricsRegistry()
        metrics.observeProcess()
        let database = try SQLiteDatabase(path: home.trackingPath)
        do {
            let store = try await TrackingStore(database)
            let artifacts = ArtifactRoutes(store, try await ArtifactStore(database, home: home), MultipartUploads(home: home))
            try await serve(TrackingRoutes(store, artifacts: artifacts), metrics, observe)
        } catch {
            try await database.close()
            throw error
        }
        try await database.close()
    }

    private func serve(_ routes: TrackingRoutes, _ metrics: MetricsRegistry, _ observe: @escaping @Sendable (Event) -> Void) async throws {
        var router = Router()
        routes.add(to: &router)
        router.on(.get, "/metrics") { _, _ in
            .bytes(200, Array(metrics.exposition().utf8), contentType: MetricsRegistry.contentType)
        }
        let server = HTTPServer(configuration: configuration, router: router, metrics: metrics)
        try await StopSignal.watching { stop in
            try await server.withServer { running in
                observe(.listens(running.address))
                let signal = await stop.wait()
                observe(.drains(signal: signal))
                observe(.stopped(connectionsCut: await running.drain(gracePeriod: configuration.gracePeriod).connectionsCut))
            }
        }
    }
}
