import Foundation
import MartletCore
import MartletRegistry
package import MartletStore

/// Serves a home without a project: MLflow's tracking API on the home's records.
package struct TrackingServer: Sendable {
    /// What happens, for those who watch.
    package enum Event: Sendable {
        /// Whether everybody who reaches it is let in.
        case listens(ServerAddress, isOpen: Bool)
        case drains(signal: Int32)
        case stopped(connectionsCut: Int)
    }

    private let home: Home
    private let databaseURL: String?
    private let configuration: HTTPServerConfiguration
    private let isOpen: Bool

    /// Makes a server; nothing is opened and nothing listens yet.
    /// - Parameters:
    ///   - database: the URL of a PostgreSQL database; a file of the home's where it is `nil` or empty.
    ///   - isOpen: whether everybody is let in while there are no users although others than this machine can reach the address.
    package init(
        _ home: Home, database: String? = nil, address: ServerAddress, isOpen: Bool = false, gracePeriod: Duration = .seconds(10)
    ) {
        self.home = home
        self.isOpen = isOpen
        databaseURL = database
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
        let database = try await home.openTracking(at: databaseURL)
        do {
            let stores = try await TrackingStores(database, home: home, isAccessRequired: !isOpen && !configuration.address.isLoopback)
            try await checkAccess(stores.access)
            try await serve(stores, metrics, observe)
        } catch {
            try await database.close()
            throw error
        }
        try await database.close()
    }

    /// - Throws: `invalidInput` where others than this machine could do everything without anybody having said so.
    private func checkAccess(_ access: AccessStore) async throws {
        guard !isOpen, !configuration.address.isLoopback, try await !access.hasUsers() else { return }
        throw MartletError(
            .invalidInput,
            "'\(configuration.address.host)' can be reached from other machines, and there are no users: everybody could do everything; "
                + "add an administrator with 'martlet users add NAME --administrator', or say --open if that is meant")
    }

    private func serve(_ stores: TrackingStores, _ metrics: MetricsRegistry, _ observe: @escaping @Sendable (Event) -> Void) async throws {
        var router = Router()
        TrackingRoutes(stores).add(to: &router)
        router.on(.get, "/metrics") { _, _ in
            .bytes(200, Array(metrics.exposition().utf8), contentType: MetricsRegistry.contentType)
        }
        let server = HTTPServer(configuration: configuration, router: router, metrics: metrics)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await stores.notifier.run() }
            defer { group.cancelAll() }
            try await serve(server, isOpen: try await !stores.access.hasUsers(), observe)
        }
    }

    private func serve(_ server: HTTPServer, isOpen: Bool, _ observe: @escaping @Sendable (Event) -> Void) async throws {
        try await StopSignal.watching { stop in
            try await server.withServer { running in
                observe(.listens(running.address, isOpen: isOpen))
                let signal = await stop.wait()
                observe(.drains(signal: signal))
                observe(.stopped(connectionsCut: await running.drain(gracePeriod: configuration.gracePeriod).connectionsCut))
            }
        }
    }
}
