#if GRPC
import Foundation
import GRPCCore
import MartletCore
import MartletServer

/// Reads an inference request of gRPC into that of the protocol.
///
/// Refused as `invalidInput`: names twice, shapes that lie, sizes that do not add up, contents of another datatype, and both kinds of
/// contents at once.
struct InferMessageReader {
    let message: Inference_ModelInferRequest
    let limits: InferRequestDecoder.Limits

    /// The request.
    func request() throws -> InferRequest {
        try checkCounts()
        var request = InferRequest(id: message.id.isEmpty ? nil : message.id, wantsBinaryOutputs: true)
        request.inputs = try message.inputs.indices.map(tensor)
        request.outputs = try message.outputs.map(output)
        try checkNames(request.inputs.map(\.name), "input")
        try checkNames(request.outputs.map(\.name), "output")
        for (name, parameter) in message.parameters {
            switch name {
            case "priority": request.priority = try count(parameter, name)
            case "timeout": request.timeout = try count(parameter, name).map { .microseconds(Int64(clamping: $0)) }
            default: request.parameters[name] = try value(parameter, name)
            }
        }
        return request
    }

    private func refusal(_ reason: String) -> MartletError { MartletError(.invalidInput, "the inference request: \(reason)") }

    private func checkCounts() throws {
        guard !message.inputs.isEmpty else { throw refusal("expected at least one input, found none") }
        guard message.inputs.count <= limits.inputCountMax else {
            throw refusal("expected at most \(limits.inputCountMax) inputs, found \(message.inputs.count)")
        }
        guard message.outputs.count <= limits.outputCountMax else {
            throw refusal("expected at most \(limits.outputCountMax) outputs, found \(message.outputs.count)")
        }
        guard message.rawInputContents.isEmpty || message.rawInputContents.count == message.inputs.count else {
            throw refusal(
                "expected raw_input_contents for each of the \(message.inputs.count) inputs or for none, "
                    + "found \(message.rawInputContents.count)")
        }
    }

    private func checkNames(_ names: [String], _ kind: String) throws {
        if let index = names.firstIndex(of: "") { throw refusal("\(kind) \(index) has no name") }
        guard names.count > 1 else { return }
        var seen: Set<String> = []
        if let name = names.first(where: { !seen.insert($0).inserted }) {
            throw refusal("expected each \(kind) once, found '\(name.prefix(60))' twice")
        }
    }

    // MARK: Parameters

    /// A count; 0 stands for none.
    private func count(_ parameter: Inference_InferParameter, _ name: String) throws -> UInt64? {
        switch parameter.parameterChoice {
        case .uint64Param(let count): return count == 0 ? nil : count
        case .int64Param(let count) where count >= 0: return count == 0 ? nil : UInt64(count)
        default: throw refusal("parameter '\(name)': expected an integer of 0 or more")
        }
    }

    private func value(_ parameter: Inference_InferParameter, _ name: String) throws -> JSONValue {
        switch parameter.parameterChoice {
        case .boolParam(let value): return .boolean(value)
        case .int64Param(let value): return .integer(value)
        case .uint64Param(let value): return Int64(exactly: value).map(JSONValue.integer) ?? .number(Double(value))
        case .doubleParam(let value): return .number(value)
        case .stringParam(let value):
            guard value.utf8.count <= limits.parameterSizeMaxBytes else {
                throw refusal(
                    "parameter '\(name.prefix(60))': expected at most \(limits.parameterSizeMaxBytes) bytes, found \(value.utf8.count)")
            }
            return .string(value)
        case nil: return .null
        }
    }

    private func checkMemory(_ parameters: [String: Inference_InferParameter], _ tensor: String) throws {
        guard parameters["shared_memory_region"] != nil else { return }
        throw RPCError(code: .unimplemented, message: "\(tensor): tensors in shared memory are not taken; send them in the message")
    }

    // MARK: Tensors

    private func output(_ output: Inference_ModelInferRequest.InferRequestedOutputTensor) throws -> RequestedOutput {
        try checkMemory(output.parameters, "output '\(output.name.prefix(60))'")
        let classes = try output.parameters["classification"].flatMap { try count($0, "classification") }
        return RequestedOutput(output.name, isBinary: true, classCount: classes.map { Int(clamping: $0) })
    }

    private func tensor(at index: Int) throws -> Tensor {
        let input = message.inputs[index]
        try checkMemory(input.parameters, "input '\(input.name.prefix(60))'")
        let reader = try InputMessageReader(input, limits: limits)
        guard !message.rawInputContents.isEmpty else { return try reader.tensor() }
        return try reader.tensor(raw: message.rawInputContents[index])
    }
}
#endif
