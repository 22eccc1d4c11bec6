import MartletCore
import MartletTesting
import Testing

@testable import MartletStore

struct DiskReserveTests {
    @Test func `a disk with more than the reserve takes bytes`() throws {
        try withTemporaryFolder { folder in
            try DiskReserve(sizeBytes: 0).check(folder)
            _ = try ArtifactUpload(in: folder, reserve: DiskReserve(sizeBytes: 0))
        }
    }

    /// A pseudo file system has no bytes at all.
    @Test func `one without room is refused before anything is written`() {
        let error = #expect(throws: MartletError.self) { try DiskReserve.standard.check("/proc") }
        #expect(error?.code == .full)
        #expect(error?.message.contains("martlet gc") == true)
        let refused = #expect(throws: MartletError.self) { _ = try ArtifactUpload(in: "/proc") }
        #expect(refused?.code == .full)
    }
}
