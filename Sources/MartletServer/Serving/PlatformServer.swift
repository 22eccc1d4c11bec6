import Foundation
package import MartletCore
package import MartletPlatform
import MartletStore

/// Serves a project: HTTP, the pointers' changes, the logs' life.
package struct PlatformServer: Sendable {
    /// How often the records are looked at for a pointer that moved.
    package static let pollInterval = Duration.milliseconds(200)
    /// How often the history is told that this server lives.
    package static let heartbeatInterval = Duration.seconds(2)

    private let platform: Platform
    private let address: ServerAddress
    private let gracePeriod: Duration

    package init(_ platform: Platform, address: ServerAddress, gracePeriod: Duration = .seconds(10)) {
        self.platform = platform
        self.address = address
        self.gracePeriod = gracePeriod
    }

    /// What happens, for those who watch.
    package enum Event: Sendable {
        case recovered(log: String, cutBytes: Int)
        case listens(address: ServerAddress, releases: [(endpoint: String, version: Int, digest: Digest)])
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
        do {
            try await serve(service, observe, background)
        } catch {
            try await service.close()
            throw error
        }
        try await service.close()
    }

    private func serve(
        _ service: PredictionService, _ observe: @escaping @Sendable (Event) -> Void,
        _ background: @escaping @Sendable () async -> Void
    ) async throws {
        let metrics = MetricsRegistry()
        metrics.observeProcess()
        let readiness = Readiness()
        var configuration = HTTPServerConfiguration()
        configuration.address = address
        configuration.gracePeriod = gracePeriod
        let routes = ServiceRoutes(service: service, metrics: metrics, readiness: readiness)
        let server = HTTPServer(configuration: configuration, router: routes.router, metrics: metrics)
        try await StopSignal.watching { stop in
            try await server.withServer { running in
                let place = ServerPlace(platform)
                try place.write(running.address)
                defer { place.remove() }
                readiness.isReady = true
                observe(.listens(address: running.address, releases: try releases(service)))
                let signal = await untilStopped(stop, service, observe, background)
                observe(.drains(signal: signal))
                readiness.isReady = false
                let drained = await running.drain(gracePeriod: gracePeriod)
                observe(.stopped(connectionsCut: drained.connectionsCut))
            }
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
                await follow(service, observe)
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

    /// Follows the pointers and tells the history that this server lives, until cancelled.
    private func follow(_ service: PredictionService, _ observe: @Sendable (Event) -> Void) async {
        var seen: Int?
        var beatAt = ContinuousClock.now
        var reported: String?
        while !Task.isCancelled {
            do {
                let counter = try service.changeCounter()
                if counter != seen {
                    seen = counter
                    for endpoint in try service.refresh() {
                        guard let release = try service.release(endpoint) else { continue }
                        observe(.switched(endpoint: endpoint, version: release.version, digest: release.digest))
                    }
                }
                if beatAt.duration(to: .now) >= Self.heartbeatInterval {
                    beatAt = .now
                    try service.heartbeat()
                }
                reported = nil
            } catch {
                let message = "the records cannot be followed: \(error)"
                if message != reported { observe(.fault(message)) }
                reported = message
                try? await Task.sleep(for: Self.heartbeatInterval)  // cancelled: the loop ends
            }
            try? await Task.sleep(for: Self.pollInterval)  // cancelled: the loop ends
        }
    }
}

/// Where a home's server listens, for other commands on the same machine.
package struct ServerPlace: Sendable {
    private let path: String

    package init(_ platform: Platform) { path = "\(platform.home.path)/server.json" }

    /// Keeps the address.
    package func write(_ address: ServerAddress) throws {
        let place: JSONValue = ["host": .string(address.host), "port": .integer(Int64(address.port))]
        do {
            try Data(place.canonicalText.utf8).write(to: URL(fileURLWithPath: path), options: .atomic)
        } catch {
            throw MartletError(.storage, "cannot write '\(path)'", cause: error)
        }
    }

    /// Forgets the address.
    package func remove() {
        // A file that is left behind names a server that does not answer, which readers expect.
        try? FileManager.default.removeItem(atPath: path)
    }

    /// The address of the server that runs or last ran; `nil` where there is none.
    package func read() -> ServerAddress? {
        guard let data = FileManager.default.contents(atPath: path),
            let place = try? JSONValue(parsing: data, as: path),  // a torn file names no server
            let host = place["host"]?.string, let port = place["port"]?.int
        else { return nil }
        return ServerAddress(host: host, port: Int(port))
    }
}
