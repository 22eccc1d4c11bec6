import MartletCore

/// One cell of CSV, without its quotes.
struct CSVField {
    /// The cell and what comes after it.
    let bytes: UnsafeRawBufferPointer
    /// How many of the bytes are the cell's.
    let count: Int

    /// What stands for a missing number, as pandas has it by default; texts are taken as they are.
    private static let missing: Set<String> = [
        "", "#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND", "1.#QNAN", "<NA>", "N/A", "NA", "NULL", "NaN",
        "None", "n/a", "nan", "null",
    ]

    /// The longest excerpt of a cell that a message has.
    private static let excerptSizeMax = 40

    /// The cell as a floating-point number.
    @inline(__always) func floatingPoint<Number: FeatureNumber>(_ type: Number.Type) throws -> Number {
        var cursor = JSONCursor(bytes)
        let byte = cursor.peek
        if byte == UInt8(ascii: "-") || byte &- UInt8(ascii: "0") <= 9, count > 0 {
            do {
                let number = try Number.cell(&cursor)
                if cursor.position == count { return number }
            } catch is JSONFault {
                // Not a number of usual form, which the words below decide.
            }
        }
        return try word()
    }

    @inline(never) private func word<Number: FeatureNumber>() throws -> Number {
        if Self.missing.contains(text) { return .nan }
        switch text {
        case "inf", "Infinity": return .infinity
        case "-inf", "-Infinity": return -.infinity
        default: return try number { try Number.cell(&$0) }
        }
    }

    /// The cell as a number that JSON has, too, or a truth in any of the usual spellings.
    func number<Number>(_ one: (inout JSONCursor) throws -> Number) throws -> Number {
        var text = self.text
        if ["True", "TRUE", "False", "FALSE"].contains(text) { text = text.lowercased() }
        return try text.withUTF8 { buffer in
            var cursor = JSONCursor(UnsafeRawBufferPointer(buffer))
            do {
                let number = try one(&cursor)
                guard cursor.position == buffer.count else { throw CSVFault("a number, found '\(excerpt)'") }
                return number
            } catch let fault as JSONFault {
                throw CSVFault("\(fault.expected), found '\(excerpt)'")
            }
        }
    }

    /// The cell as bytes of UTF-8.
    func utf8() throws -> [UInt8] {
        let text = [UInt8](bytes[..<count])
        guard String(validating: text, as: UTF8.self) != nil else { throw CSVFault("UTF-8, found other bytes") }
        return text
    }

    /// Without the spaces around it; bytes that are not UTF-8 are replaced.
    private var text: String {
        let cell = bytes[..<count].drop { $0 == 0x20 }
        let end = cell.lastIndex { $0 != 0x20 }.map { $0 + 1 } ?? cell.startIndex
        return String(decoding: cell[..<end], as: UTF8.self)
    }

    private var excerpt: String { String(text.prefix(Self.excerptSizeMax)) }
}

/// What a table in CSV has not where it was expected: thrown until someone knows where that is.
struct CSVFault: Error {
    let expected: String

    init(_ expected: String) { self.expected = expected }
}
