/// A named, dense array of one datatype, row-major.
///
/// Shape: any number of dimensions of 0 or more; the product is the number of elements. `nan` means missing in the floating-point types.
package struct Tensor: Sendable, Equatable {
    /// The tensor's name, unique within a request or an answer.
    package var name: String
    /// The size of each dimension; a batch's rows are the first.
    package var shape: [Int]
    /// The elements, row by row.
    package var elements: TensorElements

    /// Makes a tensor whose elements fill its shape.
    package init(name: String, shape: [Int], elements: TensorElements) {
        precondition(shape.reduce(1, *) == elements.count, "elements do not fill the shape")
        self.name = name
        self.shape = shape
        self.elements = elements
    }

    /// How the elements are kept.
    package var datatype: TensorDatatype { elements.datatype }
    /// The size of the first dimension; 1 where there is none.
    package var rowCount: Int { shape.first ?? 1 }
}

/// The elements of a tensor, each kind in an array of its own.
package enum TensorElements: Sendable, Equatable {
    case bool([Bool])
    case uint8([UInt8])
    case uint16([UInt16])
    case uint32([UInt32])
    case uint64([UInt64])
    case int8([Int8])
    case int16([Int16])
    case int32([Int32])
    case int64([Int64])
    /// Half-precision numbers as their bits: no processor that Martlet runs on must have the type.
    case float16([UInt16])
    /// Brain floating-point numbers as their bits: the upper half of a `Float`.
    case bfloat16([UInt16])
    case float32([Float])
    case float64([Double])
    /// Byte strings; text is UTF-8.
    case bytes([[UInt8]])

    /// How many elements there are.
    package var count: Int {
        switch self {
        case .bool(let elements): elements.count
        case .uint8(let elements): elements.count
        case .uint16(let elements), .float16(let elements), .bfloat16(let elements): elements.count
        case .uint32(let elements): elements.count
        case .uint64(let elements): elements.count
        case .int8(let elements): elements.count
        case .int16(let elements): elements.count
        case .int32(let elements): elements.count
        case .int64(let elements): elements.count
        case .float32(let elements): elements.count
        case .float64(let elements): elements.count
        case .bytes(let elements): elements.count
        }
    }

    /// How the elements are kept.
    package var datatype: TensorDatatype {
        switch self {
        case .bool: .bool
        case .uint8: .uint8
        case .uint16: .uint16
        case .uint32: .uint32
        case .uint64: .uint64
        case .int8: .int8
        case .int16: .int16
        case .int32: .int32
        case .int64: .int64
        case .float16: .float16
        case .bfloat16: .bfloat16
        case .float32: .float32
        case .float64: .float64
        case .bytes: .bytes
        }
    }
}

/// The datatypes of the Open Inference Protocol, by their names there.
package enum TensorDatatype: String, Sendable, CaseIterable {
    case bool = "BOOL"
    case uint8 = "UINT8"
    case uint16 = "UINT16"
    case uint32 = "UINT32"
    case uint64 = "UINT64"
    case int8 = "INT8"
    case int16 = "INT16"
    case int32 = "INT32"
    case int64 = "INT64"
    case float16 = "FP16"
    case bfloat16 = "BF16"
    case float32 = "FP32"
    case float64 = "FP64"
    case bytes = "BYTES"

    /// The bytes of one element; `nil` for byte strings, which differ in length.
    package var sizeBytes: Int? {
        switch self {
        case .bool, .uint8, .int8: 1
        case .uint16, .int16, .float16, .bfloat16: 2
        case .uint32, .int32, .float32: 4
        case .uint64, .int64, .float64: 8
        case .bytes: nil
        }
    }
}
