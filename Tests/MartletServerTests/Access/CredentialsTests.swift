import Foundation
import MartletRegistry
import Testing

@testable import MartletServer

struct CredentialsTests {
    private func basic(_ text: String) -> String { "Basic " + Data(text.utf8).base64EncodedString() }

    @Test func `a name and a password are read, also with a colon and other letters in the password`() {
        #expect(Credentials(authorization: basic("ann:p:ä ss")) == .password(user: "ann", "p:ä ss"))
        #expect(Credentials(authorization: "basic  " + Data("ann:".utf8).base64EncodedString()) == .password(user: "ann", ""))
    }

    @Test func `a token is read`() {
        #expect(Credentials(authorization: "Bearer martlet_x") == .token("martlet_x"))
        #expect(Credentials(authorization: "bearer martlet_x") == .token("martlet_x"))
    }

    @Test(
        arguments: [
            "", "Basic", "Basic ", "Basic !!!", "Basic YW5u", "Basic //8=", "Bearer", "Bearer ", "Digest a=b", "YW5uOng=",
            "Bearer " + String(repeating: "x", count: 5_000),
        ])
    func `anything else is nobody`(text: String) {
        #expect(Credentials(authorization: text) == nil)
    }
}
