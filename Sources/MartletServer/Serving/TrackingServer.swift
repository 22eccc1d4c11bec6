import Foundation
import MartletCore
import MartletInference
import MartletPlatform
import MartletRegistry
import MartletS3
package import MartletStore

/// Serves a home without a project: MLflow's tracking API on the home's records, and the registered models that are deployed there.
package struct TrackingServer: Sendable {
    /// What happens, for those who watch.
    package enum Event: Sendable {
        /// Whether everybody who reaches it is let in.
        case listens(ServerAddress, isOpen: Bool)
        /// Where deployed models answer.
        case infers(ServerAddress)
        /// `summary` says what runs the model and how.
        case switched(name: String, address: String, summary: String, seconds: Double)
        case loading(String)
        case fault(String)
        case drains(signal: Int32)
        case stopped(connectionsCut: Int)
    }

    private let home: Home
    private let configuration: TrackingConfiguration
    private let inferencePort: Int

    /// Makes a server; nothing is opened and nothing listens yet.
    /// - Parameter inferencePort: where deployed models answer, on the same host.
    package init(_ home: Home, _ configuration: TrackingConfiguration, inferencePort: Int) {
        self.home = home
        self.configuration = configuration
        self.inferencePort = inferencePort
    }

    /// Opens the store, makes it where missing, and serves until a signal comes, then drains.
    /// - Throws: `locked` where another server works on this home, `conflict` where a port is taken, and as the store's opening throws.
    package func run(observe: @escaping @Sendable (Event) -> Void) async throws {
        try home.prepare()
        let lock = try FileLock.acquire(path: "\(home.locksPath)/serve", purpose: "martlet up", waitAtMost: .zero)
        defer { lock.release() }
        try await home.withContent(at: configuration.artifacts, environment: ProcessInfo.processInfo.environment) { content in
            try await serve(on: content, observe)
        }
    }

    private func serve(on content: any ContentStore, _ observe: @escaping @Sendable (Event) -> Void) async throws {
        let database = try await home.openOwnTracking(at: configuration.database)
        try await closing(database.close) {
            let stores = try await TrackingStores(
                database, home: home, content: content, isAccessRequired: configuration.requiresAccess, report: { observe(.fault($0)) })
            try await checkAccess(stores.access)
            try stores.uploads.recover()
            try await serve(stores, observe)
        }
    }

    /// - Throws: `invalidInput` where others than this machine could do everything without anybody having said so.
    private func checkAccess(_ access: AccessStore) async throws {
        guard configuration.requiresAccess, try await !access.hasUsers() else { return }
        throw MartletError(
            .invalidInput,
            "'\(configuration.address.host)' can be reached from other machines, and there are no users: everybody could do everything; "
                + "add an administrator with 'martlet users add NAME --administrator', or say --open if that is meant")
    }

    private func serve(_ stores: TrackingStores, _ observe: @escaping @Sendable (Event) -> Void) async throws {
        var loading = ModelLoader.Configuration()
        loading.report = { observe(.loading($0)) }
        let place = try ModelHome(home, registry: stores.models, artifacts: stores.artifacts)
        let models = try DeployedModels(place, loader: ModelLoader(loading))
        defer { Self.close(models, observe) }
        let inference = InferenceListener(
            models, AccessGate(stores.access, stores.tracking), records: place.records,
            hosts: configuration.hosts, configuration: configuration.http(port: inferencePort))
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await inference.follow { observe(Event($0)) } }
            defer { group.cancelAll() }
            try await serve(TrackingListener(stores, configuration), inference.server, stores.access, observe)
        }
    }

    private static func close(_ models: DeployedModels, _ observe: (Event) -> Void) {
        do {
            try models.close()
        } catch {
            observe(.fault("the history could not be told that nothing is answered any more: \(error)"))
        }
    }

    private func serve(
        _ tracking: TrackingListener, _ inference: HTTPServer, _ access: AccessStore, _ observe: @escaping @Sendable (Event) -> Void
    ) async throws {
        try await StopSignal.watching { stop in
            try await tracking.withServer { tracking in
                try await inference.withServer { inference in
                    let serverPlace = ServerPlace(home)
                    if let fault = serverPlace.write(inference.address, certificate: configuration.tls?.files.certificate) {
                        observe(.fault(fault))
                    }
                    defer { serverPlace.remove() }
                    observe(.listens(tracking.address, isOpen: try await !access.hasUsers()))
                    observe(.infers(inference.address))
                    let signal = await stop.wait()
                    observe(.drains(signal: signal))
                    async let cut = tracking.drain(gracePeriod: configuration.gracePeriod).connectionsCut
                    let alsoCut = await inference.drain(gracePeriod: configuration.gracePeriod).connectionsCut
                    observe(.stopped(connectionsCut: await cut + alsoCut))
                }
            }
        }
    }
}

extension TrackingServer.Event {
    fileprivate init(_ event: DeployedModels.Event) {
        self =
            switch event {
            case .switched(let name, let address, let summary, let seconds):
                .switched(name: name, address: address, summary: summary, seconds: seconds)
            case .fault(let message): .fault(message)
            }
    }
}
