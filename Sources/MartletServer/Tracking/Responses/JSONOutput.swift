/// Writes JSON into bytes that grow, in the forms that MLflow's clients read: integers of 64 bits as numbers, doubles as Python
/// writes them, and what is not finite as a text.
struct JSONOutput {
    private var storage: [UInt8]
    /// How much of the storage is written.
    private var count = 0
    /// Whether the object or array that is being written has a member already.
    private var needsComma = false

    /// - Parameter sizeBytes: what is expected to be written.
    init(sizeBytes: Int = 256) { storage = Array(repeating: 0, count: sizeBytes + JSONWriter.slackSizeBytes) }

    /// What was written.
    consuming func finished() -> [UInt8] {
        storage.removeLast(storage.count - count)
        return storage
    }

    /// Lends room for a number of bytes.
    @inline(__always) private mutating func write(sizeMaxBytes: Int, _ body: (inout JSONWriter) -> Void) {
        let end = count + sizeMaxBytes + JSONWriter.slackSizeBytes
        if end > storage.count { grow(to: end) }
        count += storage.withUnsafeMutableBytes { bytes in
            var writer = JSONWriter(UnsafeMutableRawBufferPointer(rebasing: bytes[count...]))
            body(&writer)
            return writer.count
        }
    }

    @inline(never) private mutating func grow(to sizeBytes: Int) {
        let more = max(sizeBytes, 2 * storage.count) - storage.count
        storage.append(contentsOf: repeatElement(0, count: more))
    }

    // MARK: Structure

    mutating func object(_ members: (inout JSONOutput) throws -> Void) rethrows {
        open(UInt8(ascii: "{"))
        try members(&self)
        close(UInt8(ascii: "}"))
    }

    mutating func array<Element>(_ elements: [Element], _ element: (inout JSONOutput, Element) throws -> Void) rethrows {
        open(UInt8(ascii: "["))
        for item in elements { try element(&self, item) }
        close(UInt8(ascii: "]"))
    }

    private mutating func open(_ bracket: UInt8) {
        value(sizeMaxBytes: 1) { $0.write(byte: bracket) }
        needsComma = false
    }

    private mutating func close(_ bracket: UInt8) {
        write(sizeMaxBytes: 1) { $0.write(byte: bracket) }
        needsComma = true
    }

    /// Writes the name of a member, whose value comes next. The name needs no escapes.
    @inline(__always) mutating func name(_ name: StaticString) {
        value(sizeMaxBytes: name.utf8CodeUnitCount + 3) { $0.write(name: name) }
        needsComma = false
    }

    /// Writes the name of a member as a client chose it.
    mutating func name(text: String) {
        write(text)
        write(sizeMaxBytes: 1) { $0.write(byte: UInt8(ascii: ":")) }
        needsComma = false
    }

    /// Writes a value, behind a comma where it is not the first.
    @inline(__always) mutating func value(sizeMaxBytes: Int, _ body: (inout JSONWriter) -> Void) {
        let needsComma = needsComma
        write(sizeMaxBytes: sizeMaxBytes + 1) { writer in
            if needsComma { writer.write(byte: UInt8(ascii: ",")) }
            body(&writer)
        }
        self.needsComma = true
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
        var text = text
        text.withUTF8 { text in value(sizeMaxBytes: JSONWriter.sizeMaxBytes(text)) { $0.write(text: text) } }
    }

    mutating func write(_ boolean: Bool) {
        value(sizeMaxBytes: 5) { $0.write(boolean ? "true" : "false") }
    }

    mutating func write(_ integer: Int64) {
        value(sizeMaxBytes: JSONWriter.integerSizeMaxBytes) { $0.write(integer) }
    }

    /// Writes a number as Python does.
    mutating func write(_ number: Double) {
        value(sizeMaxBytes: JSONWriter.doubleSizeMaxBytes) { $0.write(python: number) }
    }
}
