import Testing

@testable import MartletCore

@Suite struct PercentEncodingTests {
    @Test(arguments: [("a-Z_0.~", "a-Z_0.~"), ("a b&c=d?", "a%20b%26c%3Dd%3F"), ("é/", "%C3%A9%2F"), ("", ""), ("\u{0}", "%00")])
    func `what could mean something in an address is two digits`(text: String, encoded: String) {
        #expect(PercentEncoding.encoded(text) == encoded)
    }

    @Test func `the slashes of a path stay where that is asked for`() {
        #expect(PercentEncoding.encoded("a b/c", keepsSlashes: true) == "a%20b/c")
    }
}
