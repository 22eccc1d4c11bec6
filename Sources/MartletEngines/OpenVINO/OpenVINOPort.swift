import CEngines.OpenVINO
package import MartletCore

/// One input or output of a model.
package struct OpenVINOPort: Sendable, Equatable {
    package let name: String
    package let datatype: TensorDatatype
    /// The sizes that each dimension may have; `0...Int.max` where any will do.
    package let dimensions: [ClosedRange<Int>]

    /// The dimensions as a signature has them: -1 where more than one size will do.
    package var shape: [Int] { dimensions.map { $0.lowerBound == $0.upperBound ? $0.lowerBound : -1 } }

    /// Refuses a tensor that does not fit. - Throws: `invalidInput`, with the input, what it expects and what came.
    package func check(_ tensor: Tensor) throws {
        guard tensor.datatype == datatype else {
            throw refusal("expected \(datatype.rawValue), found \(tensor.datatype.rawValue); convert it")
        }
        let fits = tensor.shape.count == dimensions.count && zip(tensor.shape, dimensions).allSatisfy { $1.contains($0) }
        guard fits else {
            throw refusal("expected shape \(shapeText), found \(tensor.shape)")
        }
        guard !tensor.shape.contains(0) else {
            throw refusal("its shape \(tensor.shape) holds no element; send at least one")
        }
    }

    private var shapeText: String {
        let sizes = dimensions.map { sizes in
            if sizes.lowerBound == sizes.upperBound { return "\(sizes.lowerBound)" }
            return sizes == 0...Int.max ? "any" : "\(sizes.lowerBound) to \(sizes.upperBound)"
        }
        return "[\(sizes.joined(separator: ", "))]"
    }

    private func refusal(_ reason: String) -> MartletError { MartletError(.invalidInput, "input '\(name)': \(reason)") }
}

extension OpenVINOPort {
    /// Reads a port of a compiled model, which tells one of its names; one that was never named is called otherwise.
    init(_ library: OpenVINOLibrary, port: OpaquePointer, otherwise: String) throws {
        let functions = library.functions
        var text: UnsafeMutablePointer<CChar>?
        guard functions.ov_port_get_any_name(port, &text) == MARTLET_OPENVINO_OK.rawValue, let text else {
            try self.init(library, port: port, name: otherwise)
            return
        }
        defer { functions.ov_free(text) }
        try self.init(library, port: port, name: String(cString: text))
    }

    /// Reads a port of a compiled model. - Throws: `engine` where its type or number of dimensions is none that tensors have.
    init(_ library: OpenVINOLibrary, port: OpaquePointer, name: String) throws {
        self.name = name
        var type: UInt32 = 0
        try library.call("tell the type of '\(name)'") { library.functions.ov_port_get_element_type(port, &type) }
        guard let datatype = TensorDatatype(openVINO: type) else {
            throw MartletError(.engine, "'\(name)' has OpenVINO's type number \(type), which no tensor has; export the model with another")
        }
        guard datatype != .bytes else {
            throw MartletError(.engine, "'\(name)' is text; export the part of the model that works on numbers, and make those outside")
        }
        self.datatype = datatype
        dimensions = try Self.dimensions(library, port: port, name: name)
    }

    /// The sizes that each dimension of a port may have. - Throws: `engine` where their number is free.
    static func dimensions(_ library: OpenVINOLibrary, port: OpaquePointer, name: String) throws -> [ClosedRange<Int>] {
        var shape = martlet_openvino_partial_shape()
        try library.call("tell the shape of '\(name)'") { library.functions.ov_port_get_partial_shape(port, &shape) }
        defer { library.functions.ov_partial_shape_free(&shape) }
        guard shape.rank.min == shape.rank.max else {
            throw MartletError(.engine, "'\(name)' may have any number of dimensions; export the model with a fixed number")
        }
        return UnsafeBufferPointer(start: shape.dimensions, count: Int(shape.rank.max)).map { limits in
            let least = max(0, Int(limits.min))
            return least...(limits.max < 0 ? Int.max : max(least, Int(limits.max)))
        }
    }
}

extension TensorDatatype {
    /// OpenVINO's types by the datatypes' names.
    private static let openVINO: [UInt32: TensorDatatype] = [
        MARTLET_OPENVINO_TYPE_BOOLEAN.rawValue: .bool, MARTLET_OPENVINO_TYPE_BF16.rawValue: .bfloat16,
        MARTLET_OPENVINO_TYPE_F16.rawValue: .float16, MARTLET_OPENVINO_TYPE_F32.rawValue: .float32,
        MARTLET_OPENVINO_TYPE_F64.rawValue: .float64, MARTLET_OPENVINO_TYPE_I8.rawValue: .int8,
        MARTLET_OPENVINO_TYPE_I16.rawValue: .int16, MARTLET_OPENVINO_TYPE_I32.rawValue: .int32,
        MARTLET_OPENVINO_TYPE_I64.rawValue: .int64, MARTLET_OPENVINO_TYPE_U8.rawValue: .uint8,
        MARTLET_OPENVINO_TYPE_U16.rawValue: .uint16, MARTLET_OPENVINO_TYPE_U32.rawValue: .uint32,
        MARTLET_OPENVINO_TYPE_U64.rawValue: .uint64, MARTLET_OPENVINO_TYPE_STRING.rawValue: .bytes,
    ]

    /// The datatype of an element type; `nil` for those that no tensor has, such as 4-bit numbers.
    init?(openVINO type: UInt32) {
        guard let datatype = Self.openVINO[type] else { return nil }
        self = datatype
    }
}
