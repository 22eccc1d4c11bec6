package import MartletCore

/// What a model answered to a request.
package struct InferResponse: Sendable, Equatable {
    /// The model's name.
    package var modelName: String
    /// The model's version; `nil` where it has none.
    package var modelVersion: String?
    /// All outputs of the model.
    package var outputs: [Tensor]
    /// Whether the first dimension of outputs is rows, each of which is classified by itself.
    package var hasIndependentRows: Bool
    /// What the server says beside the outputs.
    package var parameters: [String: JSONValue]

    /// Makes an answer.
    package init(
        modelName: String, modelVersion: String? = nil, outputs: [Tensor], hasIndependentRows: Bool = true,
        parameters: [String: JSONValue] = [:]
    ) {
        self.modelName = modelName
        self.modelVersion = modelVersion
        self.outputs = outputs
        self.hasIndependentRows = hasIndependentRows
        self.parameters = parameters
    }

    /// The outputs that a request asks for, in its order, as classes where it asks for them; all where it names none.
    /// - Throws: `invalidInput` where one does not exist, or has no classes.
    package func answered(_ request: InferRequest) throws -> [Tensor] {
        guard !request.outputs.isEmpty else { return outputs }
        return try request.outputs.map { requested in
            guard let output = outputs.first(where: { $0.name == requested.name }) else {
                throw SignatureCheck.unknownOutput(requested.name, among: outputs.map(\.name))
            }
            guard let count = requested.classCount else { return output }
            return try Classification(count: count, hasIndependentRows: hasIndependentRows).classes(of: output)
        }
    }
}

/// The body of an answer.
package struct InferResponseBody: Sendable, Equatable {
    /// JSON, and binary tensors after it.
    package let bytes: [UInt8]
    /// How many bytes are JSON, for the header `Inference-Header-Content-Length`; `nil` where all of them are.
    package let jsonSizeBytes: Int?

    /// The media type.
    package var contentType: String { jsonSizeBytes == nil ? "application/json" : "application/octet-stream" }
}
