import MartletCore

/// A text as Python writes one in a program: in single, double or three quotes, raw or with escapes.
enum PythonString {
    /// The text that begins at a place, which moves behind it; `nil` where none begins there.
    /// - Throws: `invalidInput` where it does not end, or holds an escape that is none.
    static func read(_ text: SQLText, at place: inout Int) throws(MartletError) -> String? {
        let prefixEnd = text.end(of: { "uUrR".unicodeScalars.contains($0) }, from: place)
        guard let quote = text[prefixEnd], quote == "'" || quote == "\"" else { return nil }
        let prefix = text[place..<prefixEnd].lowercased()
        guard ["", "u", "r"].contains(prefix) else { return nil }
        let width = text[prefixEnd + 1] == quote && text[prefixEnd + 2] == quote ? 3 : 1
        var read = String.UnicodeScalarView()
        place = prefixEnd + width
        while let scalar = text[place] {
            if scalar == quote, (1..<width).allSatisfy({ text[place + $0] == quote }) {
                place += width
                return String(read)
            }
            if scalar == "\\" {
                try readEscape(text, at: &place, isRaw: prefix == "r", into: &read)
            } else if scalar == "\n" || scalar == "\r", width == 1 {
                break
            } else {
                read.append(scalar)
                place += 1
            }
        }
        throw illFormed
    }

    private static let illFormed = MartletError(
        .invalidInput, "While parsing a list in the query, expected a non-empty list of string values, but got ill-formed list.")

    private static let escapes: [Unicode.Scalar: Unicode.Scalar] = [
        "\\": "\\", "'": "'", "\"": "\"", "a": "\u{7}", "b": "\u{8}", "f": "\u{c}", "n": "\n", "r": "\r", "t": "\t", "v": "\u{b}",
    ]

    private static func readEscape(
        _ text: SQLText, at place: inout Int, isRaw: Bool, into read: inout String.UnicodeScalarView
    ) throws(MartletError) {
        guard let scalar = text[place + 1] else { throw illFormed }
        place += 2
        if isRaw {
            read.append("\\")
            read.append(scalar)
            return
        }
        if let escaped = escapes[scalar] { return read.append(escaped) }
        switch scalar {
        case "\n": break
        case "x": read.append(try numbered(text, at: &place, width: 2))
        case "u": read.append(try numbered(text, at: &place, width: 4))
        case "U": read.append(try numbered(text, at: &place, width: 8))
        case "N": throw illFormed
        case "0"..."7":
            let end = min(text.end(of: { ("0"..."7").contains($0) }, from: place - 1), place + 2)
            guard let value = UInt32(text[place - 1..<end], radix: 8).flatMap(Unicode.Scalar.init) else { throw illFormed }
            read.append(value)
            place = end
        default:
            read.append("\\")
            read.append(scalar)
        }
    }

    private static func numbered(_ text: SQLText, at place: inout Int, width: Int) throws(MartletError) -> Unicode.Scalar {
        guard place + width <= text.count, let value = UInt32(text[place..<place + width], radix: 16),
            text[place] != "+", let scalar = Unicode.Scalar(value)
        else { throw illFormed }
        place += width
        return scalar
    }
}
