import Foundation
package import MartletCore
package import MartletPlatform
import MartletRegistry
import MartletStore

/// Serves a project: HTTP, the pointers' changes, the logs' life.
package struct PlatformServer: Sendable {
    private let platform: Platform
    private let configuration: HTTPServerConfiguration
    private let tracking: TrackingConfiguration?
    private let hosts: AllowedHosts
    private let receiver: TriggerReceiver?

    /// - Parameters:
    ///   - allowedHosts: what clients may call it, beside this machine, private addresses and the address itself.
    ///   - tls: the certificate, where it is to speak HTTPS.
    ///   - tracking: how the project's runs and models are told of as MLflow does; not at all where it is `nil`.
    ///   - triggers: takes events for the project's triggers; none are taken where it is `nil`.
    package init(
        _ platform: Platform, address: ServerAddress, allowedHosts: [String] = [], tls: ServerTLS? = nil,
        tracking: TrackingConfiguration? = nil, gracePeriod: Duration = .seconds(10), triggers: TriggerReceiver? = nil
    ) {
        self.platform = platform
        self.tracking = tracking
        receiver = triggers
        hosts = AllowedHosts([address.host] + allowedHosts)
        var configuration = HTTPServerConfiguration()
        configuration.address = address
        configuration.tls = tls
        configuration.gracePeriod = gracePeriod
        self.configuration = configuration
    }

    /// What happens, for those who watch.
    package enum Event: Sendable {
        case recovered(log: String, cutBytes: Int)
        case listens(address: ServerAddress, releases: [(endpoint: String, version: Int, digest: Digest)])
        case tracks(ServerAddress)
        case switched(endpoint: String, version: Int, digest: Digest)
        case fault(String)
        case drains(signal: Int32)
        case stopped(connectionsCut: Int)
    }

    /// Serves until a signal comes, then drains.
    /// - Parameter background: runs beside the server and is cancelled with it.
    /// - Throws: `locked` where another server works on this home, `conflict` where the port is taken.
    package func run(
        observe: @escaping @Sendable (Event) -> Void, background: @escaping @Sendable () async -> Void = {}
    ) async throws {
        let lock = try FileLock.acquire(path: "\(platform.home.locksPath)/serve", purpose: "martlet up", waitAtMost: .zero)
        defer { lock.release() }
        let service = try PredictionService(
            platform, process: "\(ProcessInfo.processInfo.processIdentifier)-\(UUID().uuidString.prefix(8))")
        for recovery in service.recoveries where recovery.recovery.cutBytes > 0 {
            observe(.recovered(log: recovery.log, cutBytes: recovery.recovery.cutBytes))
        }
        try await closing(service.close) { try await serve(service, observe, background) }
    }

    private func serve(
        _ service: PredictionService, _ observe: @escaping @Sendable (Event) -> Void,
        _ background: @escaping @Sendable () async -> Void
    ) async throws {
        let metrics = MetricsRegistry()
        metrics.observeProcess()
        let readiness = Readiness()
        let routes = ServiceRoutes(service: service, metrics: metrics, readiness: readiness)
        var router = routes.router
        EndpointHistoryRoutes(records: platform.records).add(to: &router)
        try await addPipeline(to: &router, observe)
        WebPageGuard(hosts).add(to: &router)
        let server = HTTPServer(configuration: configuration, router: router, metrics: metrics)
        try await StopSignal.watching { stop in
            try await withTracking(observe) { tracking in
                try await server.withServer { running in
                    let place = ServerPlace(platform.home)
                    if let fault = place.write(running.address, certificate: configuration.tls?.files.certificate) {
                        observe(.fault(fault))
                    }
                    defer { place.remove() }
                    readiness.isReady = true
                    observe(.listens(address: running.address, releases: try releases(service)))
                    if let tracking { observe(.tracks(tracking.address)) }
                    let signal = await untilStopped(stop, service, observe, background)
                    observe(.drains(signal: signal))
                    readiness.isReady = false
                    async let alsoCut = tracking?.drain(gracePeriod: configuration.gracePeriod).connectionsCut
                    let cut = await running.drain(gracePeriod: configuration.gracePeriod).connectionsCut
                    observe(.stopped(connectionsCut: cut + (await alsoCut ?? 0)))
                }
            }
        }
    }

    /// Those who may read the project's records may look at its runs, those who may write may fire its triggers.
    private func addPipeline(to router: inout Router, _ observe: (Event) -> Void) async throws {
        do {
            let records = try await platform.tracking()
            let access = try await AccessStore(records.database, isRequired: tracking?.requiresAccess ?? false)
            let gate = ProjectGate(AccessGate(access, records.store)) { [project = platform.project.name] in
                try await records.store.experimentID(named: project)
            }
            RunRoutes(RunHistory(platform), gate).add(to: &router)
            if let receiver { TriggerRoutes(gate, isLocal: configuration.address.isLoopback, receiver).add(to: &router) }
        } catch {
            // Endpoints answer without these records, where nothing else was asked for.
            guard tracking == nil, receiver == nil else { throw error }
            observe(.fault("runs are not shown: \(error)"))
        }
    }

    /// Runs a body while tracking is served, if it is to be.
    private func withTracking(
        _ observe: @escaping @Sendable (Event) -> Void, _ body: (RunningHTTPServer?) async throws -> Void
    ) async throws {
        guard let tracking else { return try await body(nil) }
        let records = try await platform.tracking()
        // What a crash cut off between a pointer and its alias is made up for.
        for endpoint in platform.project.endpoints.keys.sorted() {
            do {
                try await records.noteReleases(of: endpoint)
            } catch {
                observe(.fault("the registry does not tell of the releases of '\(endpoint)': \(error)"))
            }
        }
        let stores = try await TrackingStores(
            records.database, home: platform.home, isAccessRequired: tracking.requiresAccess, report: { observe(.fault($0)) })
        try stores.uploads.recover()
        try await TrackingListener(stores, tracking).withServer(body)
    }

    private func follower(_ service: PredictionService, _ observe: @escaping @Sendable (Event) -> Void) -> PointerFollower {
        PointerFollower(records: platform.records) {
            for endpoint in try service.refresh() {
                guard let release = try service.release(endpoint) else { continue }
                observe(.switched(endpoint: endpoint, version: release.version, digest: release.digest))
            }
        } heartbeat: {
            try service.heartbeat()
        } report: {
            observe(.fault($0))
        }
    }

    private func releases(_ service: PredictionService) throws -> [(endpoint: String, version: Int, digest: Digest)] {
        try service.endpoints.compactMap { endpoint in
            try service.release(endpoint).map { (endpoint, $0.version, $0.digest) }
        }
    }

    private func untilStopped(
        _ stop: StopSignal, _ service: PredictionService, _ observe: @escaping @Sendable (Event) -> Void,
        _ background: @escaping @Sendable () async -> Void
    ) async -> Int32 {
        await withTaskGroup(of: Int32?.self) { group in
            group.addTask { await stop.wait() }
            group.addTask {
                await follower(service, observe).run()
                return nil
            }
            group.addTask {
                await background()
                return nil
            }
            var number: Int32 = 0
            for await result in group {
                guard let result else { continue }
                number = result
                group.cancelAll()
            }
            return number
        }
    }
}
