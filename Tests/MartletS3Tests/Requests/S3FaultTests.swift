import MartletCore
import Testing

@testable import MartletS3

struct S3FaultTests {
    private func text(_ status: Int, _ code: String, region: String? = nil) throws -> String {
        let endpoint = try S3Endpoint(environment: ["AWS_ENDPOINT_URL": "http://a:1"], region: "us-east-1")
        return S3Fault(status: status, code: code, region: region).error(of: "GET 's3://abc/x'", at: endpoint).message
    }

    @Test func `a bucket of another region is told with its region`() throws {
        let step = "; set AWS_REGION to the bucket's region, eu-west-1"
        #expect(
            try text(301, "PermanentRedirect", region: "eu-west-1")
                == "S3 at http://a:1 refused GET 's3://abc/x' with 301 PermanentRedirect" + step)
        #expect(try text(301, "", region: "eu-west-1") == "S3 at http://a:1 refused GET 's3://abc/x' with 301" + step)
        #expect(try text(400, "AuthorizationHeaderMalformed").hasSuffix("; set AWS_REGION to the bucket's region"))
    }

    @Test func `credentials that expired are told`() throws {
        #expect(try text(400, "ExpiredToken").hasSuffix("; get new credentials, then start again"))
    }

    @Test(arguments: [(500, ""), (503, "SlowDown"), (400, "RequestTimeout"), (502, ""), (429, ""), (409, "ConditionalRequestConflict")])
    func `what passes is known`(status: Int, code: String) {
        #expect(S3Fault(status: status, code: code, region: nil).isPassing)
    }

    @Test(arguments: [(400, "BadDigest"), (403, "AccessDenied"), (404, "NoSuchKey"), (501, "NotImplemented"), (412, "")])
    func `what stays is known`(status: Int, code: String) {
        #expect(!S3Fault(status: status, code: code, region: nil).isPassing)
    }

    @Test func `a code is taken without anything else`() {
        let body = "<Error><Code>No&#10;Such\u{1b}Key</Code><Message>m</Message><AWSAccessKeyId>AK</AWSAccessKeyId></Error>"
        #expect(S3Client.code(XMLTree(Array(body.utf8))) == "NoSuchKey")
        #expect(S3Client.code(XMLTree(Array("<html><Code>x</Code></html>".utf8))) == "")
        #expect(S3Client.code(nil) == "")
    }
}
