import MartletCore
import Testing

@testable import MartletS3

struct S3EndpointTests {
    private func url(_ environment: [String: String], region: String = "us-east-1", bucket: String = "abc") throws -> String {
        try S3Endpoint(environment: environment, region: region).place(bucket, "x/ y").url
    }

    @Test func `AWS is asked at the bucket's own host`() throws {
        #expect(try url([:]) == "https://abc.s3.us-east-1.amazonaws.com/x/%20y")
        #expect(try url([:], region: "cn-north-1") == "https://abc.s3.cn-north-1.amazonaws.com.cn/x/%20y")
        #expect(try url(["AWS_ENDPOINT_URL": "https://s3.eu-west-1.amazonaws.com"]) == "https://abc.s3.eu-west-1.amazonaws.com/x/%20y")
    }

    @Test func `a bucket that no certificate fits is part of the path`() throws {
        #expect(try url([:], bucket: "a.b.c") == "https://s3.us-east-1.amazonaws.com/a.b.c/x/%20y")
    }

    @Test func `other servers are asked with the bucket in the path`() throws {
        #expect(try url(["AWS_ENDPOINT_URL": "http://127.0.0.1:9000/"]) == "http://127.0.0.1:9000/abc/x/%20y")
        #expect(try url(["AWS_ENDPOINT_URL": "https://Host:443/base"]) == "https://host/base/abc/x/%20y")
        #expect(try S3Endpoint(environment: ["AWS_ENDPOINT_URL": "http://a"], region: "x").place("abc", "").path == "/abc")
    }

    @Test func `the variable for S3 alone comes first`() throws {
        let all = ["MLFLOW_S3_ENDPOINT_URL": "http://c", "AWS_ENDPOINT_URL": "http://b", "AWS_ENDPOINT_URL_S3": "http://a"]
        #expect(try url(all).hasPrefix("http://a/"))
        #expect(try url(all.filter { $0.key != "AWS_ENDPOINT_URL_S3" }).hasPrefix("http://b/"))
        #expect(try url(["MLFLOW_S3_ENDPOINT_URL": "http://c", "AWS_ENDPOINT_URL": ""]).hasPrefix("http://c/"))
    }

    @Test(arguments: ["ftp://a", "a:9000", "http://", "http://user:secret@a", "http://a?x=secret", "http://a:99999"])
    func `what is no endpoint is refused without being shown`(text: String) {
        let error = #expect(throws: MartletError.self) { try url(["AWS_ENDPOINT_URL_S3": text]) }
        #expect(error?.message.contains("secret") == false)
    }

    @Test func `the region is named by either variable and must be one`() throws {
        let keys = ["AWS_ACCESS_KEY_ID": "AK", "AWS_SECRET_ACCESS_KEY": "s"]
        let region = { (more: [String: String]) in
            try S3Configuration(S3Address("s3://abc"), environment: keys.merging(more) { $1 }).region
        }
        #expect(try region([:]) == "us-east-1")
        #expect(try region(["AWS_DEFAULT_REGION": "eu-west-1"]) == "eu-west-1")
        #expect(try region(["AWS_DEFAULT_REGION": "eu-west-1", "AWS_REGION": "eu-west-2"]) == "eu-west-2")
        #expect(throws: MartletError.self) { try region(["AWS_REGION": "eu/west"]) }
    }
}
