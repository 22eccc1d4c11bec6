#if GRPC
import Foundation
import GRPCCore
import MartletCore
import MartletGRPC
import MartletInference
import MartletServer
import MartletTesting
import Testing

@Suite struct GRPCServerTests {
    private static func isLive(_ client: TestServer.Client, of server: TestServer) async throws -> Bool {
        let other = TestServer(repository: server.repository, address: server.address, client: client)
        let response: Inference_ServerLiveResponse = try await other.call(
            Inference_GRPCInferenceService.Method.ServerLive.descriptor, Inference_ServerLiveRequest())
        return response.live
    }

    /// Models run on threads of their own, so that a gate holds up nobody else.
    private static let policy = BatchingPolicy(objectiveSeconds: 3_600, rowCountMax: 64)

    @Test func `the bound port is told`() async throws {
        try await TestServer.with { server in
            #expect((1...65_535).contains(server.address.port))
            #expect(server.address.host == "127.0.0.1")
        }
    }

    @Test func `a name is resolved`() async throws {
        try await TestServer.withoutModels(at: ServerAddress(host: "localhost", port: 0)) { #expect($0.address.port > 0) }
    }

    @Test func `a taken port is a conflict`() async throws {
        try await TestServer.with { server in
            let error = await #expect(throws: MartletError.self) {
                try await TestServer.withoutModels(at: server.address) { _ in }
            }
            #expect(error?.code == .conflict)
            #expect(error?.message.contains("port \(server.address.port)") == true)
        }
    }

    @Test(arguments: [-1, 65_536]) func `a port that is none is refused`(_ port: Int) async throws {
        let error = await #expect(throws: MartletError.self) {
            try await TestServer.withoutModels(at: ServerAddress(host: "127.0.0.1", port: port)) { _ in }
        }
        #expect(error?.code == .invalidInput)
    }

    @Test func `a message that is too large is refused, and its connection goes on`() async throws {
        var configuration = GRPCServerConfiguration()
        configuration.messageSizeMaxBytes = 10_000
        try await TestServer.with(configuration: configuration) { server in
            let rows = Array(repeating: [1.0, 2.0], count: 1_000)
            await #expect(throws: RPCError.self) { _ = try await server.infer(.numbers(rows)) }
            let next = try await server.infer(.numbers([[1, 2]]))
            #expect(next.outputs.count == 1)
        }
    }

    @Test func `a connection beyond the last one is closed, and room that is made is used`() async throws {
        var configuration = GRPCServerConfiguration()
        configuration.connectionCountMax = 2
        try await TestServer.with(configuration: configuration) { server in
            let isFirstLive = try await Self.isLive(server.client, of: server)
            #expect(isFirstLive)
            try await TestServer.withClient(of: server.address) { second in
                let isSecondLive = try await Self.isLive(second, of: server)
                #expect(isSecondLive)
                let error = await #expect(throws: RPCError.self) {
                    try await TestServer.withClient(of: server.address) { _ = try await Self.isLive($0, of: server) }
                }
                #expect(error?.code == .unavailable)
            }
            // The server learns in its own time that the second is gone.
            while (try? await TestServer.withClient(of: server.address) { try await Self.isLive($0, of: server) }) == nil {}
        }
    }

    @Test func `a call that runs when the server stops is answered`() async throws {
        let gate = Gate()
        let repository = try TestServer.repository(["busy": .gated(gate)], policy: Self.policy)
        let server = GRPCServer(address: TestServer.freePort)
        try await withThrowingTaskGroup(of: Int.self) { group in
            let callsCut = try await server.serve(ModelFronts(repository, MetricsRegistry())) { running in
                group.addTask {
                    try await TestServer.withClient(of: running.address) { client in
                        let server = TestServer(repository: repository, address: running.address, client: client)
                        return try await server.infer(.numbers([[1, 2]], to: "busy")).outputs.count
                    }
                }
                group.addTask {
                    // While the server takes connections, it has not begun to stop.
                    while (try? await TestServer.withClient(of: running.address) { _ in true }) == true {}
                    gate.open()
                    return 0
                }
                while gate.waitingCount == 0 { await Task.yield() }
                running.beginDraining()
            }
            let answers = try await group.reduce(0, +)
            #expect(answers == 1)
            #expect(callsCut == 0)
        }
    }

    @Test func `a call that does not end within the grace period is cut off and counted`() async throws {
        let gate = Gate()
        defer { gate.open() }
        let repository = try TestServer.repository(["busy": .gated(gate)], policy: Self.policy)
        var configuration = GRPCServerConfiguration()
        configuration.gracePeriod = .milliseconds(1)
        let server = GRPCServer(address: TestServer.freePort, configuration: configuration)
        try await withThrowingTaskGroup(of: Void.self) { group in
            let callsCut = try await server.serve(ModelFronts(repository, MetricsRegistry())) { running in
                group.addTask {
                    try await TestServer.withClient(of: running.address) { client in
                        let server = TestServer(repository: repository, address: running.address, client: client)
                        await #expect(throws: RPCError.self) { _ = try await server.infer(.numbers([[1, 2]], to: "busy")) }
                    }
                }
                while gate.waitingCount == 0 { await Task.yield() }
            }
            #expect(callsCut == 1)
            try await group.waitForAll()
        }
    }

    @Test func `an error of what runs beside the server comes through`() async throws {
        let error = await #expect(throws: MartletError.self) {
            try await TestServer.withoutModels { _ in throw MartletError(.locked, "beside") }
        }
        #expect(error?.code == .locked)
    }
}
#endif
