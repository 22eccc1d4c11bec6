/// One value of a request, read out of its document when asked.
struct RequestValue: Sendable {
    let document: RequestDocument
    var index: Int

    init(_ document: RequestDocument, _ index: Int) {
        self.document = document
        self.index = index
    }

    private var mark: RequestDocument.Mark { document.marks[index] }

    var kind: RequestDocument.Kind { mark.kind }

    var isNull: Bool { kind == .null }

    /// The text of a text; else `nil`.
    var text: String? { document.text(at: index) }

    var isEmptyText: Bool { kind == .text && mark.start == mark.end }

    var boolean: Bool? { kind == .boolean ? document.bytes[Int(mark.start)] == UInt8(ascii: "t") : nil }

    /// The bytes of a value as they were sent.
    var source: ArraySlice<UInt8> { document.bytes[Int(mark.start)..<Int(mark.end)] }

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

    /// The number of a number, infinite where it is beyond doubles; `nil` for other kinds.
    var number: Double? { document.number(at: index) }

    /// The integer of an integer within the range of 64 bits; else `nil`.
    var integer: Int64? { document.integer(at: index) }
}
