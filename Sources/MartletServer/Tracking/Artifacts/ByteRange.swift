/// Which part of a thing a request's field `Range` asks for (RFC 9110, section 14).
enum ByteRange: Equatable {
    case whole
    case part(Range<Int>)
    /// Nothing of the thing lies in the range: `416`.
    case unsatisfiable
    /// What cannot be read, and why, which MLflow's server refuses.
    case unreadable(String)

    /// Reads the field. Several ranges ask for the whole, as that section allows; of a list, what is no range is passed over.
    init(_ field: String?, sizeBytes: Int) {
        self = field.map { Self.parsed($0, sizeBytes) } ?? .whole
    }

    private static func parsed(_ field: String, _ sizeBytes: Int) -> ByteRange {
        let parts = field.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2 else { return .unreadable("Malformed range header.") }
        guard parts[0].lowercased().filter({ $0 != " " }) == "bytes" else { return .unreadable("Only support bytes range") }
        let ranges = parts[1].split(separator: ",").compactMap { range($0, sizeBytes) }
        guard let first = ranges.first else { return .unreadable("Range header: range must be requested") }
        return ranges.count == 1 ? first : .whole
    }

    private static func range(_ text: Substring, _ sizeBytes: Int) -> ByteRange? {
        let bounds = text.filter { $0 != " " && $0 != "\t" }.split(separator: "-", omittingEmptySubsequences: false)
        guard bounds.count == 2, bounds.allSatisfy({ $0.utf8.allSatisfy { (48...57).contains($0) } }) else { return nil }
        switch (number(bounds[0]), number(bounds[1])) {
        case (nil, nil): return nil
        case (nil, let last?): return last == 0 || sizeBytes == 0 ? .unsatisfiable : .part(max(0, sizeBytes - last)..<sizeBytes)
        case (let start?, let end):
            if let end, end < start { return .unreadable("Range header: start must be less than end") }
            guard start < sizeBytes else { return .unsatisfiable }
            return .part(start..<min(sizeBytes - 1, end ?? .max) + 1)
        }
    }

    /// Digits as a number, the largest there is where it is larger; `nil` for none.
    private static func number(_ digits: Substring) -> Int? { digits.isEmpty ? nil : Int(digits) ?? .max }
}
