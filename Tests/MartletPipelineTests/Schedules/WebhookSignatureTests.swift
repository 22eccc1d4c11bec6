import MartletCore
import Testing

@testable import MartletPipeline

@Suite struct WebhookSignatureTests {
    // The example of GitHub's documentation.
    private static let secret = "It's a Secret to Everybody"
    private static let body = Array("Hello, World!".utf8)
    private static let github = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
    /// By Python's `hmac`, of `d1.1714564800.Hello, World!`.
    private static let mlflow = "v1,HrFYyqvybJhEZAOwbiQAU2jamNvKymkdd5MGsBsuqQQ="

    private func fault(
        _ signature: WebhookSignature, body: [UInt8] = Self.body, secret: String = Self.secret, at time: String = "12:00:00"
    ) throws -> String? {
        signature.fault(of: body, secret: secret, now: try #require(Timestamp("2024-05-01T\(time)Z")))
    }

    @Test func `GitHub's own example holds`() throws { #expect(try fault(.body(Self.github)) == nil) }

    @Test func `another body, secret or code does not hold, whatever it is`() throws {
        #expect(try fault(.body(Self.github), body: Array("Hello, world!".utf8)) != nil)
        #expect(try fault(.body(Self.github), body: []) != nil)
        #expect(try fault(.body(Self.github), secret: "it's a Secret to Everybody") != nil)
        for code in ["", "sha256=", "sha1=757107ea", String(Self.github.dropLast()), Self.github + "0", String(Self.github.dropFirst(7))] {
            #expect(try fault(.body(code)) != nil, "'\(code)'")
        }
    }

    @Test(arguments: [("12:00:00", true), ("12:05:00", true), ("12:05:01", false), ("11:55:00", true), ("11:54:59", false)])
    func `a delivery holds for five minutes`(time: String, holds: Bool) throws {
        let signature = WebhookSignature.delivery(id: "d1", seconds: "1714564800", Self.mlflow)
        #expect(try (fault(signature, at: time) == nil) == holds)
        #expect(signature.deliveryID == "d1")
    }

    @Test func `a delivery's id, time and body are what is signed`() throws {
        for (id, seconds) in [("d2", "1714564800"), ("d1", "1714564801"), ("", ""), ("d1", "noon"), ("d1", "-9223372036854775808")] {
            #expect(try fault(.delivery(id: id, seconds: seconds, Self.mlflow)) != nil, "\(id) \(seconds)")
        }
        #expect(try fault(.delivery(id: "d1", seconds: "1714564800", Self.mlflow), body: []) != nil)
        #expect(try fault(.delivery(id: "d1", seconds: "1714564800", Self.github)) != nil)
    }
}
