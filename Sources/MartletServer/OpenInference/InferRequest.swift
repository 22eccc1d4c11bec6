package import MartletCore

/// A request of the Open Inference Protocol, as HTTP and gRPC both bring it.
package struct InferRequest: Sendable, Equatable {
    /// What the client calls the request; the answer repeats it.
    package var id: String?
    /// The input tensors, in the client's order, each name once.
    package var inputs: [Tensor]
    /// The outputs that are asked for, in that order; all of them where there are none.
    package var outputs: [RequestedOutput]
    /// Whether outputs that do not say otherwise are answered in binary form.
    package var wantsBinaryOutputs: Bool
    /// How urgent the request is: 1 is first; `nil` is the model's default.
    package var priority: UInt64?
    /// How long the answer may take; `nil` is the model's default.
    package var timeout: Duration?
    /// Any other parameters, such as `sequence_id`.
    package var parameters: [String: JSONValue]

    /// Makes a request.
    package init(
        id: String? = nil, inputs: [Tensor] = [], outputs: [RequestedOutput] = [], wantsBinaryOutputs: Bool = false,
        priority: UInt64? = nil, timeout: Duration? = nil, parameters: [String: JSONValue] = [:]
    ) {
        self.id = id
        self.inputs = inputs
        self.outputs = outputs
        self.wantsBinaryOutputs = wantsBinaryOutputs
        self.priority = priority
        self.timeout = timeout
        self.parameters = parameters
    }
}

/// An output that a request asks for.
package struct RequestedOutput: Sendable, Equatable {
    /// The output's name.
    package var name: String
    /// Whether it is answered in binary form; `nil` leaves it to the request.
    package var isBinary: Bool?
    /// How many classes are answered in place of the numbers, the largest first; `nil` for the numbers.
    package var classCount: Int?

    /// Makes a requested output.
    package init(_ name: String, isBinary: Bool? = nil, classCount: Int? = nil) {
        self.name = name
        self.isBinary = isBinary
        self.classCount = classCount
    }
}
