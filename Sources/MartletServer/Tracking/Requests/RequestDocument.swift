import MartletRegistry

/// JSON text as marks on its bytes: what stands where is known, and nothing is copied out before someone asks for it.
///
/// It takes what Python's `json` takes, since MLflow reads with that: `NaN`, `Infinity` and `-Infinity` are values, and of two
/// equal names in an object the last one counts. Half surrogates and nesting deeper than `JSONCursor.depthMax` are not taken.
final class RequestDocument: Sendable {
    enum Kind: UInt8 { case null, boolean, integer, number, text, array, object }

    /// A value, or the name of a member before its value: 16 bytes, as the order of the fields has it.
    struct Mark {
        /// Of a text: without its quotes.
        var start: UInt32
        var end: UInt32 = 0
        /// The mark behind this value and all that it holds.
        var next: UInt32 = 0
        var kind: Kind
        var isEscaped = false
        var isASCII = true
    }

    let bytes: [UInt8]
    let marks: [Mark]

    /// `{}`.
    static let empty = RequestDocument(
        bytes: Array("{}".utf8), marks: [Mark(start: 0, end: 2, next: 1, kind: .object)])

    private init(bytes: [UInt8], marks: [Mark]) {
        self.bytes = bytes
        self.marks = marks
    }

    /// The most values and names that a text may hold; a batch of 1,000 metrics has some 20,000.
    static let markCountMax = 1 << 20

    /// `nil` where the bytes are no JSON text. - Throws: where there are more values than are read.
    init?(_ bytes: [UInt8]) throws(TrackingFault) {
        guard bytes.count <= Int(Int32.max) else { throw Self.tooLarge }
        let marks: [Mark]?
        do {
            marks = try bytes.withUnsafeBytes { bytes in
                var marker = Marker(bytes)
                return try marker.document()
            }
        } catch let fault as TrackingFault {
            throw fault
        } catch {
            // What is wrong where is told to nobody: MLflow takes such a body for an empty one.
            marks = nil
        }
        guard let marks else { return nil }
        self.bytes = bytes
        self.marks = marks
    }

    fileprivate static let tooLarge = TrackingFault(
        .invalidParameterValue, "Bad Request. The body holds more than \(markCountMax) values and names; split it.")

    /// The whole text's value.
    var root: RequestValue { RequestValue(self, 0) }
}

/// What is asked of every item of a batch, by the numbers of marks: values of their own would be counted in and out.
extension RequestDocument {
    /// The value of an object's last member of a name, or of another name that it may have; `nil` where there is none, or no object.
    func member(of object: Int, _ name: StaticString, or otherName: StaticString? = nil) -> Int? {
        var found: Int?
        forEachMember(of: object) { member in
            if text(at: member, matches: name) || otherName.map({ text(at: member, matches: $0) }) == true { found = member + 1 }
        }
        return found
    }

    /// Calls a body with the mark of each member's name; that of its value is the next.
    @inline(__always) func forEachMember<Fault: Error>(of object: Int, _ body: (Int) throws(Fault) -> Void) throws(Fault) {
        guard marks[object].kind == .object else { return }
        try forEachPart(of: object, step: 1, body)
    }

    /// Calls a body with the mark of each element of an array.
    @inline(__always) func forEachElement<Fault: Error>(of array: Int, _ body: (Int) throws(Fault) -> Void) throws(Fault) {
        guard marks[array].kind == .array else { return }
        try forEachPart(of: array, step: 0, body)
    }

    /// The marks of the elements of an array.
    func elements(of array: Int) -> [Int] {
        var elements: [Int] = []
        forEachElement(of: array) { elements.append($0) }
        return elements
    }

    @inline(__always) private func forEachPart<Fault: Error>(
        of parent: Int, step: Int, _ body: (Int) throws(Fault) -> Void
    ) throws(Fault) {
        let end = Int(marks[parent].next)
        var place = parent + 1
        while place < end {
            try body(place)
            place = Int(marks[place + step].next)
        }
    }

    /// Whether it is an integer of so few digits that it is within the range of 64 bits.
    func isShortInteger(_ mark: Mark) -> Bool { mark.kind == .integer && mark.end - mark.start <= 18 }

    /// Whether it is a number of so few characters, and without an exponent, that it is finite.
    func isShortNumber(_ mark: Mark) -> Bool {
        guard mark.kind == .number, mark.end - mark.start <= 32 else { return isShortInteger(mark) }
        for place in Int(mark.start)..<Int(mark.end) where bytes[place] > UInt8(ascii: "9") { return false }
        return true
    }

    /// Whether a text is a word.
    @inline(__always) func text(at index: Int, matches word: StaticString) -> Bool {
        let mark = marks[index]
        let count = word.utf8CodeUnitCount
        guard !mark.isEscaped else { return self.text(at: index) == "\(word)" }
        guard Int(mark.end) &- Int(mark.start) == count else { return false }
        let start = Int(mark.start)
        for offset in 0..<count where bytes[start &+ offset] != word.utf8Start[offset] { return false }
        return true
    }
}

/// Goes over a text once and marks its values.
private struct Marker {
    private var cursor: JSONCursor
    private var marks: [RequestDocument.Mark] = []

    init(_ bytes: UnsafeRawBufferPointer) {
        cursor = JSONCursor(bytes)
        marks.reserveCapacity(min(bytes.count / 7 + 8, 1 << 16))
    }

    mutating func document() throws -> [RequestDocument.Mark] {
        if cursor.bytes.starts(with: [0xEF, 0xBB, 0xBF]) { cursor.position = 3 }
        cursor.skipSpace()
        try value()
        cursor.skipSpace()
        guard cursor.position == cursor.bytes.count else { throw cursor.fault("the end") }
        return marks
    }

    private mutating func value() throws {
        guard marks.count < RequestDocument.markCountMax else { throw RequestDocument.tooLarge }
        switch cursor.peek {
        case UInt8(ascii: "{"): try object()
        case UInt8(ascii: "["): try array()
        case UInt8(ascii: "\""): try text(cursor.text())
        case UInt8(ascii: "t"), UInt8(ascii: "f"): try leaf(.boolean) { _ = try $0.boolean() }
        case UInt8(ascii: "n"): try leaf(.null) { guard $0.takeNull() else { throw $0.fault("null") } }
        default: try number()
        }
    }

    private mutating func object() throws {
        let place = open(.object)
        var members = try cursor.openObject()
        while let name = try cursor.nextName(&members) {
            try text(name)
            try value()
        }
        close(place)
    }

    private mutating func array() throws {
        let place = open(.array)
        try cursor.openArray()
        var isFirst = true
        while try cursor.nextElement(isFirst: &isFirst) { try value() }
        close(place)
    }

    private mutating func number() throws {
        let start = cursor.position
        if let isWhole = cursor.passPlainNumber() { return append(isWhole ? .integer : .number, from: start) }
        if cursor.takeWord("NaN") || cursor.takeWord("Infinity") || cursor.takeWord("-Infinity") { return append(.number, from: start) }
        _ = try cursor.scannedNumber()
        let isWhole = cursor.bytes[start..<cursor.position].allSatisfy { $0 <= UInt8(ascii: "9") && $0 != UInt8(ascii: ".") }
        append(isWhole ? .integer : .number, from: start)
    }

    private mutating func leaf(_ kind: RequestDocument.Kind, _ pass: (inout JSONCursor) throws -> Void) throws {
        let start = cursor.position
        try pass(&cursor)
        append(kind, from: start)
    }

    private mutating func open(_ kind: RequestDocument.Kind) -> Int {
        marks.append(RequestDocument.Mark(start: UInt32(cursor.position), kind: kind))
        return marks.count - 1
    }

    private mutating func close(_ place: Int) {
        marks[place].end = UInt32(cursor.position)
        marks[place].next = UInt32(marks.count)
    }

    private mutating func append(_ kind: RequestDocument.Kind, from start: Int) {
        marks.append(
            RequestDocument.Mark(start: UInt32(start), end: UInt32(cursor.position), next: UInt32(marks.count + 1), kind: kind))
    }

    private mutating func text(_ text: JSONText) throws {
        try cursor.check(text)
        marks.append(
            RequestDocument.Mark(
                start: UInt32(text.start), end: UInt32(text.end), next: UInt32(marks.count + 1), kind: .text, isEscaped: text.isEscaped,
                isASCII: text.isASCII))
    }
}
