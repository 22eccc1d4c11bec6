import Foundation
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
            try await serve(TrackingStore(database), metrics, observe)
        } catch {
            try await database.close()
            throw error
        }
        try await database.close()
    }

    private func serve(_ store: TrackingStore, _ metrics: MetricsRegistry, _ observe: @escaping @Sendable (Event) -> Void) async throws {
        let gate = WebhookGate(WebhookOptions(environment: ProcessInfo.processInfo.environment))
        let webhooks = try await WebhookStore(store, addresses: gate)
        let notifier = WebhookNotifier(webhooks, gate)
        var router = Router()
        try await TrackingRoutes(store, webhooks, notifier).add(to: &router)
        router.on(.get, "/metrics") { _, _ in
            .bytes(200, Array(metrics.exposition().utf8), contentType: MetricsRegistry.contentType)
        }
        let server = HTTPServer(configuration: configuration, router: router, metrics: metrics)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await notifier.run() }
            defer { group.cancelAll() }
            try await serve(server, observe)
        }
    }

    private func serve(_ server: HTTPServer, _ observe: @escaping @Sendable (Event) -> Void) async throws {
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
