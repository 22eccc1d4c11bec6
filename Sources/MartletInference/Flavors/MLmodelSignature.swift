import Foundation
package import MartletCore

/// What a model takes and gives, as MLflow's signature in `MLmodel` says it.
package struct MLmodelSignature: Sendable, Equatable {
    /// The most columns or tensors of one side.
    static let countMax = 1 << 14

    package var inputs: Schema?
    package var outputs: Schema?

    /// One side of a signature.
    package enum Schema: Sendable, Equatable {
        /// A data frame.
        case columns([Column])
        case tensors([TensorType])
    }

    /// One column of a data frame.
    package struct Column: Sendable, Equatable {
        /// `nil` where columns have no names.
        package var name: String?
        package var type: ColumnType
        package var isRequired = true
    }

    /// What is in a column, by MLflow's names.
    package enum ColumnType: String, Sendable {
        case boolean, integer, long, float, double, string, binary, datetime
        /// Lists, objects, maps and anything else: cells are JSON.
        case json

        package var isNumeric: Bool { [.boolean, .integer, .long, .float, .double].contains(self) }

        /// The datatype of a tensor that holds the column.
        package var datatype: TensorDatatype {
            switch self {
            case .boolean: .bool
            case .integer: .int32
            case .long: .int64
            case .float: .float32
            case .double: .float64
            case .string, .binary, .datetime, .json: .bytes
            }
        }
    }

    /// One tensor.
    package struct TensorType: Sendable, Equatable {
        /// `nil` for the only one.
        package var name: String?
        /// NumPy's name of the datatype.
        package var type: String
        package var shape: [Int]

        /// The datatype that holds it; byte strings for texts and objects.
        package var datatype: TensorDatatype { Self.datatypes[type] ?? .bytes }

        private static let datatypes: [String: TensorDatatype] = [
            "bool": .bool, "uint8": .uint8, "uint16": .uint16, "uint32": .uint32, "uint64": .uint64, "int8": .int8, "int16": .int16,
            "int32": .int32, "int64": .int64, "float16": .float16, "float32": .float32, "float64": .float64,
        ]
    }
}

// MARK: - Reading

extension MLmodelSignature {
    /// Reads a mapping whose values are texts of JSON; what is wrong is reported at its place.
    init?(_ node: SpecificationNode) {
        guard node.isMapping else {
            node.report("expected a mapping with inputs and outputs, found something else")
            return nil
        }
        for (key, value) in node.members where key == "inputs" || key == "outputs" {
            guard !value.isNull, let text = value.text else { continue }
            do {
                let schema = try Self.schema(JSONValue(parsing: text, as: "its JSON"))
                if key == "inputs" { inputs = schema } else { outputs = schema }
            } catch {
                value.report("expected a schema of columns or tensors: \(error)")
            }
        }
    }

    /// - Throws: `invalidInput`.
    private static func schema(_ value: JSONValue) throws -> Schema? {
        // `null` comes of models without outputs.
        if value == .null { return nil }
        guard let entries = value.array, (1...countMax).contains(entries.count) else {
            throw refusal("expected a list of 1 to \(countMax) entries, found \(value.array.map { "\($0.count)" } ?? value.kind)")
        }
        let isTensors = entries.contains { $0["type"]?.string == "tensor" }
        let schema: Schema = isTensors ? .tensors(try entries.map(tensor)) : .columns(try entries.map(column))
        try check(schema.names)
        return schema
    }

    private static func check(_ names: [String?]) throws {
        let known = names.compactMap(\.self)
        guard Set(known).count == known.count else { throw refusal("expected each name once") }
        guard known.isEmpty || known.count == names.count else { throw refusal("expected a name for each entry or for none") }
    }

    private static func column(_ entry: JSONValue) throws -> Column {
        guard let type = entry["type"]?.string else { throw refusal("expected a type for each column") }
        let isRequired = entry["required"] != .boolean(false) && entry["optional"] != .boolean(true)
        return Column(name: name(entry), type: ColumnType(rawValue: type) ?? .json, isRequired: isRequired)
    }

    private static func tensor(_ entry: JSONValue) throws -> TensorType {
        guard let specification = entry["tensor-spec"], let type = specification["dtype"]?.string, let shape = specification["shape"]?.array
        else { throw refusal("expected tensors only, each with a dtype and a shape") }
        let sizes = try shape.map { size in
            guard let size = size.int, (-1...Int64(Int32.max)).contains(size) else {
                throw refusal("expected sizes of -1 to \(Int32.max) in a shape, found \(size.canonicalText.prefix(40))")
            }
            return Int(size)
        }
        return TensorType(name: name(entry), type: type, shape: sizes)
    }

    private static func name(_ entry: JSONValue) -> String? {
        if let name = entry["name"]?.string { return name }
        // Columns of pandas may be called by numbers.
        return entry["name"]?.int.map { "\($0)" }
    }

    private static func refusal(_ text: String) -> MartletError { MartletError(.invalidInput, text) }
}

extension MLmodelSignature.Schema {
    /// The names of the columns or tensors in their order.
    package var names: [String?] {
        switch self {
        case .columns(let columns): columns.map(\.name)
        case .tensors(let tensors): tensors.map(\.name)
        }
    }

    /// Whether everything in it is a number or a truth.
    package var isNumeric: Bool {
        switch self {
        case .columns(let columns): columns.allSatisfy(\.type.isNumeric)
        case .tensors(let tensors): tensors.allSatisfy { $0.datatype != .bytes }
        }
    }
}
