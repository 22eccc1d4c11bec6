import Foundation
import MartletCore
import MartletPlatform
import MartletStore
import MartletTesting
import Testing

@testable import MartletServer

@Suite struct PlatformServerTests {
    private let address = ServerAddress(host: "127.0.0.1", port: 0)

    /// Runs a server until it listens, then ends it by cancelling its task.
    private func serve(
        _ platform: Platform, heard: Gathering<String>, _ body: @escaping @Sendable (HTTPClient) async throws -> Void
    ) async throws {
        let (listening, told) = AsyncStream.makeStream(of: ServerAddress.self)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                defer { told.finish() }
                try await PlatformServer(platform, address: address, gracePeriod: .seconds(300)).run { event in
                    switch event {
                    case .listens(let address, let releases):
                        heard.add("listens \(releases.map { "\($0.endpoint) v\($0.version)" })")
                        told.yield(address)
                    case .drains: heard.add("drains")
                    case .stopped(let cut): heard.add("stopped \(cut)")
                    case .recovered, .switched, .fault, .tracks: break
                    }
                }
            }
            var addresses = listening.makeAsyncIterator()
            let found = try #require(await addresses.next())
            try await HTTPClient.withClient(found, body)
            group.cancelAll()
            try await group.waitForAll()
        }
    }

    @Test func `a server listens with its releases, answers, drains and leaves its home free`() async throws {
        try await ServedProject.with { platform in
            let heard = Gathering<String>()
            try await serve(platform, heard: heard) { client in
                let place = try ServerPlace(platform.home).read()?.address
                let ready = try await client.send(.get, "/v2/health/ready")
                #expect(place == client.address)
                #expect(ready.status == 200)
            }
            #expect(heard.all == [#"listens ["price v1"]"#, "drains", "stopped 0"])
            let left = try ServerPlace(platform.home).read()?.address
            #expect(left == nil)
            let service = try PredictionService(platform, process: "next", waitAtMost: .zero)
            try await service.close()
        }
    }

    @Test func `a second server on one home is refused at once, and the first goes on`() async throws {
        try await ServedProject.with { platform in
            try await serve(platform, heard: Gathering()) { client in
                let second = try Platform(project: platform.project, home: platform.home.path)
                let error = await #expect(throws: MartletError.self) {
                    try await PlatformServer(second, address: ServerAddress(host: "127.0.0.1", port: 0)).run { _ in }
                }
                let ready = try await client.send(.get, "/v2/health/ready")
                #expect(error?.code == .locked)
                #expect(ready.status == 200)
            }
        }
    }

    @Test func `a port that is taken is refused, and the home is free again`() async throws {
        try await ServedProject.with { platform in
            try await withTestServer(echoRouter()) { taken in
                let error = await #expect(throws: MartletError.self) {
                    try await PlatformServer(platform, address: taken.address).run { _ in }
                }
                #expect(error?.code == .conflict)
            }
            let service = try PredictionService(platform, process: "next", waitAtMost: .zero)
            try await service.close()
        }
    }

    @Test func `a place by TLS is asked under the certificate that the home names`() async throws {
        try await ServedProject.with { platform in
            try await TLSServer.with { server in
                let place = ServerPlace(platform.home)
                #expect(place.write(server.running.address, certificate: server.tls.files.certificate) == nil)
                let (address, configuration) = try #require(try place.read())
                let answer = try await HTTPClient(address, configuration: configuration).send(.get, "/echo/a")
                #expect(address == server.running.address)
                #expect(answer.status == 200)
            }
        }
    }

    @Test(arguments: [nil, "", "{", "[]", "{\"host\":\"localhost\"}"] as [String?])
    func `a place that was never written whole names no server`(text: String?) async throws {
        try await ServedProject.with { platform in
            if let text { try Data(text.utf8).write(to: URL(filePath: "\(platform.home.path)/server.json")) }
            let left = try ServerPlace(platform.home).read()?.address
            #expect(left == nil)
        }
    }
}
