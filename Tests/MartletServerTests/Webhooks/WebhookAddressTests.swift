import MartletCore
import MartletRegistry
import NIOCore
import Testing

@testable import MartletServer

struct WebhookAddressTests {
    @Test(
        arguments: [
            "127.0.0.1", "10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "192.0.2.1",
            "198.18.0.1", "198.51.100.7", "203.0.113.9", "224.0.0.1", "255.255.255.255", "::1", "::", "fe80::1", "fc00::1", "fd12::1",
            "ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::a9fe:a9fe", "2002:7f00:1::", "2001:db8::1", "2001::1", "3fff::1",
            "::7f00:1",
        ])
    func `an address of this machine, this network or nobody is not public`(_ text: String) throws {
        #expect(try #require(IPAddress(text)).isPublic == false)
    }

    @Test(
        arguments: [
            "1.1.1.1", "8.8.8.8", "172.15.0.1", "172.32.0.1", "100.63.255.255", "169.253.0.1", "2606:4700::1111", "::ffff:1.1.1.1",
            "64:ff9b::101:101", "2002:101:101::", "3fff:1000::1",
        ])
    func `an address in the open internet is public`(_ text: String) throws {
        #expect(try #require(IPAddress(text)).isPublic)
    }

    @Test(arguments: ["127.1", "0177.0.0.1", "2130706433", "0x7f.1", "localhost", ""])
    func `other spellings are no addresses`(_ text: String) { #expect(IPAddress(text) == nil) }

    @Test(
        arguments: [
            ("http://a.b/c?d=1#e", "a.b", 80, "/c?d=1", "a.b"), ("http://A.b:8080", "a.b", 8080, "/", "A.b:8080"),
            ("HTTP://[::1]:90/x", "::1", 90, "/x", "[::1]:90"), ("http://a?b", "a", 80, "/?b", "a"),
            ("http://1.2.3.4/", "1.2.3.4", 80, "/", "1.2.3.4"),
        ])
    func `an address is taken apart`(_ text: String, _ host: String, _ port: Int, _ target: String, _ authority: String) throws {
        let url = try WebhookURL(text, allowedSchemes: ["http"])
        #expect((url.scheme, url.host, url.port, url.target, url.authority) == ("http", host, port, target, authority))
    }

    @Test(
        arguments: [
            ("  ", "Webhook URL cannot be empty or just whitespace: '  '"),
            ("http://a", "Invalid webhook URL scheme: 'http'. Allowed schemes are: https."),
            ("a.b/c", "Invalid webhook URL scheme: ''. Allowed schemes are: https."),
            ("file:///etc/passwd", "Invalid webhook URL scheme: 'file'. Allowed schemes are: https."),
            ("https:///x", "Webhook URL must include a hostname: 'https:///x'"),
            ("https:x", "Webhook URL must include a hostname: 'https:x'"),
            ("https://u:p@a/x", "Webhook URL must not include embedded credentials."),
            ("https://127.1/x", "Webhook URL host '127.1' is not a canonical IP address literal."),
            ("https://0177.0.0.1/x", "Webhook URL host '0177.0.0.1' is not a canonical IP address literal."),
            ("https://a:99999/x", "Invalid webhook URL 'https://a:99999/x': expected a port from 1 to 65535"),
            ("https://[::1/x", "Invalid webhook URL 'https://[::1/x': a bracket is not closed"),
            ("https://[a]/x", "Invalid webhook URL 'https://[a]/x': expected an IPv6 address in brackets"),
            ("https://a/b c", "Invalid webhook URL 'https://a/b c': expected ASCII without spaces, with all else percent-encoded"),
            (
                "https://a\r\nx: y/",
                "Invalid webhook URL 'https://a\\r\\nx: y/': expected ASCII without spaces, with all else percent-encoded"
            ),
        ])
    func `an address that cannot be is refused`(_ text: String, _ message: String) {
        #expect(throws: TrackingFault(.invalidParameterValue, message)) { try WebhookURL(text, allowedSchemes: ["https"]) }
    }

    // MARK: The gate

    /// Finds the same address for every host.
    private struct OneAddress: HostResolver {
        let text: String

        func address(of host: String, port: Int) async throws -> SocketAddress { try SocketAddress(ipAddress: text, port: port) }
    }

    /// Finds no host.
    private struct Nothing: HostResolver {
        func address(of host: String, port: Int) async throws -> SocketAddress { throw MartletError(.unavailable, "no answer") }
    }

    @Test func `a host whose address is not public is refused, by whatever name`() async throws {
        let gate = WebhookGate(WebhookOptions(), resolver: OneAddress(text: "169.254.169.254"))
        let refusal = TrackingFault(
            .invalidParameterValue,
            "Webhook URL must not resolve to a non-public IP address. 'metadata.example' resolves to 169.254.169.254.")
        await #expect(throws: refusal) { try await gate.check("https://metadata.example/x") }
    }

    @Test func `a host that is not found is refused`() async throws {
        let gate = WebhookGate(WebhookOptions(), resolver: Nothing())
        await #expect(throws: TrackingFault(.invalidParameterValue, "Cannot resolve Webhook URL hostname 'a.b': no answer")) {
            try await gate.check("https://a.b/x")
        }
    }

    @Test func `public addresses pass, and all where that is allowed`() async throws {
        try await WebhookGate(WebhookOptions(), resolver: OneAddress(text: "1.1.1.1")).check("https://a.b/x")
        var options = WebhookOptions()
        options.allowsPrivateAddresses = true
        try await WebhookGate(options, resolver: Nothing()).check("https://127.0.0.1/x")
    }

    @Test func `a connection that ended up within is refused`() throws {
        let gate = WebhookGate(WebhookOptions(), resolver: Nothing())
        try gate.check(connected: SocketAddress(ipAddress: "1.1.1.1", port: 1))
        let within = try SocketAddress(ipAddress: "10.0.0.1", port: 1)
        #expect(throws: MartletError.self) { try gate.check(connected: within) }
        #expect(throws: MartletError.self) { try gate.check(connected: nil) }
    }

    @Test func `the environment says what MLflow's says`() {
        let options = WebhookOptions(
            environment: ["MLFLOW_WEBHOOK_ALLOWED_SCHEMES": "http, HTTPS", "MLFLOW_WEBHOOK_ALLOW_PRIVATE_IPS": "True"])
        #expect((options.allowedSchemes, options.allowsPrivateAddresses) == (["http", "https"], true))
        #expect(WebhookOptions(environment: [:]).allowedSchemes == ["https"])
    }
}
