import Testing

@testable import MartletServer

struct WebOriginTests {
    @Test(arguments: ["http://localhost", "http://localhost:5000", "https://127.0.0.1:3000", "http://[::1]:5000", "http://LOCALHOST"])
    func `pages of this machine are its own`(origin: String) {
        #expect(WebOrigin(origin).isOwn())
    }

    @Test(arguments: [
        "null", "", "http://example.org", "http://localhost.example.org", "http://127.0.0.1.example.org:5000",
        "http://localhost@example.org",
        "http://localhost:1@example.org", "http://[::1].example.org", "localhost", "http://localhost:x",
    ])
    func `other pages are not`(origin: String) {
        #expect(!WebOrigin(origin).isOwn())
    }
}
