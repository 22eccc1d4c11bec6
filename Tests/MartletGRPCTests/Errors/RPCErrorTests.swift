#if GRPC
import GRPCCore
import MartletCore
import Testing

@testable import MartletGRPC

@Suite struct RPCErrorTests {
    @Test(arguments: [
        (MartletError.Code.invalidInput, RPCError.Code.invalidArgument), (.notFound, .notFound), (.overloaded, .resourceExhausted),
        (.limitExceeded, .resourceExhausted), (.expired, .deadlineExceeded), (.unavailable, .unavailable), (.conflict, .aborted),
        (.engine, .internalError), (.corrupt, .dataLoss),
    ])
    func `each kind of failure has its status`(_ code: MartletError.Code, _ status: RPCError.Code) {
        let error = RPCError.describing(MartletError(code, "because"))
        #expect(error.code == status)
        #expect(error.message == "because")
    }

    @Test func `whoever may try again is told when`() {
        let error = RPCError.describing(MartletError(.overloaded, "later", retryAfterSeconds: 0.25))
        #expect(Array(error.metadata[stringValues: "grpc-retry-pushback-ms"]) == ["250"])
    }

    @Test func `an error that nobody foresaw says no more than its type`() {
        struct Secret: Error { let password = "hunter2" }
        let error = RPCError.describing(Secret())
        #expect(error.code == .internalError)
        #expect(error.message == "the server failed with Secret")
    }

    @Test func `a message fits into a header field`() {
        let error = RPCError.describing(MartletError(.invalidInput, String(repeating: "x", count: 100_000)))
        #expect(error.message.count == RPCError.messageLengthMax)
    }
}
#endif
