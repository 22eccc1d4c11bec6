#if GRPC
import GRPCCore
import MartletCore
import MartletInference
import MartletServer
import SwiftProtobuf

/// Answers inference requests of one call.
struct InferenceCall {
    let fronts: ModelFronts
    let configuration: GRPCServerConfiguration
    let life: ServerLife
    let deadline: CallDeadline
    /// Tells when the client goes away, or its deadline passes.
    let cancellation: ServerContext.RPCCancellationHandle

    /// The response to a request. The model's statistics count it.
    func answer(_ message: Inference_ModelInferRequest) async throws -> Inference_ModelInferResponse {
        try life.begin()
        defer { life.end() }
        let front = try fronts.front(message.modelName, version: try ModelVersion.number(message.modelVersion))
        var timing = front.begin()
        do {
            let request = try InferMessageReader(message: message, limits: configuration.requestLimits).request()
            let inputs = try front.check.inputs(of: request)
            timing.read = ModelFront.now
            let outputs = try await predict(inputs, request, front.served)
            timing.predicted = ModelFront.now
            let answer = try Inference_ModelInferResponse(outputs, of: front, to: request)
            front.answered(timing, rows: inputs.first?.rowCount ?? 1)
            return answer
        } catch {
            throw front.failed(error, timing)
        }
    }

    /// The response to a request of a stream, where an error is a response too.
    func streamAnswer(_ message: Inference_ModelInferRequest) async -> Inference_ModelStreamInferResponse {
        var response = Inference_ModelStreamInferResponse()
        do {
            response.inferResponse = try await answer(message)
        } catch {
            response.errorMessage = configuration.told(error, by: "ModelStreamInfer", request: message.id).message
            response.inferResponse.modelName = message.modelName
            response.inferResponse.modelVersion = message.modelVersion
            response.inferResponse.id = message.id
        }
        // Each request has one response, so each is the last of its own.
        response.inferResponse.parameters["triton_final_response"] = .with { $0.boolParam = true }
        return response
    }

    private func predict(_ inputs: [Tensor], _ request: InferRequest, _ served: ServedModel) async throws -> [Tensor] {
        if let outputs = try served.predictDirectly(inputs) { return outputs }
        let timeout = [request.timeout, deadline.remaining].compactMap(\.self).min()
        return try await withThrowingTaskGroup(of: [Tensor].self) { group in
            group.addTask { try await served.predict(inputs, priority: request.batchPriority, timeout: timeout) }
            group.addTask { try await leave() }
            defer { group.cancelAll() }
            // Whichever ends first: the answer, or the client's patience.
            guard let outputs = try await group.next() else { throw CancellationError() }
            return outputs
        }
    }

    /// Throws when the client has gone away. A server that stops tells its calls the same, which finish nevertheless.
    private func leave() async throws -> Never {
        try await cancellation.cancelled
        while life.isDraining, !deadline.isOver { try await Task.sleep(for: deadline.remaining ?? .seconds(3_600)) }
        guard !deadline.isOver else {
            throw MartletError(.expired, "the call's deadline passed before it was answered; allow more time or send fewer at once")
        }
        throw CancellationError()
    }
}
#endif
