#if GRPC
import GRPCCore
import MartletInference

/// The health protocol of gRPC, which load balancers and Kubernetes ask. Services are the models, and none at all is the server.
struct HealthService: Grpc_Health_V1_Health.SimpleServiceProtocol {
    let repository: ModelRepository
    let life: ServerLife

    func check(request: Grpc_Health_V1_HealthCheckRequest, context: ServerContext) async throws -> Grpc_Health_V1_HealthCheckResponse {
        var response = Grpc_Health_V1_HealthCheckResponse()
        response.status = try isReady(request.service) ? .serving : .notServing
        return response
    }

    /// - Throws: `notFound` for a service that is neither this one nor a model, as the protocol has it.
    private func isReady(_ service: String) throws -> Bool {
        guard !life.isDraining else { return false }
        if service.isEmpty || service == Inference_GRPCInferenceService.descriptor.fullyQualifiedService { return repository.isReady }
        guard let entry = repository.index.first(where: { $0.name == service }) else {
            throw RPCError(code: .notFound, message: "there is no service or model '\(service.prefix(128))'")
        }
        return entry.state == .ready
    }
}
#endif
