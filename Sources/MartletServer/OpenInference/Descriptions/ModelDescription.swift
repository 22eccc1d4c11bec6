package import MartletCore

/// What a server says of a model.
package struct ModelDescription: Sendable {
    package var name: String
    /// The versions that are ready.
    package var versions: [String]
    package var signature: TensorSignature

    /// Makes a description.
    package init(name: String, versions: [String], signature: TensorSignature) {
        self.name = name
        self.versions = versions
        self.signature = signature
    }

    /// The body of `GET /v2/models/{model}`.
    package var metadata: JSONValue {
        [
            "name": .string(name), "versions": .array(versions.map(JSONValue.string)), "platform": .string(signature.platform),
            "inputs": .array(signature.inputs.map(Self.metadata)), "outputs": .array(signature.outputs.map(Self.metadata)),
        ]
    }

    private static func metadata(_ entry: TensorSignature.Entry) -> JSONValue {
        ["name": .string(entry.name), "datatype": .string(entry.datatype.rawValue), "shape": sizes(entry.shape)]
    }

    /// The body of `GET /v2/models/{model}/ready`.
    package func readiness(isReady: Bool) -> JSONValue { ["name": .string(name), "live": true, "ready": .boolean(isReady)] }

    /// The body of `GET /v2/models/{model}/config`: Triton's `ModelConfig`, as far as it says something here.
    /// - Parameters:
    ///   - batchSizeMax: the most rows of one run, which Triton's clients send at most; without meaning where rows depend on one
    ///     another.
    ///   - isBatching: whether requests are answered together.
    package func configuration(batchSizeMax: Int, isBatching: Bool) -> JSONValue {
        let hasRows = signature.hasIndependentRows && (signature.inputs + signature.outputs).allSatisfy { $0.shape.first == -1 }
        var members: [String: JSONValue] = [
            "name": .string(name), "platform": .string(signature.platform), "backend": "martlet",
            "version_policy": ["latest": ["num_versions": 1]], "max_batch_size": .integer(hasRows ? Int64(batchSizeMax) : 0),
            "input": .array(signature.inputs.map { Self.configuration($0, hasRows: hasRows) }),
            "output": .array(signature.outputs.map { Self.configuration($0, hasRows: hasRows) }),
            "instance_group": [["name": .string(name), "kind": "KIND_CPU", "count": 1]],
        ]
        if isBatching, hasRows { members["dynamic_batching"] = [:] }
        return .object(members)
    }

    /// Dimensions come without the rows; Triton has none of rank 0, so one number a row is a vector of 1 that is reshaped.
    private static func configuration(_ entry: TensorSignature.Entry, hasRows: Bool) -> JSONValue {
        let dimensions = hasRows ? Array(entry.shape.dropFirst()) : entry.shape
        var members: [String: JSONValue] = [
            "name": .string(entry.name), "data_type": .string(tritonName(entry.datatype)), "dims": sizes(dimensions),
        ]
        if dimensions.isEmpty {
            members["dims"] = [1]
            members["reshape"] = ["shape": []]
        }
        return .object(members)
    }

    private static func sizes(_ shape: [Int]) -> JSONValue { .array(shape.map { .integer(Int64($0)) }) }

    /// Triton calls byte strings strings.
    private static func tritonName(_ datatype: TensorDatatype) -> String {
        datatype == .bytes ? "TYPE_STRING" : "TYPE_\(datatype.rawValue)"
    }
}
