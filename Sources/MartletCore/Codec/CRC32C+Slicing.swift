/// The same checksum over bytes in memory, eight at a time ("slicing by 8": Kounavis and Berry, "Novel table
/// lookup-based algorithms for high-performance CRC generation", IEEE Transactions on Computers 57, 2008).
extension CRC32C {
    /// At `256 · zeros + byte`: the remainder of a byte that so many zero bytes follow.
    private static let tables: [UInt32] = {
        var tables = (0..<256).map { byte in
            (0..<8).reduce(UInt32(byte)) { value, _ in (value >> 1) ^ (value & 1 == 1 ? 0x82F6_3B78 : 0) }
        }
        for index in 256..<8 * 256 {
            let value = tables[index - 256]
            tables.append((value >> 8) ^ tables[Int(value & 0xFF)])
        }
        return tables
    }()

    /// The checksum of an array.
    package static func checksum(_ bytes: [UInt8]) -> UInt32 { bytes.withUnsafeBytes { checksum($0) } }

    /// The checksum of a buffer.
    package static func checksum(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
        tables.withUnsafeBufferPointer { tables in
            var (sum, position) = (~UInt32(0), 0)
            while position + 8 <= bytes.count {
                let next = bytes.loadUnaligned(fromByteOffset: position, as: UInt64.self)
                let word = UInt64(littleEndian: next) ^ UInt64(sum)
                sum = 0
                for lane in 0..<8 {
                    sum ^= tables[(7 - lane) * 256 + Int(UInt8(truncatingIfNeeded: word >> UInt64(8 * lane)))]
                }
                position += 8
            }
            for byte in bytes[position...] { sum = (sum >> 8) ^ tables[Int(UInt8(truncatingIfNeeded: sum) ^ byte)] }
            return ~sum
        }
    }
}
