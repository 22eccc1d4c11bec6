import MartletCore
import Synchronization
import Testing

@testable import MartletEngines

@Suite struct OpenVINORequestPoolTests {
    /// What was lent, shared by the tasks.
    private final class Record: Sendable {
        private let state = Mutex((current: Set<Int>(), calls: 0, faults: 0))

        var counts: (current: Int, calls: Int, faults: Int) { state.withLock { ($0.current.count, $0.calls, $0.faults) } }

        func lend(_ request: Int) {
            state.withLock { state in
                state.calls += 1
                if !state.current.insert(request).inserted { state.faults += 1 }
            }
        }

        func takeBack(_ request: Int) { state.withLock { _ = $0.current.remove(request) } }
    }

    @Test func `one call more than may wait is refused, and the next is served`() throws {
        let pool = OpenVINORequestPool(["only"], waitingCountMax: 0)
        let error = try #require(throws: MartletError.self) { try pool.run { _ in try pool.run { _ in } } }
        #expect(error.code == .overloaded && error.message.contains("calls wait for this model already"))
        #expect(try pool.run { $0 } == "only")
    }

    @Test func `a request is lent to one call at a time, and comes back when the call throws`() async {
        struct Stop: Error {}
        let pool = OpenVINORequestPool([1, 2], waitingCountMax: 1000)
        let record = Record()
        await withTaskGroup(of: Void.self) { group in
            for number in 0..<300 {
                group.addTask {
                    // A third of the calls throw on purpose.
                    try? pool.run { request in
                        record.lend(request)
                        defer { record.takeBack(request) }
                        if number % 3 == 0 { throw Stop() }
                    }
                }
            }
        }
        #expect(record.counts == (0, 300, 0))
    }
}
