/// Replaces texts in a stream of bytes by `***`, also one that comes in pieces.
///
/// From left to right, of those that begin at a place the longest; what was replaced is not looked at again. However the bytes are cut,
/// the result is that of the whole.
struct SecretRedactor {
    static let replacement = Array("***".utf8)

    /// The texts by their first byte, the longest first.
    private let patterns: [[[UInt8]]]
    private let isEmpty: Bool
    /// The size of the longest text.
    let patternSizeMax: Int
    /// Bytes that may be the beginning of a text.
    private var held: [UInt8] = []

    /// - Parameter patterns: the texts; an empty one counts for nothing.
    init(_ patterns: [[UInt8]]) {
        patternSizeMax = patterns.lazy.map(\.count).max() ?? 0
        isEmpty = patternSizeMax == 0
        // Most commands have none, and begin sooner without.
        guard !isEmpty else {
            self.patterns = []
            return
        }
        var table = [[[UInt8]]](repeating: [], count: 256)
        for pattern in Set(patterns) { if let first = pattern.first { table[Int(first)].append(pattern) } }
        self.patterns = table.map { $0.sorted { $0.count > $1.count } }
    }

    /// A whole text without them.
    func redacted(_ text: String) -> String {
        guard !isEmpty else { return text }
        var redactor = self
        return String(decoding: redactor.add(Array(text.utf8)) + redactor.finish(), as: UTF8.self)
    }

    /// Takes more bytes. - Returns: what is known not to be part of a text, and the replacements.
    mutating func add(_ bytes: [UInt8]) -> [UInt8] {
        guard !isEmpty else { return bytes }
        return redact(held.isEmpty ? bytes : held + bytes, isLast: false)
    }

    /// What is left at the end of the stream.
    mutating func finish() -> [UInt8] { isEmpty ? [] : redact(held, isLast: true) }

    /// Where a text stands at a place, and whether a longer one may come to stand there.
    private enum Match {
        case none
        case open
        case found(count: Int)
    }

    private mutating func redact(_ bytes: [UInt8], isLast: Bool) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count)
        var (position, copied) = (0, 0)
        held = []
        scanning: while position < bytes.count {
            let candidates = patterns[Int(bytes[position])]
            guard !candidates.isEmpty else {
                position += 1
                continue
            }
            switch match(candidates, bytes[position...], isLast) {
            case .none: position += 1
            case .open: break scanning
            case .found(let count):
                result += bytes[copied..<position]
                result += Self.replacement
                position += count
                copied = position
            }
        }
        result += bytes[copied..<position]
        held = Array(bytes[position...])
        return result
    }

    private func match(_ candidates: [[UInt8]], _ bytes: ArraySlice<UInt8>, _ isLast: Bool) -> Match {
        for candidate in candidates {
            if bytes.count >= candidate.count {
                if bytes.starts(with: candidate) { return .found(count: candidate.count) }
            } else if !isLast, candidate.starts(with: bytes) {
                return .open
            }
        }
        return .none
    }
}
