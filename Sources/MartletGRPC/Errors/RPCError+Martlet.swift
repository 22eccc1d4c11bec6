#if GRPC
import GRPCCore
import MartletCore

extension RPCError {
    /// The longest message that is sent, in characters: it travels among the header fields.
    static let messageLengthMax = 2_000

    /// What a client is told of an error.
    ///
    /// Errors that nobody foresaw are named by their type only: what they say was not meant for clients.
    static func describing(_ error: any Error) -> RPCError {
        switch error {
        case let error as RPCError: return error
        case let error as MartletError:
            var metadata = Metadata()
            if let seconds = error.retryAfterSeconds, seconds.isFinite {
                // The key by which gRPC's clients are told when to try again.
                metadata.addString("\(Int(min(max(seconds, 0), 86_400) * 1_000))", forKey: "grpc-retry-pushback-ms")
            }
            return RPCError(code: code(of: error), message: String(error.description.prefix(messageLengthMax)), metadata: metadata)
        case is CancellationError: return RPCError(code: .cancelled, message: "the call was cancelled")
        default: return RPCError(code: .internalError, message: "the server failed with \(type(of: error))")
        }
    }

    private static func code(of error: MartletError) -> Code {
        switch error.code {
        case .invalidInput, .specificationBroken: .invalidArgument
        case .notFound: .notFound
        case .overloaded, .limitExceeded: .resourceExhausted
        case .expired: .deadlineExceeded
        case .unavailable, .locked: .unavailable
        case .conflict: .aborted
        case .gateRefused, .contractBroken: .failedPrecondition
        case .corrupt: .dataLoss
        default: .internalError
        }
    }
}
#endif
