/// Writes JSON into bytes that grow, in the forms that MLflow's clients read: integers of 64 bits as numbers, doubles as Python
/// writes them, and what is not finite as a text.
struct JSONOutput {
    private(set) var bytes: [UInt8] = []
    /// Whether the object or array that is being written has a member already.
    private var needsComma = false
    /// Numbers take less.
    private static let numberSizeMaxBytes = 64

    /// - Parameter sizeBytes: what is expected to be written.
    init(sizeBytes: Int = 256) { bytes.reserveCapacity(sizeBytes) }

    // MARK: Structure

    mutating func object(_ members: (inout JSONOutput) throws -> Void) rethrows {
        separate()
        try enclosed(UInt8(ascii: "{"), UInt8(ascii: "}"), members)
    }

    mutating func array<Elements: Sequence>(_ elements: Elements, _ element: (inout JSONOutput, Elements.Element) throws -> Void) rethrows {
        separate()
        try enclosed(UInt8(ascii: "["), UInt8(ascii: "]")) { output in for item in elements { try element(&output, item) } }
    }

    private mutating func enclosed(_ open: UInt8, _ close: UInt8, _ body: (inout JSONOutput) throws -> Void) rethrows {
        bytes.append(open)
        needsComma = false
        try body(&self)
        bytes.append(close)
        needsComma = true
    }

    @inline(__always) private mutating func separate() {
        if needsComma { bytes.append(UInt8(ascii: ",")) }
    }

    /// Writes the name of a member, whose value comes next. The name needs no escapes.
    @inline(__always) mutating func name(_ name: StaticString) {
        separate()
        bytes.append(UInt8(ascii: "\""))
        name.withUTF8Buffer { bytes.append(contentsOf: $0) }
        bytes.append(UInt8(ascii: "\""))
        bytes.append(UInt8(ascii: ":"))
        needsComma = false
    }

    // MARK: Members

    mutating func member(_ name: StaticString, _ text: String) {
        self.name(name)
        write(text)
    }

    mutating func member(_ name: StaticString, _ integer: Int64) {
        self.name(name)
        write(integer)
    }

    mutating func member(_ name: StaticString, _ number: Double) {
        self.name(name)
        write(number)
    }

    /// Leaves the member out where there are no elements.
    mutating func member<Element>(_ name: StaticString, list: [Element], _ element: (inout JSONOutput, Element) throws -> Void) rethrows {
        guard !list.isEmpty else { return }
        self.name(name)
        try array(list, element)
    }

    // MARK: Values

    mutating func write(_ text: String) {
        separate()
        var text = text
        text.withUTF8 { quote($0) }
        needsComma = true
    }

    mutating func write(_ boolean: Bool) {
        separate()
        bytes.append(contentsOf: (boolean ? "true" : "false").utf8)
        needsComma = true
    }

    mutating func write(_ integer: Int64) {
        separate()
        digits { $0.write(integer) }
        needsComma = true
    }

    /// Writes a number as Python does: with a point from 10⁻⁴ on and below 10¹⁶, else with an exponent of two digits at least.
    mutating func write(_ number: Double) {
        separate()
        defer { needsComma = true }
        guard number.isFinite else { return quote((number.isNaN ? "NaN" : number < 0 ? "-Infinity" : "Infinity").utf8.map { $0 }) }
        let magnitude = number.magnitude
        // Beyond those Swift's own text is Python's.
        guard magnitude == 0 || (magnitude >= 1e-4 && magnitude < 1e16) else { return bytes.append(contentsOf: number.description.utf8) }
        digits { $0.write(number) }
    }

    private mutating func digits(_ write: (inout JSONWriter) -> Void) {
        withUnsafeTemporaryAllocation(byteCount: Self.numberSizeMaxBytes + JSONWriter.slackSizeBytes, alignment: 8) { buffer in
            var writer = JSONWriter(buffer)
            write(&writer)
            bytes.append(contentsOf: UnsafeRawBufferPointer(rebasing: buffer[..<writer.count]))
        }
    }

    private mutating func quote(_ text: some Collection<UInt8>) {
        bytes.append(UInt8(ascii: "\""))
        if text.allSatisfy(Self.isPlain) { bytes.append(contentsOf: text) } else { escape(text) }
        bytes.append(UInt8(ascii: "\""))
    }

    @inline(__always) private static func isPlain(_ byte: UInt8) -> Bool {
        byte >= 0x20 && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\")
    }

    @inline(never) private mutating func escape(_ text: some Collection<UInt8>) {
        for byte in text {
            switch byte {
            case UInt8(ascii: "\n"): bytes.append(contentsOf: "\\n".utf8)
            case UInt8(ascii: "\r"): bytes.append(contentsOf: "\\r".utf8)
            case UInt8(ascii: "\t"): bytes.append(contentsOf: "\\t".utf8)
            case 0..<0x10: bytes.append(contentsOf: "\\u000\(String(byte, radix: 16))".utf8)
            case 0x10..<0x20: bytes.append(contentsOf: "\\u00\(String(byte, radix: 16))".utf8)
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes += [UInt8(ascii: "\\"), byte]
            default: bytes.append(byte)
            }
        }
    }
}
