/// Which part of a thing a request's field `Range` asks for (RFC 9110, section 14).
enum ByteRange: Equatable {
    case whole
    case part(Range<Int>)
    /// Nothing of the thing lies in the range: `416`.
    case unsatisfiable

    /// Reads the field. What cannot be read, or asks for several ranges, asks for the whole, as that section allows.
    init(_ field: String?, sizeBytes: Int) {
        self = field.flatMap { Self.parsed($0, sizeBytes) } ?? .whole
    }

    private static func parsed(_ field: String, _ sizeBytes: Int) -> ByteRange? {
        let parts = field.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, parts[0].lowercased().filter({ $0 != " " }) == "bytes" else { return nil }
        let bounds = parts[1].filter { $0 != " " && $0 != "\t" }.split(separator: "-", omittingEmptySubsequences: false)
        guard bounds.count == 2, bounds.allSatisfy({ $0.utf8.allSatisfy { (48...57).contains($0) } }) else { return nil }
        switch (number(bounds[0]), number(bounds[1])) {
        case (nil, nil): return nil
        case (nil, let last?): return last == 0 || sizeBytes == 0 ? .unsatisfiable : .part(max(0, sizeBytes - last)..<sizeBytes)
        case (let start?, let end):
            if let end, end < start { return nil }
            guard start < sizeBytes else { return .unsatisfiable }
            return .part(start..<min(sizeBytes - 1, end ?? .max) + 1)
        }
    }

    /// Digits as a number, the largest there is where it is larger; `nil` for none.
    private static func number(_ digits: Substring) -> Int? { digits.isEmpty ? nil : Int(digits) ?? .max }
}
