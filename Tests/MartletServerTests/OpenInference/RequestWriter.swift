import MartletCore

/// Writes requests the plain way, with any order of members, any nesting and white space that the protocol leaves open.
struct RequestWriter {
    var random: SplitMix64

    init(seed: UInt64) { random = SplitMix64(seed: seed) }

    /// A body and how many bytes of it are JSON, where not all are. - Parameter isBinary: which inputs follow the JSON.
    mutating func body(_ tensors: [Tensor], isBinary: (Int) -> Bool = { _ in false }) -> (bytes: [UInt8], jsonSize: Int?) {
        var binary: [UInt8] = []
        let inputs = tensors.enumerated().map { index, tensor in
            guard isBinary(index) else { return input(tensor, "\"data\"" + colon + data(tensor)) }
            let bytes = Self.binary(tensor.elements)
            binary += bytes
            return input(tensor, "\"parameters\":{\"binary_data_size\":\(bytes.count)}")
        }
        let json = Array("\(space){\"inputs\"\(colon)[\(inputs.joined(separator: comma))]}\(space)".utf8)
        return (json + binary, binary.isEmpty ? nil : json.count)
    }

    private mutating func input(_ tensor: Tensor, _ data: String) -> String {
        var members = [
            "\"name\"\(colon)\(JSONValue.string(tensor.name))", "\"datatype\"\(colon)\"\(tensor.datatype.rawValue)\"",
            "\"shape\"\(colon)[\(tensor.shape.map(String.init).joined(separator: comma))]", data,
        ]
        if random.index(below: 3) == 0 { members.shuffle(using: &random) }
        if random.index(below: 5) == 0 { members.append("\"content_type\":[{\"np\":null},1.5e3]") }
        return "{\(space)\(members.joined(separator: comma))\(space)}"
    }

    // MARK: Data

    private mutating func data(_ tensor: Tensor) -> String {
        let texts = Self.texts(tensor.elements)
        let isNested = random.next() & 1 == 1 && !texts.isEmpty
        return nested(texts[...], isNested ? tensor.shape[...] : [texts.count])
    }

    private mutating func nested(_ texts: ArraySlice<String>, _ shape: ArraySlice<Int>) -> String {
        guard shape.count > 1, let count = shape.first else { return "[\(space)\(texts.joined(separator: comma))\(space)]" }
        let size = texts.count / count
        let rows = (0..<count).map { row in
            nested(texts[texts.startIndex + row * size..<texts.startIndex + (row + 1) * size], shape.dropFirst())
        }
        return "[\(rows.joined(separator: comma))\(space)]"
    }

    private static func texts(_ elements: TensorElements) -> [String] {
        switch elements {
        case .bool(let elements): elements.map(String.init)
        case .uint8(let elements): elements.map(String.init)
        case .uint16(let elements): elements.map(String.init)
        case .uint32(let elements): elements.map(String.init)
        case .uint64(let elements): elements.map(String.init)
        case .int8(let elements): elements.map(String.init)
        case .int16(let elements): elements.map(String.init)
        case .int32(let elements): elements.map(String.init)
        case .int64(let elements): elements.map(String.init)
        case .float16(let elements): elements.map { text(halfFloat($0)) }
        case .bfloat16(let elements): elements.map { text(Double(Float(bitPattern: UInt32($0) << 16))) }
        // Half of them as Python writes them: as the double that they are.
        case .float32(let elements): elements.enumerated().map { $0 % 2 == 0 ? text($1) : text(Double($1)) }
        case .float64(let elements): elements.map(text)
        case .bytes(let elements): elements.map { JSONValue.string(String(decoding: $0, as: UTF8.self)).canonicalText }
        }
    }

    private static func text(_ number: some BinaryFloatingPoint & CustomStringConvertible) -> String {
        number.isNaN ? "null" : number.description
    }

    /// By the definition of the format (IEEE 754), one case after another.
    static func halfFloat(_ bits: UInt16) -> Double {
        let sign: Double = bits >> 15 == 1 ? -1 : 1
        let (exponent, significand) = (Int(bits >> 10) & 31, Double(bits & 1_023))
        switch exponent {
        case 31: return significand == 0 ? sign * .infinity : .nan
        case 0: return sign * significand * 0x1p-24
        default: return sign * Double(sign: .plus, exponent: exponent - 15, significand: 1 + significand / 1_024)
        }
    }

    // MARK: Binary

    /// The elements as the binary extension has them.
    static func binary(_ elements: TensorElements) -> [UInt8] {
        guard case .bytes(let strings) = elements else { return elements.exact.flatMap(\.self) }
        return strings.flatMap { string in withUnsafeBytes(of: UInt32(string.count).littleEndian) { Array($0) } + string }
    }

    // MARK: White space

    private var space: String {
        mutating get { random.index(below: 8) == 0 ? [" ", "\n", "\t ", "\r\n"][random.index(below: 4)] : "" }
    }
    private var comma: String { mutating get { space + "," + (random.next() & 1 == 0 ? " " : space) } }
    private var colon: String { mutating get { ":" + space } }
}
