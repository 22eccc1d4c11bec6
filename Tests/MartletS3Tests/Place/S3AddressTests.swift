import MartletCore
import Testing

@testable import MartletS3

struct S3AddressTests {
    @Test(arguments: [
        ("s3://abc", "abc", "", "s3://abc"), ("s3://abc/", "abc", "", "s3://abc"), ("s3://a.b-c/x/y/", "a.b-c", "x/y", "s3://a.b-c/x/y"),
    ])
    func `an address names a bucket and a prefix`(text: String, bucket: String, prefix: String, plain: String) throws {
        let address = try S3Address(text)
        #expect((address.bucket, address.prefix) == (bucket, prefix))
        #expect(address.description == plain)
    }

    @Test(arguments: [
        "", "abc", "s3:/abc", "s3://", "s3://ab", "s3://Abc", "s3://-abc", "s3://abc//x", "s3://abc/../x", "s3://abc/x//y", "s3://a_c",
        "s3://abc/x?y", "s3://abc/x y", "s3://user:secret@abc/x", "https://abc.s3.amazonaws.com/x",
        "s3://abc/" + String(repeating: "x", count: 513),
    ])
    func `what is no address is refused`(text: String) {
        let error = #expect(throws: MartletError.self) { try S3Address(text) }
        #expect(error?.code == .invalidInput)
    }

    @Test func `keys lead to digests and back, and no other key does`() throws {
        let digest = Digest(of: "a")
        for text in ["s3://abc", "s3://abc/x/y"] {
            let address = try S3Address(text)
            let key = address.key(of: digest)
            #expect(key.hasSuffix("\(digest.hex.prefix(2))/\(digest.hex)"))
            #expect(address.digest(ofKey: key) == digest)
            for other in ["\(key)x", "z" + key, digest.hex, "zz/\(digest.hex)", "", "é"] { #expect(address.digest(ofKey: other) == nil) }
        }
    }
}
