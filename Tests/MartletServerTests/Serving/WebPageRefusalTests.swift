import MartletCore
import MartletInference
import MartletPlatform
import Testing

@testable import MartletServer

/// Every server of models, asked by web pages of others.
struct WebPageRefusalTests {
    private let here = ServerAddress(host: "127.0.0.1", port: 0)

    /// Asks a server that listens while a task runs, which is then cancelled.
    private func asking(
        _ run: @escaping @Sendable (_ told: @escaping @Sendable (ServerAddress) -> Void) async throws -> Void,
        _ body: (ServerAddress) async throws -> Void
    ) async throws {
        let (listening, told) = AsyncStream.makeStream(of: ServerAddress.self)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                defer { told.finish() }
                try await run { told.yield($0) }
            }
            var addresses = listening.makeAsyncIterator()
            try await body(try #require(await addresses.next()))
            group.cancelAll()
            try await group.waitForAll()
        }
    }

    private func status(_ server: ServerAddress, _ line: String, _ fields: String) async throws -> Int {
        try await RawConnection.with(server) { client in
            try await client.send("\(line) HTTP/1.1\r\n\(fields)\r\ncontent-length: 0\r\n\r\n")
            return try await client.response().status
        }
    }

    /// What all servers of models have in common; they were told that `t.example` is a name of theirs.
    private func check(_ server: ServerAddress, post path: String) async throws {
        #expect(try await status(server, "GET /v2/models/none", "Host: evil.example") == 403)
        #expect(try await status(server, "POST \(path)", "Host: evil.example\r\nOrigin: http://evil.example") == 403)
        #expect(try await status(server, "POST \(path)", "Host: \(server.authority)\r\nOrigin: http://evil.example") == 403)
        #expect(try await status(server, "GET /v2/health/live", "Host: evil.example") == 200)
        for host in [server.authority, "localhost:1", "t.example"] {
            #expect(try await status(server, "GET /v2/models/none", "Host: \(host)") == 404, "\(host)")
        }
    }

    @Test func `deployed models are not for pages of others`() async throws {
        try await withTrackingHome { stores, home in
            let place = try ModelHome(home, registry: stores.models, artifacts: stores.artifacts)
            let models = try DeployedModels(place, loader: ModelLoader(ModelLoader.Configuration()))
            var configuration = TrackingConfiguration(address: here)
            configuration.allowedHosts = ["t.example"]
            let listener = InferenceListener(
                models, AccessGate(stores.access, stores.tracking), records: place.records, hosts: configuration.hosts,
                configuration: configuration.http())
            try await listener.server.withServer { try await check($0.address, post: "/v2/models/none/infer") }
            try models.close()
        }
    }

    @Test func `a project's endpoints are not for pages of others`() async throws {
        try await ServedProject.with { platform in
            try await asking { told in
                try await PlatformServer(platform, address: here, allowedHosts: ["t.example"], gracePeriod: .seconds(300)).run { event in
                    if case .listens(let address, _) = event { told(address) }
                }
            } _: {
                try await check($0, post: "/v1/endpoints/price/outcomes")
            }
        }
    }

    @Test func `served model files are not for pages of others`() async throws {
        let repository = try ModelRepository([ModelSource(name: "double", path: "/")]) { name, version, _ in
            try DoublingModel(version: version).served(name)
        }
        try await asking { told in
            try await ModelServer(repository, address: here, allowedHosts: ["t.example"], gracePeriod: .seconds(300)).run { event in
                if case .listens(_, let address) = event { told(address) }
            }
        } _: {
            try await check($0, post: "/v2/repository/models/double/unload")
        }
    }
}
