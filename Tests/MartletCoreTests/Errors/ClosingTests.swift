import MartletCore
import Synchronization
import Testing

@Suite struct ClosingTests {
    private struct Fault: Error, Equatable {
        let text: String
    }

    @Test func `what was open is closed once after the work, whose value comes back`() async throws {
        let log = Mutex<[String]>([])
        let value = try await closing({ log.withLock { $0.append("closed") } }) {
            log.withLock { $0.append("worked") }
            return 7
        }
        #expect(value == 7)
        #expect(log.withLock { $0 } == ["worked", "closed"])
    }

    @Test(arguments: [false, true]) func `after work that throws it is closed once, and the error is the work's`(failsToClose: Bool) async {
        let closed = Mutex(0)
        await #expect(throws: Fault(text: "work")) {
            try await closing({
                closed.withLock { $0 += 1 }
                if failsToClose { throw Fault(text: "close") }
            }) { throw Fault(text: "work") }
        }
        #expect(closed.withLock { $0 } == 1)
    }

    @Test func `that it cannot be closed is told where the work went well`() async {
        let closed = Mutex(0)
        await #expect(throws: Fault(text: "close")) {
            try await closing({
                closed.withLock { $0 += 1 }
                throw Fault(text: "close")
            }) {}
        }
        #expect(closed.withLock { $0 } == 1)
    }
}
