import NIOCore
import NIOSSL

/// Why TLS failed, in a few words and without paths of a build machine.
struct TLSReason: CustomStringConvertible {
    let description: String

    init(_ error: any Error) {
        let text = "\(error)"
        let reasons = text.matches(of: /OPENSSL_internal:([A-Z0-9_]+)/).map { $0.1.lowercased().replacing("_", with: " ") }
        if let reason = reasons.last {
            description = reason
        } else if error is NIOSSLExtraError {
            description = "its certificate is for other names"
        } else if case ChannelError.connectTimeout = error {
            description = "the handshake took too long"
        } else {
            description = text.contains("EOF") || error is ChannelError ? "the connection ended amid the handshake" : "unknown"
        }
    }

    /// Whether the other side's certificate was refused, which another try would not change.
    static func isDistrust(_ error: any Error) -> Bool {
        if error is NIOSSLExtraError { return true }
        return "\(error)".contains("CERTIFICATE_VERIFY_FAILED")
    }
}
