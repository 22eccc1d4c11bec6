/// The Castagnoli checksum (RFC 3720, appendix B.4) that guards each record of a log segment.
package enum CRC32C {
    private static let table: [UInt32] = (0..<256).map { byte in
        (0..<8).reduce(UInt32(byte)) { value, _ in (value >> 1) ^ (value & 1 == 1 ? 0x82F6_3B78 : 0) }
    }

    package static func checksum(_ bytes: some Sequence<UInt8>) -> UInt32 {
        ~bytes.reduce(~UInt32(0)) { value, byte in (value >> 8) ^ table[Int(UInt8(truncatingIfNeeded: value) ^ byte)] }
    }
}
