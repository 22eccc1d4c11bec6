/// What Python's `float` makes of a text, and how it writes numbers.
enum PythonNumber {
    /// The number of a text, with space around, single underscores between digits, and `inf`, `infinity` and `nan` in any case;
    /// `nil` where there is none. Only ASCII digits are read.
    static func read(_ text: String) -> Double? {
        let bytes = Array(text.utf8)
        guard let first = bytes.firstIndex(where: { !isSpace($0) }), let last = bytes.lastIndex(where: { !isSpace($0) }) else { return nil }
        let word = bytes[first...last]
        if let special = special(word) { return special }
        guard let plain = withoutUnderscores(word), plain.allSatisfy({ isDigit($0) || ".eE+-".utf8.contains($0) }) else { return nil }
        // Swift wants digits on both sides of a point, Python on one.
        return Double(String(decoding: plain, as: UTF8.self)) ?? Double(padded(plain))
    }

    private static func special(_ word: ArraySlice<UInt8>) -> Double? {
        let sign = word.first.flatMap { "+-".utf8.contains($0) ? $0 : nil }
        let name = String(decoding: (sign == nil ? word : word.dropFirst()).map { isUpper($0) ? $0 | 0x20 : $0 }, as: UTF8.self)
        switch name {
        case "nan": return .nan
        case "inf", "infinity": return sign == UInt8(ascii: "-") ? -.infinity : .infinity
        default: return nil
        }
    }

    private static func withoutUnderscores(_ word: ArraySlice<UInt8>) -> [UInt8]? {
        var plain: [UInt8] = []
        for (index, byte) in zip(word.indices, word) {
            guard byte == UInt8(ascii: "_") else {
                plain.append(byte)
                continue
            }
            guard index > word.startIndex, index + 1 < word.endIndex, isDigit(word[index - 1]), isDigit(word[index + 1]) else { return nil }
        }
        return plain
    }

    /// `.5` as `0.5` and `1.` as `1.0`; no digits at all stay refused.
    private static func padded(_ plain: [UInt8]) -> String {
        guard let point = plain.firstIndex(of: UInt8(ascii: ".")) else { return "" }
        let hasBefore = point > 0 && isDigit(plain[point - 1])
        let hasAfter = point + 1 < plain.count && isDigit(plain[point + 1])
        guard hasBefore || hasAfter else { return "" }
        let before = plain[..<point] + (hasBefore ? [] : [UInt8(ascii: "0")])
        let after = (hasAfter ? [] : [UInt8(ascii: "0")]) + plain[(point + 1)...]
        return String(decoding: before + [UInt8(ascii: ".")] + after, as: UTF8.self)
    }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }
    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
    private static func isUpper(_ byte: UInt8) -> Bool { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) }

    /// How Python writes a number: the shortest decimal that reads back equal; `nan`, `inf` and `-inf`.
    static func text(_ number: Double) -> String {
        guard number.isFinite else { return number.isNaN ? "nan" : number < 0 ? "-inf" : "inf" }
        var output = JSONOutput()
        output.write(number)
        return String(decoding: output.finished(), as: UTF8.self)
    }
}
