/// A text as scalars, so that ranges of it are counted as MLflow's own parser counts them.
struct SQLText {
    let scalars: [Unicode.Scalar]

    init(_ text: String) { scalars = Array(text.unicodeScalars) }

    var count: Int { scalars.count }

    /// The scalar at a place; `nil` outside the text.
    subscript(place: Int) -> Unicode.Scalar? { scalars.indices.contains(place) ? scalars[place] : nil }

    /// The text of a range.
    subscript(range: Range<Int>) -> String {
        var text = String.UnicodeScalarView()
        text.append(contentsOf: scalars[range])
        return String(text)
    }

    /// Whether a text stands at a place.
    func holds(_ text: StaticString, at place: Int) -> Bool {
        guard place + text.utf8CodeUnitCount <= count else { return false }
        return text.withUTF8Buffer { bytes in bytes.indices.allSatisfy { scalars[place + $0].value == UInt32(bytes[$0]) } }
    }

    /// The first place at or after `place` whose scalar is not of a kind.
    func end(of isOfKind: (Unicode.Scalar) -> Bool, from place: Int) -> Int {
        var end = place
        while end < count, isOfKind(scalars[end]) { end += 1 }
        return end
    }
}

extension Unicode.Scalar {
    /// What Python's `\w` matches: letters, numbers and the underscore.
    var isWord: Bool {
        if isASCII { return isASCIILetter || isASCIIDigit || self == "_" }
        switch properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter: return true
        case .decimalNumber, .letterNumber, .otherNumber: return true
        default: return false
        }
    }

    /// What Python's `\s` matches: also the four separators of information at U+001C, unlike Unicode's own property.
    var isSpace: Bool {
        if isASCII { return (0x09...0x0d).contains(value) || (0x1c...0x20).contains(value) }
        return properties.isWhitespace
    }

    /// What Python's `\d` matches: the decimal digits of any script.
    var isDigit: Bool { isASCII ? isASCIIDigit : properties.generalCategory == .decimalNumber }

    /// What `[A-ZÀ-Ü]` matches without regard to case: what a name begins with.
    var isNameStart: Bool {
        switch value {
        case 0x41...0x5a, 0x61...0x7a, 0xc0...0xdc, 0xe0...0xf6, 0xf8...0xfc, 0x130, 0x131, 0x17f, 0x212a, 0x212b: true
        default: false
        }
    }

    private var isASCIILetter: Bool { (0x41...0x5a).contains(value) || (0x61...0x7a).contains(value) }
    private var isASCIIDigit: Bool { (0x30...0x39).contains(value) }
}
