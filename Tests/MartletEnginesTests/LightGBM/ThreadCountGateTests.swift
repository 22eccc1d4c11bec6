import Synchronization
import Testing

@testable import MartletEngines

@Suite struct ThreadCountGateTests {
    /// What was seen, shared by the tasks.
    private final class Record: Sendable {
        struct State {
            var current = 0
            var running: [Int] = []
            var faults = 0
        }

        private let state = Mutex(State())

        var faults: Int { state.withLock { $0.faults } }

        func set(_ threads: Int) {
            state.withLock { state in
                if !state.running.isEmpty { state.faults += 1 }
                state.current = threads
            }
        }

        func enter(_ threads: Int) {
            state.withLock { state in
                state.running.append(threads)
                if state.running.contains(where: { $0 != state.current }) { state.faults += 1 }
            }
        }

        func leave() { state.withLock { _ = $0.running.popLast() } }
    }

    @Test func `calls with different numbers of threads never run together`() async {
        let record = Record()
        let gate = ThreadCountGate { record.set($0) }
        await withTaskGroup(of: Void.self) { group in
            for number in 0..<200 {
                group.addTask {
                    let threads = 1 + number % 3
                    gate.run(threads: threads) {
                        record.enter(threads)
                        record.leave()
                    }
                }
            }
        }
        #expect(record.faults == 0)
    }

    @Test func `a call that throws lets the next one in`() {
        struct Stop: Error {}
        let gate = ThreadCountGate { _ in }
        #expect(throws: Stop.self) { try gate.run(threads: 1) { throw Stop() } }
        #expect(gate.run(threads: 2) { 7 } == 7)
    }
}
