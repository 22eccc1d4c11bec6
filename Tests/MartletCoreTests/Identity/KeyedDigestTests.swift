import MartletCore
import Testing

struct KeyedDigestTests {
    /// The test cases 1, 2 and 6 of RFC 4231.
    @Test(
        arguments: [
            (Array(repeating: 0x0b, count: 20), "Hi There", "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"),
            (Array("Jefe".utf8), "what do ya want for nothing?", "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"),
            (
                Array(repeating: 0xaa, count: 131), "Test Using Larger Than Block-Size Key - Hash Key First",
                "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
            ),
        ] as [([UInt8], String, String)])
    func `a message has the code that the standard gives it`(_ key: [UInt8], _ message: String, _ code: String) {
        let found = KeyedDigest.sha256(of: Array(message.utf8), key: key)
        #expect(found.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined() == code)
    }

    @Test func `a message may be empty`() {
        #expect(KeyedDigest.sha256(of: [], key: [0]).count == 32)
    }
}
