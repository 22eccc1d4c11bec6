#if GRPC
import Foundation
import GRPCCore
import GRPCNIOTransportHTTP2TransportServices
import GRPCProtobuf
import MartletCore
import MartletGRPC
import MartletInference
import MartletServer
import NIOPosix
import SwiftProtobuf

/// A server of some models and a client of it, for as long as a test runs.
struct TestServer: Sendable {
    typealias Client = GRPCClient<HTTP2ClientTransport.WrappedChannel>

    let repository: ModelRepository
    let address: ServerAddress
    let client: Client

    /// Runs a test. The models `mirror` (every datatype), `numbers` and `broken`, which cannot be loaded, are there; all but `idle`
    /// and `broken` are loaded.
    static func with(
        _ models: [String: MirrorModel] = ["mirror": .everyDatatype, "numbers": .numbers],
        policy: BatchingPolicy? = nil, configuration: GRPCServerConfiguration = GRPCServerConfiguration(),
        _ test: @Sendable (TestServer) async throws -> Void
    ) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }  // a folder that stays harms nothing
        let repository = try repository(models, policy: policy, path: folder.path)
        let server = GRPCServer(address: freePort, configuration: configuration)
        _ = try await server.serve(ModelFronts(repository, MetricsRegistry())) { running in
            try await withClient(of: running.address) { client in
                try await test(TestServer(repository: repository, address: running.address, client: client))
            }
        }
    }

    static let freePort = ServerAddress(host: "127.0.0.1", port: 0)

    /// Runs a server of no models, and a body while it listens.
    static func withoutModels(
        at address: ServerAddress = freePort, _ body: (RunningCompanion) async throws -> Void
    ) async throws {
        let repository = try ModelRepository([]) { _, _, _ in throw MartletError(.notFound, "none") }
        _ = try await GRPCServer(address: address).serve(ModelFronts(repository, MetricsRegistry()), while: body)
    }

    /// A repository whose models are loaded, but for `idle`, which may be, and `broken`, which may not.
    static func repository(
        _ models: [String: MirrorModel], policy: BatchingPolicy? = nil, path: String = FileManager.default.temporaryDirectory.path
    ) throws -> ModelRepository {
        let sources = try (models.keys.sorted() + ["broken", "idle"]).map { try ModelSource(name: $0, path: path) }
        let repository = try ModelRepository(sources) { name, version, _ in
            guard let model = name == "idle" ? MirrorModel.numbers : models[name] else {
                throw MartletError(.corrupt, "model '\(name)' is broken")
            }
            let curve = try policy.map { _ in try CostCurve(points: [.init(rows: 1, seconds: 0.01), .init(rows: 64, seconds: 0.011)]) }
            return try ServedModel(
                name: name, version: version, model: model, policy: policy ?? BatchingPolicy(objectiveSeconds: 60, rowCountMax: 64),
                curve: curve)
        }
        for name in models.keys { try repository.load(name) }
        return repository
    }

    /// A client on a connection of its own.
    static func withClient<Result: Sendable>(
        of address: ServerAddress, _ body: @Sendable (Client) async throws -> Result
    ) async throws -> Result {
        let transport = try await HTTP2ClientTransport.WrappedChannel.wrapping { configure in
            try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .connect(host: address.host, port: address.port) { configure($0) }
        }
        return try await withGRPCClient(transport: transport) { client in
            // Its library ends the program where a client is let go whose connection never began to run; what is answered counts nothing.
            let request = ClientRequest(message: Inference_ServerLiveRequest())
            _ = try await client.unary(
                request: request, descriptor: Inference_GRPCInferenceService.Method.ServerLive.descriptor,
                serializer: ProtobufSerializer<Inference_ServerLiveRequest>(),
                deserializer: ProtobufDeserializer<Inference_ServerLiveResponse>(), options: .defaults
            ) { try $0.message.live }
            return try await body(client)
        }
    }

    /// The response to a call. - Throws: `RPCError`.
    func call<Request: Message, Response: Message>(
        _ descriptor: MethodDescriptor, _ request: Request, metadata: Metadata = [:]
    ) async throws -> Response {
        try await client.unary(
            request: ClientRequest(message: request, metadata: metadata), descriptor: descriptor, serializer: ProtobufSerializer<Request>(),
            deserializer: ProtobufDeserializer<Response>(), options: .defaults
        ) { try $0.message }
    }

    func infer(_ request: Inference_ModelInferRequest, metadata: Metadata = [:]) async throws -> Inference_ModelInferResponse {
        try await call(Inference_GRPCInferenceService.Method.ModelInfer.descriptor, request, metadata: metadata)
    }

    /// The responses to the requests of one stream, in their order.
    func stream(_ requests: [Inference_ModelInferRequest]) async throws -> [Inference_ModelStreamInferResponse] {
        try await client.bidirectionalStreaming(
            request: StreamingClientRequest { try await $0.write(contentsOf: requests) },
            descriptor: Inference_GRPCInferenceService.Method.ModelStreamInfer.descriptor,
            serializer: ProtobufSerializer<Inference_ModelInferRequest>(),
            deserializer: ProtobufDeserializer<Inference_ModelStreamInferResponse>(), options: .defaults
        ) { response in
            var answers: [Inference_ModelStreamInferResponse] = []
            for try await answer in response.messages { answers.append(answer) }
            return answers
        }
    }
}

extension Inference_ModelInferRequest {
    /// A request to a model of one input `x` of doubles.
    static func numbers(_ rows: [[Double]], to model: String = "numbers") -> Self {
        .with {
            $0.modelName = model
            $0.inputs = [
                .with {
                    ($0.name, $0.datatype, $0.shape) = ("x", "FP64", [Int64(rows.count), 2])
                    $0.contents.fp64Contents = rows.flatMap(\.self)
                }
            ]
        }
    }
}
#endif
