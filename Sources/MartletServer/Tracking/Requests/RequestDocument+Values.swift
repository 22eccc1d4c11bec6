import MartletRegistry

/// Values by the numbers of their marks.
extension RequestDocument {
    /// The text of a text; else `nil`.
    func text(at index: Int) -> String? {
        let mark = marks[index]
        guard mark.kind == .text else { return nil }
        let text = JSONText(start: Int(mark.start), end: Int(mark.end), isEscaped: mark.isEscaped, isASCII: mark.isASCII)
        // Every text was decoded once when the document was made, so that none fails here.
        return bytes.withUnsafeBytes { try? JSONCursor($0).string(text) }
    }

    /// The number of a number, infinite where it is beyond doubles; `nil` for other kinds.
    func number(at index: Int) -> Double? {
        let mark = marks[index]
        guard mark.kind == .integer || mark.kind == .number else { return nil }
        let quick = bytes.withUnsafeBytes { bytes in
            var cursor = JSONCursor(bytes)
            cursor.position = Int(mark.start)
            return cursor.quickNumber()?.double
        }
        if let quick { return quick }
        let source = bytes[Int(mark.start)..<Int(mark.end)]
        return switch source.first {
        case UInt8(ascii: "N"): .nan
        case UInt8(ascii: "I"): .infinity
        default: source.dropFirst().first == UInt8(ascii: "I") ? -.infinity : Double(String(decoding: source, as: UTF8.self))
        }
    }

    /// The integer of an integer within the range of 64 bits; else `nil`.
    func integer(at index: Int) -> Int64? {
        let mark = marks[index]
        guard mark.kind == .integer else { return nil }
        let isNegative = bytes[Int(mark.start)] == UInt8(ascii: "-")
        var value: Int64 = 0
        for place in Int(mark.start) + (isNegative ? 1 : 0)..<Int(mark.end) {
            let digit = Int64(bytes[place] &- UInt8(ascii: "0"))
            let (tens, overflows) = value.multipliedReportingOverflow(by: 10)
            let (sum, carries) = isNegative ? tens.subtractingReportingOverflow(digit) : tens.addingReportingOverflow(digit)
            guard !overflows, !carries else { return nil }
            value = sum
        }
        return value
    }
}
