#if GRPC
import GRPCCore
import MartletCore
import MartletServer

extension RPCError {
    /// The longest message that is sent, in characters: it travels among the header fields.
    static let messageLengthMax = 2_000

    /// What a client is told of an error.
    ///
    /// What went wrong inside the server is not told: clients cannot mend it, and what it says was not meant for them.
    static func describing(_ error: any Error) -> RPCError {
        switch error {
        case let error as RPCError: return error
        case let error as MartletError:
            var metadata = Metadata()
            if let seconds = error.retryAfterSeconds, seconds.isFinite {
                // The key by which gRPC's clients are told when to try again.
                metadata.addString("\(Int(min(max(seconds, 0), 86_400) * 1_000))", forKey: "grpc-retry-pushback-ms")
            }
            let code = code(of: error)
            let message = code.isServersFault ? serversFault : String(error.description.prefix(messageLengthMax))
            return RPCError(code: code, message: message, metadata: metadata)
        case is CancellationError: return RPCError(code: .cancelled, message: "the call was cancelled")
        default: return RPCError(code: .internalError, message: serversFault)
        }
    }

    private static let serversFault = "the server failed; its log has the cause"

    private static func code(of error: MartletError) -> Code {
        switch error.code {
        case .invalidInput, .specificationBroken, .limitExceeded: .invalidArgument
        case .notFound: .notFound
        case .overloaded: .resourceExhausted
        case .expired: .deadlineExceeded
        case .unavailable, .locked: .unavailable
        case .conflict: .aborted
        case .gateRefused, .contractBroken: .failedPrecondition
        case .corrupt: .dataLoss
        default: .internalError
        }
    }
}

extension RPCError.Code {
    /// Whether nothing that a client did is the reason.
    var isServersFault: Bool { self == .internalError || self == .dataLoss }
}

extension GRPCServerConfiguration {
    /// What a client is told of an error; one of the server's own is reported.
    func told(_ error: any Error, by method: String, request id: String = "") -> RPCError {
        let told = RPCError.describing(error)
        if told.code.isServersFault {
            report(HTTPFailure(requestID: id.isEmpty ? "without id" : "'\(id.prefix(64))'", route: method, error: error))
        }
        return told
    }
}
#endif
