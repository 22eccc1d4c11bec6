/// One value of a request, read out of its document when asked.
struct RequestValue: Sendable {
    let document: RequestDocument
    let index: Int

    init(_ document: RequestDocument, _ index: Int) {
        self.document = document
        self.index = index
    }

    private var mark: RequestDocument.Mark { document.marks[index] }

    var kind: RequestDocument.Kind { mark.kind }

    var isNull: Bool { kind == .null }

    /// The text of a text; else `nil`.
    var text: String? {
        guard kind == .text else { return nil }
        // Every text was decoded once when the document was made, so that none fails here.
        return withCursor { try? $0.string(Self.text(mark)) }
    }

    var isEmptyText: Bool { kind == .text && mark.start == mark.end }

    var boolean: Bool? { kind == .boolean ? document.bytes[Int(mark.start)] == UInt8(ascii: "t") : nil }

    /// The bytes of a value as they were sent.
    var source: ArraySlice<UInt8> { document.bytes[Int(mark.start)..<Int(mark.end)] }

    private static func text(_ mark: RequestDocument.Mark) -> JSONText {
        JSONText(start: Int(mark.start), end: Int(mark.end), isEscaped: mark.isEscaped, isASCII: mark.isASCII)
    }

    private func withCursor<Result>(_ body: (inout JSONCursor) -> Result) -> Result {
        document.bytes.withUnsafeBytes { bytes in
            var cursor = JSONCursor(bytes)
            cursor.position = Int(mark.start)
            return body(&cursor)
        }
    }

    // MARK: Members and elements

    /// The members of an object in order, equal names included; empty where this is none.
    var members: Members { Members(all: parts(of: .object)) }

    /// The elements of an array; empty where this is none.
    var elements: Elements { parts(of: .array) }

    private func parts(of kind: RequestDocument.Kind) -> Elements {
        self.kind == kind ? Elements(document, index + 1, end: Int(mark.next)) : Elements(document, 0, end: 0)
    }

    /// The last member of a name; `nil` where there is none.
    func member(_ name: StaticString, or otherName: StaticString? = nil) -> RequestValue? {
        document.member(of: index, name, or: otherName).map { RequestValue(document, $0) }
    }

    /// Whether this is the text of a word.
    func matches(_ word: StaticString) -> Bool { kind == .text && document.text(at: index, matches: word) }

    struct Members: Sequence, IteratorProtocol {
        /// Names and values in turns.
        fileprivate var all: Elements

        mutating func next() -> (name: RequestValue, value: RequestValue)? {
            guard let name = all.next(), let value = all.next() else { return nil }
            return (name, value)
        }
    }

    struct Elements: Sequence, IteratorProtocol {
        private let document: RequestDocument
        private var place: Int
        private let end: Int

        fileprivate init(_ document: RequestDocument, _ start: Int, end: Int) {
            self.document = document
            place = start
            self.end = end
        }

        mutating func next() -> RequestValue? {
            guard place < end else { return nil }
            defer { place = Int(document.marks[place].next) }
            return RequestValue(document, place)
        }
    }

    // MARK: Numbers

    /// The number of a number, infinite where it is beyond doubles; `nil` for other kinds.
    var number: Double? {
        guard kind == .integer || kind == .number else { return nil }
        if let quick = withCursor({ $0.quickNumber()?.double }) { return quick }
        return switch source.first {
        case UInt8(ascii: "N"): .nan
        case UInt8(ascii: "I"): .infinity
        default: source.dropFirst().first == UInt8(ascii: "I") ? -.infinity : Double(String(decoding: source, as: UTF8.self))
        }
    }

    /// The integer of an integer within the range of 64 bits; else `nil`.
    var integer: Int64? {
        let mark = mark
        guard mark.kind == .integer else { return nil }
        let isNegative = document.bytes[Int(mark.start)] == UInt8(ascii: "-")
        var value: Int64 = 0
        for place in Int(mark.start) + (isNegative ? 1 : 0)..<Int(mark.end) {
            let digit = Int64(document.bytes[place] &- UInt8(ascii: "0"))
            let (tens, overflows) = value.multipliedReportingOverflow(by: 10)
            let (sum, carries) = isNegative ? tens.subtractingReportingOverflow(digit) : tens.addingReportingOverflow(digit)
            guard !overflows, !carries else { return nil }
            value = sum
        }
        return value
    }
}
