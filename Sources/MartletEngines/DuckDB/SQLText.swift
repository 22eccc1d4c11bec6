/// What must be known of a query's text to put it inside another one.
enum SQLText {
    /// The text without the `;` at its end, nor what follows it; a `;` in quotes or comments stays.
    static func withoutTerminator(_ sql: String) -> String {
        let bytes = Array(sql.utf8)
        var terminator: Int?
        var position = 0
        while position < bytes.count {
            let next = end(ofTokenAt: position, in: bytes)
            switch kind(ofTokenAt: position, in: bytes) {
            case .space: break
            case .terminator: terminator = terminator ?? position
            case .other: terminator = nil
            }
            position = next
        }
        return terminator.map { String(decoding: bytes[..<$0], as: UTF8.self) } ?? sql
    }

    /// The names with `_2`, `_3`, … after those that came before.
    static func uniqueNames(_ names: [String]) -> [String] {
        var taken: Set<String> = []
        let originals = Set(names)
        return names.map { name in
            guard !taken.insert(name).inserted else { return name }
            var number = 2
            while originals.contains("\(name)_\(number)") || taken.contains("\(name)_\(number)") { number += 1 }
            taken.insert("\(name)_\(number)")
            return "\(name)_\(number)"
        }
    }

    private enum Kind {
        case space, terminator, other
    }

    private static func kind(ofTokenAt start: Int, in bytes: [UInt8]) -> Kind {
        switch bytes[start] {
        case UInt8(ascii: ";"): .terminator
        case UInt8(ascii: " "), 9...13: .space
        case UInt8(ascii: "-") where starts("--", at: start, in: bytes): .space
        case UInt8(ascii: "/") where starts("/*", at: start, in: bytes): .space
        default: .other
        }
    }

    /// Where a quoted text, a comment or a single character ends; what is not closed ends with the text.
    private static func end(ofTokenAt start: Int, in bytes: [UInt8]) -> Int {
        switch bytes[start] {
        case UInt8(ascii: "-") where starts("--", at: start, in: bytes):
            return bytes[start...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count
        case UInt8(ascii: "/") where starts("/*", at: start, in: bytes): return endOfComment(start, bytes)
        case UInt8(ascii: "\""): return endOfQuote(start, bytes, hasEscapes: false)
        case UInt8(ascii: "'"): return endOfQuote(start, bytes, hasEscapes: isAfterEscapePrefix(start, bytes))
        case UInt8(ascii: "$"): return endOfDollarQuote(start, bytes)
        default: return start + 1
        }
    }

    private static func starts(_ text: StaticString, at start: Int, in bytes: [UInt8]) -> Bool {
        text.withUTF8Buffer { bytes[start...].starts(with: $0) }
    }

    /// Comments nest.
    private static func endOfComment(_ start: Int, _ bytes: [UInt8]) -> Int {
        var depth = 0
        var position = start
        while position < bytes.count {
            if starts("/*", at: position, in: bytes) {
                depth += 1
                position += 2
            } else if starts("*/", at: position, in: bytes) {
                depth -= 1
                position += 2
                if depth == 0 { return position }
            } else {
                position += 1
            }
        }
        return bytes.count
    }

    /// A doubled quote ends one text and begins the next, which comes to the same.
    private static func endOfQuote(_ start: Int, _ bytes: [UInt8], hasEscapes: Bool) -> Int {
        var position = start + 1
        while position < bytes.count {
            if hasEscapes, bytes[position] == UInt8(ascii: "\\") {
                position += 2
            } else if bytes[position] == bytes[start] {
                return position + 1
            } else {
                position += 1
            }
        }
        return bytes.count
    }

    /// Whether the quote belongs to `E'…'`, and the `E` is no end of a word.
    private static func isAfterEscapePrefix(_ start: Int, _ bytes: [UInt8]) -> Bool {
        guard start > 0, bytes[start - 1] | 0x20 == UInt8(ascii: "e") else { return false }
        return start == 1 || !isWord(bytes[start - 2])
    }

    /// `$tag$ … $tag$`, where the tag may be empty; `$1` is a parameter.
    private static func endOfDollarQuote(_ start: Int, _ bytes: [UInt8]) -> Int {
        let isInWord = start > 0 && isWord(bytes[start - 1])
        guard !isInWord, let close = bytes[(start + 1)...].firstIndex(where: { !isWord($0) }),
            bytes[close] == UInt8(ascii: "$"), !(48...57).contains(bytes[start + 1])
        else { return start + 1 }
        let mark = bytes[start...close]
        var position = close + 1
        while position + mark.count <= bytes.count {
            if bytes[position..<position + mark.count].elementsEqual(mark) { return position + mark.count }
            position += 1
        }
        return bytes.count
    }

    private static func isWord(_ byte: UInt8) -> Bool {
        (48...57).contains(byte) || (97...122).contains(byte | 0x20) || byte == UInt8(ascii: "_") || byte >= 0x80
    }
}
