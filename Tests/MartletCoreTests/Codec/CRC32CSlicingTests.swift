import MartletCore
import Testing

struct CRC32CSlicingTests {
    @Test func `the check value of the catalogue comes out`() {
        #expect(CRC32C.checksum(Array("123456789".utf8)) == 0xE306_9283)
    }

    @Test(arguments: 0..<70)
    func `any length agrees with the plain algorithm`(_ count: Int) {
        var generator = SplitMix64(seed: UInt64(count))
        let bytes = (0..<count).map { _ in UInt8(truncatingIfNeeded: generator.next()) }
        #expect(CRC32C.checksum(bytes) == CRC32C.checksum(AnySequence(bytes)))
    }
}
