#if GRPC
import GRPCCore
import MartletCore
import MartletGRPC
import SwiftProtobuf
import Testing

@Suite struct InferenceServiceTests {
    typealias Method = Inference_GRPCInferenceService.Method

    // MARK: Server

    @Test func `the server lives, and is ready when every model is`() async throws {
        try await TestServer.with { server in
            let live: Inference_ServerLiveResponse = try await server.call(Method.ServerLive.descriptor, Inference_ServerLiveRequest())
            #expect(live.live)
            let before: Inference_ServerReadyResponse = try await server.call(Method.ServerReady.descriptor, Inference_ServerReadyRequest())
            #expect(!before.ready)
        }
    }

    @Test func `the server says its name, version and extensions`() async throws {
        var configuration = GRPCServerConfiguration()
        configuration.serverVersion = "1.2.3"
        try await TestServer.with(configuration: configuration) { server in
            let metadata: Inference_ServerMetadataResponse = try await server.call(
                Method.ServerMetadata.descriptor, Inference_ServerMetadataRequest())
            #expect(metadata.name == "martlet")
            #expect(metadata.version == "1.2.3")
            #expect(metadata.extensions.contains("binary_tensor_data"))
        }
    }

    @Test(arguments: ["SystemSharedMemoryStatus", "CudaSharedMemoryRegister", "TraceSetting", "LogSettings"])
    func `calls that are not answered say why`(_ name: String) async throws {
        try await TestServer.with { server in
            let error = await #expect(throws: RPCError.self) {
                let method = MethodDescriptor(fullyQualifiedService: "inference.GRPCInferenceService", method: name)
                let _: Inference_ServerLiveResponse = try await server.call(method, Inference_ServerLiveRequest())
            }
            #expect(error?.code == .unimplemented)
            #expect(error?.message.hasPrefix("\(name): ") == true)
        }
    }

    @Test(arguments: [("", false), ("numbers", true), ("idle", false)])
    func `the health protocol answers for the server and for models`(_ service: String, _ isServing: Bool) async throws {
        try await TestServer.with { server in
            let health: Grpc_Health_V1_HealthCheckResponse = try await server.call(
                Grpc_Health_V1_Health.Method.Check.descriptor, Grpc_Health_V1_HealthCheckRequest.with { $0.service = service })
            #expect(health.status == (isServing ? .serving : .notServing))
        }
    }

    // MARK: Models

    @Test(arguments: [("numbers", "", true), ("numbers", "1", true), ("numbers", "2", false), ("idle", "", false), ("nobody", "", false)])
    func `a model is ready or not`(_ name: String, _ version: String, _ isReady: Bool) async throws {
        try await TestServer.with { server in
            let response: Inference_ModelReadyResponse = try await server.call(
                Method.ModelReady.descriptor, Inference_ModelReadyRequest.with { ($0.name, $0.version) = (name, version) })
            #expect(response.ready == isReady)
        }
    }

    @Test func `a model says what it takes and gives`() async throws {
        try await TestServer.with { server in
            let metadata: Inference_ModelMetadataResponse = try await server.call(
                Method.ModelMetadata.descriptor, Inference_ModelMetadataRequest.with { $0.name = "numbers" })
            #expect(metadata.name == "numbers")
            #expect(metadata.versions == ["1"])
            #expect(metadata.platform == "mirror")
            #expect(metadata.inputs == [.with { ($0.name, $0.datatype, $0.shape) = ("x", "FP64", [-1, 2]) }])
            #expect(metadata.outputs.map(\.name) == ["mirrored x"])
        }
    }

    @Test func `a model's configuration is in Triton's terms`() async throws {
        try await TestServer.with { server in
            let response: Inference_ModelConfigResponse = try await server.call(
                Method.ModelConfig.descriptor, Inference_ModelConfigRequest.with { $0.name = "mirror" })
            #expect(response.config.maxBatchSize == 64)
            #expect(response.config.input.first == .with { ($0.name, $0.dataType, $0.dims) = ("BOOL", .typeBool, [2]) })
            #expect(response.config.input.map(\.dataType).contains(.typeString))
            #expect(response.config.instanceGroup.map(\.kind) == [.cpu])
        }
    }

    @Test(arguments: [
        ("nobody", "", RPCError.Code.notFound), ("idle", "", .unavailable), ("numbers", "9", .notFound),
        ("numbers", "new", .invalidArgument),
    ])
    func `a model that is not there is refused`(_ name: String, _ version: String, _ code: RPCError.Code) async throws {
        try await TestServer.with { server in
            let error = await #expect(throws: RPCError.self) {
                let _: Inference_ModelMetadataResponse = try await server.call(
                    Method.ModelMetadata.descriptor, Inference_ModelMetadataRequest.with { ($0.name, $0.version) = (name, version) })
            }
            #expect(error?.code == code)
        }
    }

    @Test func `statistics count what was answered and what failed`() async throws {
        try await TestServer.with { server in
            _ = try await server.infer(.numbers([[1, 2], [3, 4]]))
            _ = try? await server.infer(.numbers([]))  // refused: it has no rows
            let response: Inference_ModelStatisticsResponse = try await server.call(
                Method.ModelStatistics.descriptor, Inference_ModelStatisticsRequest.with { $0.name = "numbers" })
            let statistics = try #require(response.modelStats.first)
            #expect(statistics.inferenceCount == 2)
            #expect(statistics.executionCount == 1)
            #expect(statistics.inferenceStats.success.count == 1)
            #expect(statistics.inferenceStats.fail.count == 1)
            #expect(statistics.inferenceStats.computeInfer.ns <= statistics.inferenceStats.success.ns)
        }
    }

    @Test func `statistics of no model are those of all`() async throws {
        try await TestServer.with { server in
            let response: Inference_ModelStatisticsResponse = try await server.call(
                Method.ModelStatistics.descriptor, Inference_ModelStatisticsRequest())
            #expect(response.modelStats.map(\.name) == ["mirror", "numbers"])
        }
    }

    // MARK: Repository

    private static func index(_ server: TestServer, readyOnly: Bool = false) async throws -> [String] {
        let response: Inference_RepositoryIndexResponse = try await server.call(
            Method.RepositoryIndex.descriptor, Inference_RepositoryIndexRequest.with { $0.ready = readyOnly })
        return response.models.map { "\($0.name) \($0.version) \($0.state)" }
    }

    private static func load(_ name: String, on server: TestServer) async throws {
        let _: Inference_RepositoryModelLoadResponse = try await server.call(
            Method.RepositoryModelLoad.descriptor, Inference_RepositoryModelLoadRequest.with { $0.modelName = name })
    }

    @Test func `the index has every model, or those that are ready`() async throws {
        try await TestServer.with { server in
            let all = try await Self.index(server)
            #expect(all == ["broken  UNAVAILABLE", "idle  UNAVAILABLE", "mirror 1 READY", "numbers 1 READY"])
            let ready = try await Self.index(server, readyOnly: true)
            #expect(ready == ["mirror 1 READY", "numbers 1 READY"])
        }
    }

    @Test func `a model is loaded and unloaded`() async throws {
        try await TestServer.with { server in
            try await Self.load("idle", on: server)
            let answer = try await server.infer(.numbers([[1, 2]], to: "idle"))
            #expect(answer.outputs.count == 1)
            let _: Inference_RepositoryModelUnloadResponse = try await server.call(
                Method.RepositoryModelUnload.descriptor, Inference_RepositoryModelUnloadRequest.with { $0.modelName = "idle" })
            let error = await #expect(throws: RPCError.self) { _ = try await server.infer(.numbers([[1, 2]], to: "idle")) }
            #expect(error?.code == .unavailable)
        }
    }

    @Test(arguments: [("broken", RPCError.Code.dataLoss, "is broken"), ("nobody", .notFound, "no model")])
    func `what cannot be loaded says why`(_ name: String, _ code: RPCError.Code, _ reason: String) async throws {
        try await TestServer.with { server in
            let error = await #expect(throws: RPCError.self) { try await Self.load(name, on: server) }
            #expect(error?.code == code)
            #expect(error?.message.contains(reason) == true)
        }
    }

    @Test func `a model's configuration cannot be replaced while it is loaded`() async throws {
        try await TestServer.with { server in
            let error = await #expect(throws: RPCError.self) {
                let _: Inference_RepositoryModelLoadResponse = try await server.call(
                    Method.RepositoryModelLoad.descriptor,
                    Inference_RepositoryModelLoadRequest.with {
                        $0.modelName = "numbers"
                        $0.parameters["config"] = .with { $0.stringParam = "{}" }
                    })
            }
            #expect(error?.code == .unimplemented)
        }
    }
}
#endif
