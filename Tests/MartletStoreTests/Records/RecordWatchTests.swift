import MartletCore
import MartletTesting
import Synchronization
import Testing

@testable import MartletStore

struct RecordWatchTests {
    @Test func `commits of others are told of as they can be read`() async throws {
        let folder = try TemporaryFolder()
        let path = folder.file("records.sqlite")
        let (records, other) = (try RecordStore(path: path), try RecordStore(path: path))
        let seen = Mutex<[Digest?]>([])
        // Within a test's time only the kernel tells of anything, after the first time.
        var watch: RecordWatch? = RecordWatch(records, atLeastEvery: .seconds(3_600)) {
            // What cannot be read is no digest, and found to be missing below.
            let last = try? records.releases(name: "train").last
            seen.withLock { $0.append(last?.digest) }
        }
        try await waitUntil("it is told at once") { seen.withLock { $0.count == 1 } }
        for number in 0..<20 {
            let manifest: JSONValue = ["number": .integer(Int64(number))]
            let key = Digest(of: manifest)
            _ = try other.register(key, name: "train", run: nil, manifest: manifest, at: .now)
            try await waitUntil("commit \(number) is read") { seen.withLock { $0.last == key } }
        }
        #expect(watch != nil)
        watch = nil
        try records.close()
        try other.close()
    }
}
