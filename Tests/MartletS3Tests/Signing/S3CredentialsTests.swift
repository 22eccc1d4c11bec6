import Foundation
import MartletCore
import MartletTesting
import Testing

@testable import MartletS3

struct S3CredentialsTests {
    private static let file = """
        # of the team
        [default]
        aws_access_key_id = AKDEFAULT
        aws_secret_access_key=first/secret+=

        [ other ]
        aws_access_key_id = AKOTHER
        aws_secret_access_key = second
        aws_session_token = token==
        """

    private func withFile(_ text: String, _ body: (String) throws -> Void) throws {
        try withTemporaryFolder { folder in
            let path = "\(folder)/credentials"
            try text.write(toFile: path, atomically: true, encoding: .utf8)
            try body(path)
        }
    }

    @Test func `variables come before the file`() throws {
        try withFile(Self.file) { path in
            let found = try S3Credentials(environment: [
                "AWS_ACCESS_KEY_ID": "AK", "AWS_SECRET_ACCESS_KEY": "s", "AWS_SESSION_TOKEN": "t", "AWS_SHARED_CREDENTIALS_FILE": path,
            ])
            #expect(found.accessKeyID == "AK")
            #expect(found.secretAccessKey == "s")
            #expect(found.sessionToken == "t")
        }
    }

    @Test func `the file is read by profile`() throws {
        try withFile(Self.file) { path in
            let usual = try S3Credentials(environment: ["AWS_SHARED_CREDENTIALS_FILE": path])
            #expect(usual.accessKeyID == "AKDEFAULT")
            #expect(usual.secretAccessKey == "first/secret+=")
            #expect(usual.sessionToken == nil)
            let other = try S3Credentials(environment: ["AWS_SHARED_CREDENTIALS_FILE": path, "AWS_PROFILE": "other"])
            #expect(other.secretAccessKey == "second")
            #expect(other.sessionToken == "token==")
        }
    }

    @Test func `no description of whatever holds credentials shows them`() throws {
        let (secret, token) = ("wJalrXUtnFEMI", "FwoGZXIvYXdz")
        let configuration = try S3Configuration(
            S3Address("s3://abc"),
            environment: ["AWS_ACCESS_KEY_ID": "AKNOBODY", "AWS_SECRET_ACCESS_KEY": secret, "AWS_SESSION_TOKEN": token])
        for value: Any in [configuration, configuration.credentials, RequestSigner(credentials: configuration.credentials, region: "x")] {
            var text = "\(value) \(String(reflecting: value))"
            dump(value, to: &text)
            for hidden in [secret, token, "AKNOBODY"] { #expect(!text.contains(hidden)) }
        }
    }

    @Test(arguments: [
        ["AWS_PROFILE": "none"], ["AWS_ACCESS_KEY_ID": "AK"], ["AWS_SECRET_ACCESS_KEY": "SECRET"],
        ["AWS_ACCESS_KEY_ID": "AK\nx: y", "AWS_SECRET_ACCESS_KEY": "SECRET"],
    ])
    func `credentials that are missing or malformed are refused, without the secret`(environment: [String: String]) throws {
        try withFile(Self.file) { path in
            let environment = environment.merging(["AWS_SHARED_CREDENTIALS_FILE": path]) { $1 }
            let error = #expect(throws: MartletError.self) { try S3Credentials(environment: environment) }
            #expect(error?.code == .invalidInput)
            #expect(error?.message.contains("SECRET\"") == false)
        }
    }
}
