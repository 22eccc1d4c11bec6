import MartletCore

/// A digest as its 32 bytes: a third of the memory of its text, compared in four steps, for tables of very many files.
struct DigestBits: Hashable, Sendable {
    /// The bytes, eight a word, the first byte highest.
    let words: SIMD4<UInt64>

    init(words: SIMD4<UInt64>) { self.words = words }

    init(_ digest: Digest) {
        var words = SIMD4<UInt64>.zero
        for (index, digit) in digest.hex.utf8.enumerated() {
            let value = UInt64(digit < 0x3A ? digit - 0x30 : digit - 0x57)
            words[index >> 4] = words[index >> 4] << 4 | value
        }
        self.words = words
    }

    /// Reads 32 bytes.
    init(bytes: UnsafeRawBufferPointer) {
        precondition(bytes.count == 32)
        var words = SIMD4<UInt64>.zero
        for index in 0..<4 {
            words[index] = UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 8 * index, as: UInt64.self))
        }
        self.words = words
    }

    /// The digest of bytes in memory.
    init(of bytes: UnsafeRawBufferPointer) {
        var hasher = DigestHasher()
        hasher.update(bytes)
        self.init(hasher.finish())
    }

    var digest: Digest {
        let hex = String(unsafeUninitializedCapacity: 64) { text in
            for index in 0..<64 {
                let digit = UInt8(truncatingIfNeeded: words[index >> 4] >> UInt64(60 - 4 * (index & 15))) & 15
                text[index] = digit < 10 ? 0x30 + digit : 0x57 + digit
            }
            return 64
        }
        guard let digest = Digest(hex) else { preconditionFailure("64 hexadecimal digits are a digest") }
        return digest
    }

    /// Digests in the order of their bytes.
    static func precedes(_ left: DigestBits, _ right: DigestBits) -> Bool {
        for index in 0..<4 where left.words[index] != right.words[index] { return left.words[index] < right.words[index] }
        return false
    }
}
