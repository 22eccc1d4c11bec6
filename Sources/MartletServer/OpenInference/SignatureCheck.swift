package import MartletCore

/// Lets requests pass to a model that they fit, and says of the others what does not.
package struct SignatureCheck: Sendable {
    /// What the model takes and gives.
    package let signature: TensorSignature
    private let positions: [String: Int]
    private let columns: ColumnJoin?

    /// Makes a check; it is meant to be kept as long as the model.
    package init(_ signature: TensorSignature) {
        self.signature = signature
        positions = Dictionary(signature.inputs.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first })
        columns = ColumnJoin(signature)
    }

    /// The inputs for the model, in the signature's order; columns that came one by one are joined where it names features.
    /// - Throws: `invalidInput` where inputs or requested outputs are unknown, missing or of another shape or datatype.
    package func inputs(of request: InferRequest) throws -> [Tensor] {
        try checkOutputs(request.outputs)
        let inputs = try arranged(request.inputs)
        for (input, entry) in zip(inputs, signature.inputs) { try check(input, entry) }
        if signature.hasIndependentRows { try checkRows(inputs) }
        return inputs
    }

    // MARK: Inputs

    private func arranged(_ tensors: [Tensor]) throws -> [Tensor] {
        if tensors.count == 1, tensors[0].name == signature.inputs.first?.name { return try ordered(tensors) }
        if let columns, tensors.contains(where: { columns.has($0.name) }) { return [try columns.joined(tensors)] }
        return try ordered(tensors)
    }

    private func ordered(_ tensors: [Tensor]) throws -> [Tensor] {
        var found = [Tensor?](repeating: nil, count: signature.inputs.count)
        for tensor in tensors {
            guard let position = positions[tensor.name] else { throw unknownInput(tensor.name) }
            guard found[position] == nil else { throw Self.refusal(tensor.name, "expected once, found twice") }
            found[position] = tensor
        }
        return try zip(found, signature.inputs).map { tensor, entry in
            guard let tensor else { throw Self.refusal(entry.name, "expected \(Self.wording(entry)), found none") }
            return tensor
        }
    }

    private func check(_ input: Tensor, _ entry: TensorSignature.Entry) throws {
        guard input.datatype == entry.datatype || entry.alternatives.contains(input.datatype) else {
            throw Self.refusal(entry.name, "expected \(Self.wording(entry)), found \(input.datatype.rawValue)")
        }
        let fits = input.shape.count == entry.shape.count && zip(input.shape, entry.shape).allSatisfy { $1 == -1 || $0 == $1 }
        guard fits else { throw Self.refusal(entry.name, "expected \(Self.wording(entry)), where -1 is free, found shape \(input.shape)") }
    }

    private func checkRows(_ inputs: [Tensor]) throws {
        guard let first = inputs.first else { return }
        for input in inputs {
            guard input.rowCount > 0 else { throw Self.refusal(input.name, "expected at least one row, found none") }
            guard input.rowCount == first.rowCount else {
                throw Self.refusal(input.name, "expected \(first.rowCount) rows like input '\(first.name)', found \(input.rowCount)")
            }
        }
    }

    private func unknownInput(_ name: String) -> MartletError {
        let names = signature.inputs.map(\.name)
        return Self.unknown("input", name, among: names + (columns?.names ?? []), listed: names)
    }

    private static func wording(_ entry: TensorSignature.Entry) -> String {
        let datatypes = ([entry.datatype] + entry.alternatives).map(\.rawValue).joined(separator: " or ")
        return "\(datatypes) of shape \(entry.shape)"
    }

    static func refusal(_ input: String, _ reason: String) -> MartletError {
        MartletError(.invalidInput, "input '\(input.prefix(60))': \(reason)")
    }

    // MARK: Outputs

    private func checkOutputs(_ requested: [RequestedOutput]) throws {
        for output in requested {
            guard let entry = signature.outputs.first(where: { $0.name == output.name }) else {
                throw Self.unknownOutput(output.name, among: signature.outputs.map(\.name))
            }
            guard output.classCount == nil || (entry.datatype != .bytes && entry.datatype != .bool) else {
                throw Classification.refusal(entry.name, entry.datatype)
            }
        }
    }

    /// What is said of an output that a model does not have.
    static func unknownOutput(_ name: String, among names: [String]) -> MartletError {
        unknown("output", name, among: names, listed: names)
    }

    /// How many names are compared with a misspelled one.
    private static let hintNameCountMax = 512

    private static func unknown(_ kind: String, _ name: String, among names: [String], listed: [String]) -> MartletError {
        let name = String(name.prefix(60))
        let near = nearest(to: name, among: names.prefix(hintNameCountMax))
        let hint = near.map { "did you mean '\($0)'?" } ?? "it has \(listed.prefix(20).joined(separator: ", "))"
        return MartletError(.invalidInput, "the model has no \(kind) '\(name)'; \(hint)")
    }
}
