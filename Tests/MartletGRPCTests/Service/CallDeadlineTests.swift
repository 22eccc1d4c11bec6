#if GRPC
import GRPCCore
import Testing

@testable import MartletGRPC

@Suite struct CallDeadlineTests {
    @Test(arguments: [
        ("99999999H", Duration.seconds(99_999_999 * 3_600)), ("2M", .seconds(120)), ("3S", .seconds(3)), ("4000m", .seconds(4)),
    ])
    func `a timeout's unit is read`(_ text: String, _ duration: Duration) throws {
        let remaining = try #require(CallDeadline(["grpc-timeout": .string(text)]).remaining)
        #expect(remaining <= duration)
        #expect(remaining > duration - .seconds(1))
    }

    @Test(arguments: ["0S", "1n", "0u"]) func `a deadline that is over leaves no time`(_ text: String) throws {
        let deadline = CallDeadline(["grpc-timeout": .string(text)])
        while !deadline.isOver {}
        #expect(deadline.remaining == .zero)
    }

    @Test(arguments: ["", "S", "1", "-1S", "+1S", "1.5S", "999999999S", "1s", "١S", "9223372036854775808H"])
    func `what is no timeout is none`(_ text: String) {
        let deadline = CallDeadline(["grpc-timeout": .string(text)])
        #expect(deadline.remaining == nil)
        #expect(!deadline.isOver)
    }

    @Test func `a client that says nothing waits for ever`() {
        #expect(CallDeadline([:]).remaining == nil)
        #expect(!CallDeadline.none.isOver)
    }
}
#endif
