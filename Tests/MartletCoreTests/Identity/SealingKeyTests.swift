import MartletCore
import Testing

struct SealingKeyTests {
    private let key: SealingKey

    init() throws { key = try #require(SealingKey(Array(repeating: 7, count: SealingKey.sizeBytes))) }

    @Test(arguments: ["", "a", "a secret", String(repeating: "é", count: 5_000)])
    func `what was sealed is opened with the same key and for the same name alone`(text: String) throws {
        let sealed = key.seal(Array(text.utf8), of: "one")
        #expect(key.open(sealed, of: "one") == Array(text.utf8))
        #expect(key.open(sealed, of: "another") == nil)
        let other = try #require(SealingKey(Array(repeating: 8, count: SealingKey.sizeBytes)))
        #expect(other.open(sealed, of: "one") == nil)
    }

    @Test func `the same is never sealed the same way twice`() {
        #expect(key.seal([1, 2, 3], of: "one") != key.seal([1, 2, 3], of: "one"))
    }

    @Test func `what was changed or cut is not opened`() {
        let sealed = key.seal([1, 2, 3], of: "one")
        for place in sealed.indices {
            var changed = sealed
            changed[place] ^= 1
            #expect(key.open(changed, of: "one") == nil)
            #expect(key.open(Array(sealed.prefix(place)), of: "one") == nil)
        }
    }

    /// Test case 14 of the submission of GCM to NIST: a key, a nonce and a block of zeros.
    @Test func `it is the Galois Counter Mode of the standard`() throws {
        let zeros = try #require(SealingKey(Array(repeating: 0, count: 32)))
        let sealed: [UInt8] =
            Array(repeating: 0, count: 12) + [
                0xce, 0xa7, 0x40, 0x3d, 0x4d, 0x60, 0x6b, 0x6e, 0x07, 0x4e, 0xc5, 0xd3, 0xba, 0xf3, 0x9d, 0x18, 0xd0, 0xd1, 0xc8, 0xa7,
                0x99, 0x99, 0x6b, 0xf0, 0x26, 0x5b, 0x98, 0xb5, 0xd4, 0x8a, 0xb9, 0x19,
            ]
        #expect(zeros.open(sealed, of: "") == Array(repeating: 0, count: 16))
    }

    @Test func `keys have a length, and no text shows them`() {
        #expect(SealingKey([1, 2, 3]) == nil)
        #expect("\(key)" == "(key)")
    }
}
