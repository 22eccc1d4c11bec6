import MartletCore

/// The list of an `IN` comparison, which MLflow gives to Python to read: `('a', "b")`, with Python's escapes and prefixes.
///
/// Parentheses around a single text make no list; texts that stand side by side are one. Lists within lists, numbers and the words
/// `None`, `True` and `False` are read in order to be refused by name, as MLflow does.
struct PythonList {
    /// The deepest nesting that is read.
    static let depthMax = 100

    private enum Value {
        case text(String)
        case tuple([Value])
        /// What is no text, as Python would write it.
        case other(String)
    }

    private let text: SQLText
    private var place = 0

    /// The texts of a list in parentheses. - Throws: `invalidInput`. - Complexity: O(length).
    static func texts(of text: String) throws(MartletError) -> [String] {
        var list = PythonList(text: SQLText(text))
        let value = try list.value()
        let members: [Value] = if case .tuple(let members) = value { members } else { [value] }
        guard !members.isEmpty else {
            throw MartletError(
                .invalidInput, "While parsing a list in the query, expected a non-empty list of string values, but got empty list")
        }
        let texts = members.compactMap { if case .text(let text) = $0 { text } else { nil } }
        guard texts.count == members.count else {
            let found = written(.tuple(members))
            throw MartletError(
                .invalidInput,
                "While parsing a list in the query, expected string value, punctuation, or whitespace, but got different type in list: \(found)"
            )
        }
        return texts
    }

    private init(text: SQLText) { self.text = text }

    private static let illFormed = MartletError(
        .invalidInput, "While parsing a list in the query, expected a non-empty list of string values, but got ill-formed list.")

    private static func written(_ value: Value) -> String {
        switch value {
        case .text(let text): PythonText.quoted(text)
        case .other(let text): text
        case .tuple(let members): "(" + members.map(written).joined(separator: ", ") + (members.count == 1 ? ",)" : ")")
        }
    }

    // MARK: Structure

    /// A parenthesis that is open: what it holds so far, and whether a comma has made it a tuple.
    private struct Frame {
        var members: [Value] = []
        var isTuple = false
        var expectsComma = false

        var value: Value? {
            if members.isEmpty { return isTuple ? nil : .tuple([]) }
            return isTuple ? .tuple(members) : members[0]
        }
    }

    private mutating func value() throws(MartletError) -> Value {
        var frames: [Frame] = [Frame()]
        while let scalar = skipSpace() {
            switch scalar {
            case "(":
                guard frames.count <= Self.depthMax, frames.last?.expectsComma == false else { throw Self.illFormed }
                frames.append(Frame())
                place += 1
            case ")":
                guard frames.count > 1, let value = frames.popLast()?.value else { throw Self.illFormed }
                place += 1
                try add(value, to: &frames[frames.count - 1])
            case ",":
                guard frames.count > 1, frames[frames.count - 1].expectsComma else { throw Self.illFormed }
                place += 1
                frames[frames.count - 1].isTuple = true
                frames[frames.count - 1].expectsComma = false
            default: try add(try item(), to: &frames[frames.count - 1])
            }
        }
        guard frames.count == 1, let value = frames[0].members.first else { throw Self.illFormed }
        return value
    }

    private func add(_ value: Value, to frame: inout Frame) throws(MartletError) {
        guard !frame.expectsComma else { throw Self.illFormed }
        frame.members.append(value)
        frame.expectsComma = true
    }

    private mutating func skipSpace() -> Unicode.Scalar? {
        while let scalar = text[place] {
            if scalar == "#" {
                place = text.end(of: { $0 != "\n" }, from: place)
            } else if [" ", "\t", "\n", "\r", "\u{c}"].contains(scalar) {
                place += 1
            } else {
                return scalar
            }
        }
        return nil
    }

    // MARK: Items

    private mutating func item() throws(MartletError) -> Value {
        if var written = try PythonString.read(text, at: &place) {
            while skipSpace() != nil, let more = try PythonString.read(text, at: &place) { written += more }
            return .text(written)
        }
        let end = text.end(of: { $0.isWord || $0 == "." || $0 == "-" || $0 == "+" }, from: place)
        let word = text[place..<end]
        place = end
        if ["None", "True", "False"].contains(word) { return .other(word) }
        guard word.unicodeScalars.allSatisfy({ $0.isASCII }) else { throw Self.illFormed }
        if let integer = Int64(word), word.first != "+", word == String(integer) { return .other(word) }
        guard word.contains("."), let number = Double(word), number.isFinite else { throw Self.illFormed }
        return .other("\(number)")
    }
}
