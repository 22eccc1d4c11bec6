import MartletCore

/// The id of a request; its text is made when it is asked for.
struct RequestID: Sendable {
    private enum Origin {
        case given(String)
        case generated(high: UInt64, low: UInt64)
    }

    private let origin: Origin

    /// An id that somebody gave.
    init(_ text: String) { origin = .given(text) }

    fileprivate init(high: UInt64, low: UInt64) { origin = .generated(high: high, low: low) }

    /// The id as it is sent.
    var text: String {
        switch origin {
        case .given(let text): return text
        case .generated(let high, let low):
            return String(unsafeUninitializedCapacity: Self.uuidSize) { text in
                Self.write(high, low, to: UnsafeMutableRawBufferPointer(text))
            }
        }
    }

    /// Writes the id at the beginning of a buffer, which has room for it. - Returns: its size in bytes.
    func write(to output: UnsafeMutableRawBufferPointer) -> Int {
        switch origin {
        case .given(let text):
            output.copyBytes(from: text.utf8)
            return text.utf8.count
        case .generated(let high, let low): return Self.write(high, low, to: output)
        }
    }

    private static let uuidSize = 36

    private static func write(_ high: UInt64, _ low: UInt64, to output: UnsafeMutableRawBufferPointer) -> Int {
        write(high, 8, to: output, at: 0)
        write(high << 32, 4, to: output, at: 9)
        write(high << 48, 4, to: output, at: 14)
        write(low, 4, to: output, at: 19)
        write(low << 16, 12, to: output, at: 24)
        for hyphen in [8, 13, 18, 23] { output[hyphen] = UInt8(ascii: "-") }
        return uuidSize
    }

    /// Writes the highest digits of a word.
    private static func write(_ word: UInt64, _ digits: Int, to output: UnsafeMutableRawBufferPointer, at start: Int) {
        var rest = word
        for position in start..<start + digits {
            let nibble = UInt8(truncatingIfNeeded: rest >> 60)
            output[position] = nibble < 10 ? UInt8(ascii: "0") + nibble : UInt8(ascii: "a") - 10 + nibble
            rest <<= 4
        }
    }
}

/// The ids of one connection's requests: the client's own where it is sane, else a random UUID (RFC 9562, version 4).
struct RequestIDSource {
    static let lengthMax = 128

    private var random: SplitMix64

    init(seed: UInt64) { random = SplitMix64(seed: seed) }

    mutating func id(proposed: String?) -> RequestID {
        if let proposed, Self.isSane(proposed) { return RequestID(proposed) }
        let high = random.next() & ~0xF000 | 0x4000
        let low = random.next() & ~(0xC000 << 48) | (0x8000 << 48)
        return RequestID(high: high, low: low)
    }

    private static func isSane(_ id: String) -> Bool {
        (1...lengthMax).contains(id.utf8.count) && id.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f }
    }
}
