import MartletCore
import Testing

struct CRC32CTests {
    /// RFC 3720, appendix B.4.
    private static let vectors: [(bytes: [UInt8], sum: UInt32)] = [
        ([], 0),
        ([UInt8](repeating: 0, count: 32), 0x8A91_36AA),
        ([UInt8](repeating: 0xFF, count: 32), 0x62A8_AB43),
        (Array(0..<32), 0x46DD_794E),
        ((0..<32).reversed(), 0x113F_DB5C),
        (Array("a".utf8), 0xC1D0_4330),
    ]

    @Test(arguments: vectors)
    func `the vectors of RFC 3720 come out`(_ bytes: [UInt8], _ sum: UInt32) {
        #expect(CRC32C.checksum(bytes) == sum)
    }

    @Test func `every changed bit changes the sum`() {
        let bytes = Array("a record of the log".utf8)
        let sums = (0..<bytes.count * 8).map { bit in
            var changed = bytes
            changed[bit / 8] ^= 1 << UInt8(bit % 8)
            return CRC32C.checksum(changed)
        }
        #expect(Set(sums + [CRC32C.checksum(bytes)]).count == sums.count + 1)
    }
}
