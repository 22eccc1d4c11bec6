import COpenSSL
import Foundation

/// What is kept of a password: salted, and slow and memory-hungry to guess (scrypt, RFC 7914).
///
/// Written as a PHC string, `$scrypt$ln=15,r=8,p=1$SALT$HASH`, so that the cost can be raised for new passwords while old ones
/// still match. Passwords are compared as Unicode means them (NFC), bytes in constant time.
package struct PasswordHash: Sendable, Equatable, LosslessStringConvertible {
    /// The cost of a guess: 2^`memoryExponent` · `blockSize` · 128 bytes, read and written `parallelism` times.
    package struct Cost: Sendable, Equatable {
        package let memoryExponent: Int
        package let blockSize: Int
        package let parallelism: Int

        /// Makes a cost; `nil` where it is beyond the limits.
        package init?(memoryExponent: Int, blockSize: Int = 8, parallelism: Int = 1) {
            guard (1...20).contains(memoryExponent), (1...16).contains(blockSize), (1...16).contains(parallelism) else { return nil }
            self.init(memoryExponent, blockSize, parallelism)
        }

        private init(_ memoryExponent: Int, _ blockSize: Int, _ parallelism: Int) {
            self.memoryExponent = memoryExponent
            self.blockSize = blockSize
            self.parallelism = parallelism
        }

        /// 32 MiB, about a tenth of a second.
        package static let standard = Cost(15, 8, 1)
    }

    /// Lengths of passwords in bytes of UTF-8.
    package static let passwordLengths = 8...1_024
    private static let saltLength = 16
    private static let hashLength = 32

    package let cost: Cost
    private let salt: [UInt8]
    private let hash: [UInt8]

    /// Hashes a password with a new salt. Takes as long as the cost says.
    /// - Throws: `invalidInput` for a length that is not allowed, `engine` where there is no memory.
    package init(of password: String, cost: Cost = .standard) throws {
        guard Self.passwordLengths.contains(password.utf8.count) else {
            throw MartletError(
                .invalidInput,
                "expected a password of \(Self.passwordLengths.lowerBound) to \(Self.passwordLengths.upperBound) bytes, "
                    + "found \(password.utf8.count)")
        }
        let salt = SecretBytes.random(Self.saltLength)
        guard let hash = Self.derive(password, salt, cost, Self.hashLength) else {
            throw MartletError(
                .engine, "libcrypto could not hash a password: it needs \(128 << cost.memoryExponent * cost.blockSize) bytes")
        }
        (self.cost, self.salt, self.hash) = (cost, salt, hash)
    }

    /// Reads a PHC string; `nil` where it is none of scrypt or its cost is beyond the limits.
    package init?(_ description: String) {
        let parts = description.split(separator: "$", omittingEmptySubsequences: false)
        guard parts.count == 5, parts[0].isEmpty, parts[1] == "scrypt", let cost = Self.cost(parts[2]) else { return nil }
        guard let salt = Self.bytes(parts[3]), let hash = Self.bytes(parts[4]), (8...64).contains(salt.count),
            (16...64).contains(hash.count)
        else { return nil }
        (self.cost, self.salt, self.hash) = (cost, salt, hash)
    }

    /// The PHC string.
    package var description: String {
        "$scrypt$ln=\(cost.memoryExponent),r=\(cost.blockSize),p=\(cost.parallelism)$\(Self.text(salt))$\(Self.text(hash))"
    }

    /// Whether a password is the one. Takes as long as the cost says, whatever the password.
    package func matches(_ password: String) -> Bool {
        guard password.utf8.count <= Self.passwordLengths.upperBound,
            let candidate = Self.derive(password, salt, cost, hash.count)
        else { return false }
        return SecretBytes.areEqual(candidate, hash)
    }

    private static func derive(_ password: String, _ salt: [UInt8], _ cost: Cost, _ length: Int) -> [UInt8]? {
        var key = [UInt8](repeating: 0, count: length)
        let bytes = Array(password.precomposedStringWithCanonicalMapping.utf8)
        let memory = 128 << cost.memoryExponent * cost.blockSize + 128 * cost.blockSize * (cost.parallelism + 2)
        let status = bytes.withUnsafeBytes { bytes in
            EVP_PBE_scrypt(
                bytes.baseAddress?.assumingMemoryBound(to: CChar.self), bytes.count, salt, salt.count, 1 << cost.memoryExponent,
                UInt64(cost.blockSize), UInt64(cost.parallelism), UInt64(memory), &key, length)
        }
        return status == 1 ? key : nil
    }

    private static func cost(_ text: Substring) -> Cost? {
        var values: [Int] = []
        let pairs = text.split(separator: ",", omittingEmptySubsequences: false)
        guard pairs.count == 3 else { return nil }
        for (pair, name) in zip(pairs, ["ln=", "r=", "p="]) {
            guard pair.hasPrefix(name), let value = Int(pair.dropFirst(name.count)) else { return nil }
            values.append(value)
        }
        return Cost(memoryExponent: values[0], blockSize: values[1], parallelism: values[2])
    }

    /// Base 64 without padding, as PHC strings have it.
    private static func text(_ bytes: [UInt8]) -> String {
        Data(bytes).base64EncodedString().replacingOccurrences(of: "=", with: "")
    }

    private static func bytes(_ text: Substring) -> [UInt8]? {
        Data(base64Encoded: text + String(repeating: "=", count: (4 - text.utf8.count % 4) % 4)).map { Array($0) }
    }
}
