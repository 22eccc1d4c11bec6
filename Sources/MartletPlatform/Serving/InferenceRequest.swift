package import MartletCore

/// The tensors of an Open Inference Protocol request, as the model's features by name.
package struct InferenceRequest: Sendable {
    /// The most rows of one request.
    package static let rowCountMax = 100_000

    /// The client's identifier of the request.
    package let id: String?
    /// How many rows there are.
    package let count: Int
    /// The features' values.
    package let rows: [String: [Value]]

    /// Reads a request: one tensor of shape `[rows, features]`, or a tensor of shape `[rows]` or `[rows, 1]` for each feature.
    /// - Throws: `invalidInput`, naming the tensor, what was expected and what came.
    package init(_ body: JSONValue, card: ModelCard) throws {
        guard let inputs = body["inputs"]?.array, !inputs.isEmpty else {
            throw MartletError(.invalidInput, "expected 'inputs', a list of tensors, found \(body["inputs"]?.kind ?? "nothing")")
        }
        id = body["id"]?.string
        let tensors = try inputs.map(Tensor.init)
        if tensors.count == 1, tensors[0].shape.count == 2, tensors[0].shape[1] == card.features.count, card.features.count > 1 {
            (count, rows) = try Self.matrix(tensors[0], card)
        } else {
            (count, rows) = try Self.columns(tensors, card)
        }
        guard count <= Self.rowCountMax else {
            throw MartletError(.limitExceeded, "the request has \(count) rows, at most \(Self.rowCountMax) are answered; send several")
        }
        for name in card.features where card.categories[name] == nil { try Self.refuseTexts(name, rows[name] ?? []) }
    }

    /// A text would count as a missing value, which is not what its sender meant.
    private static func refuseTexts(_ name: String, _ values: [Value]) throws {
        for (row, value) in values.enumerated() {
            guard case .text(let text) = value else { continue }
            throw MartletError(.invalidInput, "input '\(name)': expected numbers, found '\(text.prefix(60))' in row \(row + 1)")
        }
    }

    private static func matrix(_ tensor: Tensor, _ card: ModelCard) throws -> (Int, [String: [Value]]) {
        let width = card.features.count
        let columns = card.features.enumerated().map { position, name in
            (name, stride(from: position, to: tensor.data.count, by: width).map { tensor.data[$0] })
        }
        return (tensor.shape[0], Dictionary(uniqueKeysWithValues: columns))
    }

    private static func columns(_ tensors: [Tensor], _ card: ModelCard) throws -> (Int, [String: [Value]]) {
        var rows: [String: [Value]] = [:]
        for tensor in tensors {
            guard card.features.contains(tensor.name) else {
                let hint = nearest(to: tensor.name, among: card.features).map { "; did you mean '\($0)'?" } ?? "."
                throw MartletError(
                    .invalidInput,
                    "model '\(card.name)' has no input '\(tensor.name)'\(hint) Expected one tensor of shape [rows, \(card.features.count)] "
                        + "or one for each of \(card.features.joined(separator: ", "))"
                )
            }
            guard tensor.shape.count == 1 || (tensor.shape.count == 2 && tensor.shape[1] == 1) else {
                throw MartletError(.invalidInput, "input '\(tensor.name)': expected the shape [rows] or [rows, 1], found \(tensor.shape)")
            }
            guard rows.updateValue(tensor.data, forKey: tensor.name) == nil else {
                throw MartletError(.invalidInput, "input '\(tensor.name)' stands in the request twice; remove one")
            }
        }
        let missing = card.features.filter { rows[$0] == nil }
        guard missing.isEmpty else {
            throw MartletError(
                .invalidInput, "the request lacks the inputs \(missing.joined(separator: ", ")); send null where a value is missing")
        }
        let counts = Set(rows.values.map(\.count))
        guard let count = counts.first, counts.count == 1 else {
            throw MartletError(.invalidInput, "the inputs differ in their number of rows: \(counts.sorted())")
        }
        return (count, rows)
    }

    /// The most bytes of one BYTES value: the name of a category, not a document.
    package static let textSizeMaxBytes = 256

    /// One tensor of a request.
    private struct Tensor {
        let name: String
        let shape: [Int]
        let data: [Value]

        init(_ json: JSONValue) throws {
            guard let name = json["name"]?.string else {
                throw MartletError(.invalidInput, "expected every input to have a 'name', found \(json["name"]?.kind ?? "none")")
            }
            guard let shape = json["shape"]?.array?.map({ $0.int ?? -1 }), shape.allSatisfy({ (0...1_000_000_000).contains($0) }),
                !shape.isEmpty
            else {
                throw MartletError(
                    .invalidInput,
                    "input '\(name)': expected a 'shape' of whole numbers, found \(json["shape"]?.canonicalText.prefix(60) ?? "none")")
            }
            guard let datatype = json["datatype"]?.string, let admits = Self.datatypes[datatype] else {
                throw MartletError(
                    .invalidInput,
                    "input '\(name)': expected a 'datatype' of \(Self.datatypes.keys.sorted().joined(separator: ", ")), found '\(json["datatype"]?.string ?? "none")'"
                )
            }
            guard let elements = json["data"]?.array else {
                throw MartletError(.invalidInput, "input '\(name)': expected 'data', a list, found \(json["data"]?.kind ?? "nothing")")
            }
            var data: [Value] = []
            try Self.flatten(elements, name, datatype, admits, &data, depth: 0)
            let expected = shape.reduce(1) { $0.multipliedReportingOverflow(by: Int($1)).partialValue }
            guard data.count == expected else {
                throw MartletError(.invalidInput, "input '\(name)': the shape \(shape) means \(expected) values, found \(data.count)")
            }
            self.name = name
            self.shape = shape.map(Int.init)
            self.data = data
        }

        private static let datatypes: [String: @Sendable (JSONValue) -> Bool] = {
            let number: @Sendable (JSONValue) -> Bool = { $0.double != nil || $0 == .null }
            let whole: @Sendable (JSONValue) -> Bool = { $0.int != nil }
            var types: [String: @Sendable (JSONValue) -> Bool] = ["FP16": number, "FP32": number, "FP64": number]
            for bits in [8, 16, 32, 64] {
                types["INT\(bits)"] = whole
                types["UINT\(bits)"] = whole
            }
            types["BOOL"] = { if case .boolean = $0 { true } else { false } }
            types["BYTES"] = { $0.string.map { $0.utf8.count <= textSizeMaxBytes } ?? false }
            return types
        }()

        private static func flatten(
            _ elements: [JSONValue], _ name: String, _ datatype: String, _ admits: (JSONValue) -> Bool, _ data: inout [Value], depth: Int
        ) throws {
            for element in elements {
                if case .array(let inner) = element, depth < 8 {
                    try flatten(inner, name, datatype, admits, &data, depth: depth + 1)
                } else if admits(element), let value = Value(element) {
                    data.append(value)
                } else {
                    throw MartletError(
                        .invalidInput,
                        "input '\(name)': expected \(datatype) values, found \(element.canonicalText.prefix(60)) at position \(data.count)")
                }
            }
        }
    }
}
