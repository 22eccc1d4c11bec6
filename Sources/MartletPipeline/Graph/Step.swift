package import MartletCore

/// One piece of work: what it is made of, and what makes its outputs.
package struct Step: Sendable {
    /// Where an input comes from.
    package enum Input: Sendable {
        /// Something outside the graph, by its digest: a file, a contract.
        case external(Digest)
        /// An output of an earlier step.
        case output(step: String, name: String)
    }

    /// The step's name, unique in its graph, such as `train demand`.
    package let name: String
    /// The version of the step's implementation; raise it whenever the same inputs would give other outputs.
    package let code: String
    /// What the step reads, by name.
    package let inputs: [String: Input]
    /// The parameters that change its outputs.
    package let parameters: JSONValue
    /// The engines and their versions that change its outputs.
    package let environment: JSONValue
    /// The work itself.
    package let action: @Sendable (StepContext) async throws -> StepResult

    package init(
        name: String, code: String, inputs: [String: Input], parameters: JSONValue, environment: JSONValue,
        action: @escaping @Sendable (StepContext) async throws -> StepResult
    ) {
        self.name = name
        self.code = code
        self.inputs = inputs
        self.parameters = parameters
        self.environment = environment
        self.action = action
    }
}

/// What a running step is given.
package struct StepContext: Sendable {
    /// The digests of the step's inputs, by name.
    package let inputs: [String: Digest]
    /// The key that these inputs give.
    package let key: Digest
    /// Tells people how far the step is: a share in 0…1, or `nil` where it is not known, and a few words.
    package let report: @Sendable (Double?, String) -> Void

    /// The digest of an input. - Throws: `notFound`.
    package func input(_ name: String) throws -> Digest {
        guard let digest = inputs[name] else { throw MartletError(.notFound, "the step has no input '\(name)'") }
        return digest
    }
}

/// What a step made.
package struct StepResult: Sendable {
    /// The digests of the outputs' blobs, by name.
    package let outputs: [String: Digest]
    /// Figures for people, kept with the execution.
    package let summary: JSONValue

    package init(outputs: [String: Digest], summary: JSONValue = [:]) {
        self.outputs = outputs
        self.summary = summary
    }
}
