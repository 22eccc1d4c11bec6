import MartletCore
import MartletRegistry
import NIOCore

/// Tells where webhooks may go: only to allowed schemes, and, unless that is allowed, to public addresses.
package struct WebhookGate: WebhookAddressCheck {
    let options: WebhookOptions
    private let resolver: any HostResolver

    init(_ options: WebhookOptions, resolver: any HostResolver) {
        self.options = options
        self.resolver = resolver
    }

    /// Makes a gate that asks the system for the addresses of hosts.
    package init(_ options: WebhookOptions) {
        self.init(options, resolver: SystemHostResolver(timeout: options.resolutionTimeout))
    }

    package func check(_ url: String) async throws {
        let url = try WebhookURL(url, allowedSchemes: options.allowedSchemes)
        if !options.allowsPrivateAddresses { _ = try await address(of: url) }
    }

    /// The address to connect to.
    func address(of url: WebhookURL) async throws -> SocketAddress {
        let address: SocketAddress
        do {
            address = try await resolver.address(of: url.host, port: url.port)
        } catch let error as CancellationError {
            throw error
        } catch {
            throw TrackingFault(
                .invalidParameterValue, "Cannot resolve Webhook URL hostname \(PythonText.quoted(url.host)): \(Self.reason(error))")
        }
        guard let refused = refused(address) else { return address }
        throw TrackingFault(
            .invalidParameterValue,
            "Webhook URL must not resolve to a non-public IP address. \(PythonText.quoted(url.host)) resolves to \(refused).")
    }

    /// Refuses a connection that ended up elsewhere.
    func check(connected address: SocketAddress?) throws {
        guard let address, refused(address) == nil else {
            throw MartletError(
                .invalidInput,
                "the connection of a webhook went to \(address.flatMap(IPAddress.init)?.description ?? "no address"), which is not public")
        }
    }

    private func refused(_ address: SocketAddress) -> String? {
        if options.allowsPrivateAddresses { return nil }
        guard let ip = IPAddress(address) else { return "no IP address" }
        return ip.isPublic ? nil : ip.description
    }

    private static func reason(_ error: any Error) -> String { (error as? MartletError)?.message ?? "Name or service not known" }
}
