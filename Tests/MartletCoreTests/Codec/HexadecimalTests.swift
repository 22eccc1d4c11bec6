import Testing

@testable import MartletCore

@Suite struct HexadecimalTests {
    @Test func `every byte comes back, and its digits are lower-case`() {
        let bytes = (0...255).map(UInt8.init)
        let text = Hexadecimal.text(bytes)
        #expect(text.hasPrefix("000102") && text.hasSuffix("fdfeff"))
        #expect(Hexadecimal.bytes(text) == bytes)
        #expect(Hexadecimal.bytes(text.uppercased()) == bytes)
    }

    @Test(arguments: ["0", "0g", "0 0"])
    func `what is no pairs of digits is none`(text: String) { #expect(Hexadecimal.bytes(text) == nil) }

    @Test func `a digest's bytes are those that its digits stand for`() {
        // FIPS 180-4, of no bytes.
        #expect(Digest(of: "").bytes.prefix(4) == [0xe3, 0xb0, 0xc4, 0x42])
        #expect(Digest(of: "").bytes.count == 32)
    }
}
