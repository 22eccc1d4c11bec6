/// Universal Binary JSON (draft 12) as XGBoost writes it: big-endian, lengths as 64-bit numbers (`L`), arrays of one type (`[$d#L`).
struct UBJSONDocumentReader: DocumentReader {
    private let bytes: UnsafeBufferPointer<UInt8>
    private var position = 0
    private var depth = 0

    init(_ bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

    // MARK: Structure

    mutating func object(_ member: (inout Self, String) throws -> Void) throws {
        try expect("{")
        try nest()
        var names: Set<String> = []
        while !take("}") {
            let name = try text()
            guard names.insert(name).inserted else { throw fault("expected each name once, found '\(name.prefix(40))' twice") }
            try member(&self, name)
        }
        depth -= 1
    }

    mutating func array(_ element: (inout Self) throws -> Void) throws {
        try expect("[")
        try nest()
        if take("#") {
            // An element takes a byte at least.
            for _ in 0..<(try length(elementSizeBytes: 1)) { try element(&self) }
        } else {
            guard peek != UInt8(ascii: "$") else { throw fault("expected an array of values, not of one type") }
            while !take("]") { try element(&self) }
        }
        depth -= 1
    }

    private mutating func nest() throws {
        depth += 1
        guard depth <= DocumentLimit.depthMax else { throw fault("expected at most \(DocumentLimit.depthMax) levels of nesting") }
    }

    mutating func end() throws { guard position == bytes.count else { throw fault("expected the end") } }

    // MARK: Values

    mutating func string() throws -> String {
        try expect("S")
        return try text()
    }

    mutating func integer() throws -> Int {
        guard case .integer(let value) = try number() else { throw fault("expected a whole number") }
        return value
    }

    mutating func integers() throws -> [Int] {
        try numbers { value, reader in
            guard case .integer(let integer) = value else { throw reader.fault("expected whole numbers") }
            return integer
        }
    }

    mutating func floats() throws -> [Float] {
        try numbers { value, _ in
            switch value {
            case .integer(let integer): Float(integer)
            case .float(let float): float
            }
        }
    }

    private enum Number {
        case integer(Int)
        case float(Float)
    }

    private mutating func numbers<Element>(_ convert: (Number, Self) throws -> Element) throws -> [Element] {
        var elements: [Element] = []
        guard position + 1 < bytes.count, bytes[position] == UInt8(ascii: "["), bytes[position + 1] == UInt8(ascii: "$") else {
            try array { elements.append(try convert(try $0.number(), $0)) }
            return elements
        }
        let (type, count) = try typedArrayStart()
        elements.reserveCapacity(count)
        for _ in 0..<count { elements.append(try convert(try number(of: type), self)) }
        return elements
    }

    private mutating func typedArrayStart() throws -> (type: UInt8, count: Int) {
        position += 2
        guard let type = peek, let size = Self.sizeBytes(of: type) else { throw fault("expected the type of an array's numbers") }
        position += 1
        try expect("#")
        return (type, try length(elementSizeBytes: size))
    }

    private mutating func number() throws -> Number {
        guard let type = peek else { throw fault("expected a number") }
        position += 1
        switch type {
        case UInt8(ascii: "T"): return .integer(1)
        case UInt8(ascii: "F"): return .integer(0)
        default: return try number(of: type)
        }
    }

    private static func sizeBytes(of type: UInt8) -> Int? {
        switch type {
        case UInt8(ascii: "i"), UInt8(ascii: "U"), UInt8(ascii: "C"): 1
        case UInt8(ascii: "I"): 2
        case UInt8(ascii: "l"), UInt8(ascii: "d"): 4
        case UInt8(ascii: "L"), UInt8(ascii: "D"): 8
        default: nil
        }
    }

    private mutating func number(of type: UInt8) throws -> Number {
        guard let size = Self.sizeBytes(of: type), bytes.count - position >= size else { throw fault("expected a number") }
        var bits: UInt64 = 0
        for index in position..<position + size { bits = bits << 8 | UInt64(bytes[index]) }
        position += size
        return switch type {
        case UInt8(ascii: "i"), UInt8(ascii: "C"): .integer(Int(Int8(truncatingIfNeeded: bits)))
        case UInt8(ascii: "I"): .integer(Int(Int16(truncatingIfNeeded: bits)))
        case UInt8(ascii: "l"): .integer(Int(Int32(truncatingIfNeeded: bits)))
        case UInt8(ascii: "d"): .float(Float(bitPattern: UInt32(truncatingIfNeeded: bits)))
        case UInt8(ascii: "D"): .float(Float(Double(bitPattern: bits)))
        default: .integer(Int(truncatingIfNeeded: bits))
        }
    }

    /// A length with its type, which must be `L`; no more than the bytes that are left can hold.
    private mutating func length(elementSizeBytes: Int) throws -> Int {
        guard peek == UInt8(ascii: "L"), case .integer(let length) = try number() else { throw fault("expected a length of type 'L'") }
        guard length >= 0, length <= (bytes.count - position) / elementSizeBytes else {
            throw fault("expected a length that fits into the \(bytes.count - position) bytes left, found \(length)")
        }
        return length
    }

    private mutating func text() throws -> String {
        let length = try length(elementSizeBytes: 1)
        guard let text = String(validating: bytes[position..<position + length], as: UTF8.self) else {
            throw fault("expected UTF-8 in a text")
        }
        position += length
        return text
    }

    // MARK: Passing over

    mutating func skip() throws {
        guard let type = peek else { throw fault("expected a value") }
        switch type {
        case UInt8(ascii: "{"): try object { reader, _ in try reader.skip() }
        case UInt8(ascii: "["): try skipArray()
        case UInt8(ascii: "S"): _ = try string()
        case UInt8(ascii: "Z"): position += 1
        default: _ = try number()
        }
    }

    private mutating func skipArray() throws {
        guard position + 1 < bytes.count, bytes[position + 1] == UInt8(ascii: "$") else { return try array { try $0.skip() } }
        let (type, count) = try typedArrayStart()
        position += count * (Self.sizeBytes(of: type) ?? 0)
    }

    // MARK: Bytes

    private var peek: UInt8? { position < bytes.count ? bytes[position] : nil }

    private mutating func take(_ scalar: Unicode.Scalar) -> Bool {
        guard peek == UInt8(ascii: scalar) else { return false }
        position += 1
        return true
    }

    private mutating func expect(_ scalar: Unicode.Scalar) throws { guard take(scalar) else { throw fault("expected '\(scalar)'") } }

    private func fault(_ expected: String) -> ForestFault {
        let found = peek.map { "byte value \($0)" } ?? "the end"
        return ForestFault.damaged(place: "byte \(position)", expected.contains("found") ? expected : "\(expected), found \(found)")
    }
}
