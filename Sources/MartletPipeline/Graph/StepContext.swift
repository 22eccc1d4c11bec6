package import MartletCore

/// What a step reads of an input: one content, or those of several instances of a step that it joins.
package enum InputContent: Sendable, Equatable {
    case one(Digest)
    case many([StepPartition: Digest])

    /// As a part of a key.
    var keyPart: JSONValue {
        switch self {
        case .one(let digest): .string(digest.description)
        case .many(let parts): .object(Dictionary(uniqueKeysWithValues: parts.map { ($0.description, .string($1.description)) }))
        }
    }

    /// All digests.
    package var digests: [Digest] {
        switch self {
        case .one(let digest): [digest]
        case .many(let parts): Array(parts.values)
        }
    }
}

/// What a running step is given.
package struct StepContext: Sendable {
    /// Which step, and which instance of it.
    package let id: StepID
    /// The step's inputs, by name.
    package let inputs: [String: InputContent]
    /// The key that these inputs give.
    package let key: Digest
    /// Tells people how far the step is: a share in 0…1, or `nil` where it is not known, and a few words.
    package let report: @Sendable (Double?, String) -> Void

    /// The digest of an input. - Throws: `notFound`; `invalidInput` where it is those of several instances.
    package func input(_ name: String) throws -> Digest {
        switch inputs[name] {
        case .one(let digest): return digest
        case .many(let parts):
            throw MartletError(.invalidInput, "the input '\(name)' joins \(parts.count) instances, and this step reads one; fan it out too")
        case nil: throw MartletError(.notFound, "the step has no input '\(name)'")
        }
    }
}

/// What a step made.
package struct StepResult: Sendable {
    /// The digests of the outputs, by name.
    package let outputs: [String: Digest]
    /// Figures for people, kept with the execution.
    package let summary: JSONValue

    package init(outputs: [String: Digest], summary: JSONValue = [:]) {
        self.outputs = outputs
        self.summary = summary
    }
}
