import COpenSSL

/// Bytes that others must not guess.
package enum SecretBytes {
    /// Bytes from the operating system's generator for secrets.
    package static func random(_ count: Int) -> [UInt8] {
        var generator = SystemRandomNumberGenerator()
        return (0..<(count + 7) / 8).flatMap { _ in withUnsafeBytes(of: generator.next() as UInt64, Array.init) }.prefix(count).map(\.self)
    }

    /// Whether bytes are equal, in a time that tells nothing of where they differ.
    package static func areEqual(_ left: [UInt8], _ right: [UInt8]) -> Bool {
        left.count == right.count && CRYPTO_memcmp(left, right, left.count) == 0
    }
}
