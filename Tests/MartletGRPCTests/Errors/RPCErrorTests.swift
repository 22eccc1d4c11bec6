#if GRPC
import GRPCCore
import MartletCore
import MartletServer
import Synchronization
import Testing

@testable import MartletGRPC

@Suite struct RPCErrorTests {
    @Test(arguments: [
        (MartletError.Code.invalidInput, RPCError.Code.invalidArgument), (.notFound, .notFound), (.overloaded, .resourceExhausted),
        (.limitExceeded, .invalidArgument), (.expired, .deadlineExceeded), (.unavailable, .unavailable), (.conflict, .aborted),
        (.engine, .internalError), (.corrupt, .dataLoss),
    ])
    func `each kind of failure has its status`(_ code: MartletError.Code, _ status: RPCError.Code) {
        let error = RPCError.describing(MartletError(code, "because"))
        #expect(error.code == status)
        #expect(error.message == (status.isServersFault ? "the server failed; its log has the cause" : "because"))
    }

    @Test func `whoever may try again is told when`() {
        let error = RPCError.describing(MartletError(.overloaded, "later", retryAfterSeconds: 0.25))
        #expect(Array(error.metadata[stringValues: "grpc-retry-pushback-ms"]) == ["250"])
    }

    private struct Secret: Error { let password = "hunter2" }

    @Test func `an error that nobody foresaw is told to nobody but the log`() {
        let reported = Mutex<[String]>([])
        var configuration = GRPCServerConfiguration()
        configuration.report = { failure in reported.withLock { $0.append("\(failure)") } }
        let error = configuration.told(Secret(), by: "ModelInfer", request: "order-7")
        #expect(error.code == .internalError)
        #expect(error.message == "the server failed; its log has the cause")
        #expect(reported.withLock(\.self) == ["request 'order-7' to ModelInfer: Secret(password: \"hunter2\")"])
    }

    @Test func `a refusal is reported to nobody`() {
        var configuration = GRPCServerConfiguration()
        configuration.report = { Issue.record("\($0)") }
        #expect(configuration.told(MartletError(.notFound, "gone"), by: "ModelInfer").code == .notFound)
    }

    @Test func `a message fits into a header field`() {
        let error = RPCError.describing(MartletError(.invalidInput, String(repeating: "x", count: 100_000)))
        #expect(error.message.count == RPCError.messageLengthMax)
    }
}
#endif
