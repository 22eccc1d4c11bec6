import MartletCore
import MartletTesting
import Synchronization
import Testing

@testable import MartletStore

struct RecordWatchTests {
    private final class Count: Sendable {
        private let number = Mutex(0)
        var value: Int { number.withLock { $0 } }
        func add() { number.withLock { $0 += 1 } }
    }

    @Test func `commits of others are told of as they happen, until nobody watches`() async throws {
        let folder = try TemporaryFolder()
        let path = folder.file("records.sqlite")
        let (records, other) = (try RecordStore(path: path), try RecordStore(path: path))
        let count = Count()
        // Within a test's time only the kernel tells of anything, after the first time.
        var watch: RecordWatch? = RecordWatch(records, atLeastEvery: .seconds(3_600)) { count.add() }
        try await waitUntil("it is told at once") { count.value == 1 }
        for number in 0..<3 {
            let before = count.value
            try other.record(
                StepExecution(
                    step: "train", key: Digest(of: "\(number)"), keyParts: [:], outputs: [:], summary: [:], startedAt: .now,
                    finishedAt: .now))
            try await waitUntil("a commit is told of") { count.value > before }
        }
        #expect(watch != nil)
        watch = nil
        try records.close()
        try other.close()
    }
}
