#if GRPC
import GRPCCore
import MartletCore
import MartletInference
import MartletServer
import NIOPosix
import SwiftProtobuf

/// Triton's service over the models of a repository.
struct InferenceService: Inference_GRPCInferenceService.SimpleServiceProtocol {
    let fronts: ModelFronts
    let configuration: GRPCServerConfiguration
    let life: ServerLife

    private var repository: ModelRepository { fronts.repository }

    /// What an operation returns; what it throws, as clients are told.
    private func answering<Response>(_ method: String = #function, _ operation: () throws -> Response) throws -> Response {
        do { return try operation() } catch { throw configuration.told(error, by: String(method.prefix { $0 != "(" })) }
    }

    /// The model that a request names. - Parameter version: a number, or nothing for the newest.
    private func model(_ name: String, version: String) throws -> ServedModel {
        try repository.model(name, version: try ModelVersion.number(version))
    }

    // MARK: Server

    func serverLive(request: Inference_ServerLiveRequest, context: ServerContext) async throws -> Inference_ServerLiveResponse {
        .with { $0.live = true }
    }

    func serverReady(request: Inference_ServerReadyRequest, context: ServerContext) async throws -> Inference_ServerReadyResponse {
        .with { $0.ready = repository.isReady && !life.isDraining }
    }

    func serverMetadata(
        request: Inference_ServerMetadataRequest, context: ServerContext
    ) async throws -> Inference_ServerMetadataResponse {
        let server = ServerDescription(name: configuration.serverName, version: configuration.serverVersion)
        return .with { ($0.name, $0.version, $0.extensions) = (server.name, server.version, server.extensions) }
    }

    // MARK: Models

    func modelReady(request: Inference_ModelReadyRequest, context: ServerContext) async throws -> Inference_ModelReadyResponse {
        let version = try answering { try ModelVersion.number(request.version) }
        let isReady = repository.index.contains { entry in
            entry.name == request.name && entry.state == .ready && (version == nil || version == entry.version)
        }
        return .with { $0.ready = isReady }
    }

    func modelMetadata(
        request: Inference_ModelMetadataRequest, context: ServerContext
    ) async throws -> Inference_ModelMetadataResponse {
        try answering {
            let served = try model(request.name, version: request.version)
            return try Inference_ModelMetadataResponse(describing: repository.description(of: served).metadata)
        }
    }

    func modelConfig(request: Inference_ModelConfigRequest, context: ServerContext) async throws -> Inference_ModelConfigResponse {
        try answering {
            let served = try model(request.name, version: request.version)
            let isBatching = served.batcher.map { !$0.runsDirectly(rows: 1) } ?? false
            let configuration = repository.description(of: served).configuration(
                batchSizeMax: served.rowCountMax, isBatching: isBatching)
            return try Inference_ModelConfigResponse(describing: ["config": configuration])
        }
    }

    func modelStatistics(
        request: Inference_ModelStatisticsRequest, context: ServerContext
    ) async throws -> Inference_ModelStatisticsResponse {
        try answering {
            let models = request.name.isEmpty ? repository.ready : [try model(request.name, version: request.version)]
            return try Inference_ModelStatisticsResponse(describing: UsageDescription.body(models.map(UsageDescription.init)))
        }
    }

    // MARK: Inference

    func modelInfer(
        request: ServerRequest<Inference_ModelInferRequest>, context: ServerContext
    ) async throws -> ServerResponse<Inference_ModelInferResponse> {
        do {
            return ServerResponse(message: try await call(context, until: CallDeadline(request.metadata)).answer(request.message))
        } catch {
            throw configuration.told(error, by: "ModelInfer", request: request.message.id)
        }
    }

    func modelInfer(request: Inference_ModelInferRequest, context: ServerContext) async throws -> Inference_ModelInferResponse {
        try await modelInfer(request: ServerRequest(metadata: [:], message: request), context: context).message
    }

    /// Answers the requests of a stream one after another; an error is the answer to its request, and the stream goes on.
    func modelStreamInfer(
        request: RPCAsyncSequence<Inference_ModelInferRequest, any Error>,
        response: RPCWriter<Inference_ModelStreamInferResponse>, context: ServerContext
    ) async throws {
        let call = self.call(context, until: .none)
        for try await message in request {
            try await response.write(await call.streamAnswer(message))
        }
    }

    private func call(_ context: ServerContext, until deadline: CallDeadline) -> InferenceCall {
        InferenceCall(
            fronts: fronts, configuration: configuration, life: life, deadline: deadline, cancellation: context.cancellation)
    }

    // MARK: Repository

    func repositoryIndex(
        request: Inference_RepositoryIndexRequest, context: ServerContext
    ) async throws -> Inference_RepositoryIndexResponse {
        try checkRepository(request.repositoryName)
        return try answering {
            try Inference_RepositoryIndexResponse(describing: ["models": repository.description.index(readyOnly: request.ready)])
        }
    }

    func repositoryModelLoad(
        request: Inference_RepositoryModelLoadRequest, context: ServerContext
    ) async throws -> Inference_RepositoryModelLoadResponse {
        try checkRepository(request.repositoryName)
        if let name = request.parameters.keys.min() {
            throw RPCError(
                code: .unimplemented,
                message: "parameter '\(name.prefix(60))': models are loaded as they lie in the repository; leave it out")
        }
        do {
            // Loading blocks, so it has a thread that may.
            try await NIOThreadPool.singleton.runIfActive { [repository] in _ = try repository.load(request.modelName) }
            fronts.prune()
        } catch {
            // Whoever loads models has to know why one cannot be loaded.
            var told = configuration.told(error, by: "RepositoryModelLoad")
            if let error = error as? MartletError { told.message = String(error.message.prefix(RPCError.messageLengthMax)) }
            throw told
        }
        return Inference_RepositoryModelLoadResponse()
    }

    func repositoryModelUnload(
        request: Inference_RepositoryModelUnloadRequest, context: ServerContext
    ) async throws -> Inference_RepositoryModelUnloadResponse {
        try checkRepository(request.repositoryName)
        // No model depends on another, so that 'unload_dependents' has nothing to ask for.
        try answering { try repository.unload(request.modelName) }
        fronts.prune()
        return Inference_RepositoryModelUnloadResponse()
    }

    private func checkRepository(_ name: String) throws {
        guard name.isEmpty else {
            throw RPCError(
                code: .invalidArgument,
                message: "there is one repository, which has no name; leave out repository_name '\(name.prefix(60))'")
        }
    }
}
#endif
