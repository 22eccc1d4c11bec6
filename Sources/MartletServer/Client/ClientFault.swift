import MartletCore
import NIOCore
import NIOPosix

#if canImport(Glibc)
import Glibc
#endif

/// What goes wrong on a client's connection.
enum ClientFault: Error {
    case notConnected(any Error)
    /// The handshake of TLS failed.
    case notEncrypted(any Error)
    /// The connection ended before the first byte of an answer.
    case closedUnanswered
    case closedAmidAnswer
    case timedOut
    case tooLarge
    case malformed(any Error)

    func described(_ address: ServerAddress, _ configuration: HTTPClientConfiguration) -> MartletError {
        switch self {
        case .notConnected(let error): Self.unconnected(error, address, configuration)
        case .notEncrypted(let error):
            // Whom nobody vouches for is not tried again.
            MartletError(TLSReason.isDistrust(error) ? .invalidInput : .unavailable, "no TLS with \(address): \(TLSReason(error))")
        case .closedUnanswered:
            MartletError(.unavailable, "\(address) closed the connection without an answer; see its log and try again")
        case .closedAmidAnswer:
            MartletError(.unavailable, "\(address) closed the connection amid an answer; see its log and try again")
        case .timedOut:
            MartletError(
                .unavailable, "\(address) did not answer within \(configuration.requestTimeout); try again later")
        case .tooLarge:
            MartletError(
                .limitExceeded,
                "the answer of \(address) is larger than \(configuration.responseSizeMaxBytes) bytes; ask for less"
            )
        case .malformed(let error):
            MartletError(.unavailable, "the answer of \(address) is not HTTP/1.1; check the address", cause: error)
        }
    }

    private static func unconnected(
        _ error: any Error, _ address: ServerAddress, _ configuration: HTTPClientConfiguration
    ) -> MartletError {
        guard isRefusal(error) else {
            return MartletError(.unavailable, "cannot connect to \(address); check the address", cause: error)
        }
        return MartletError(.unavailable, "nothing listens at \(address); \(configuration.startWords)")
    }

    private static func isRefusal(_ error: any Error) -> Bool {
        if let error = error as? NIOConnectionError {
            return !error.connectionErrors.isEmpty && error.connectionErrors.allSatisfy { isRefusal($0.error) }
        }
        return (error as? IOError)?.errnoCode == ECONNREFUSED
    }
}
