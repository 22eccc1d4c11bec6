import Foundation
import MartletCore
import MartletStore
import Testing

struct BlobStoreTests {
    let folder: TemporaryFolder
    let blobs: BlobStore

    init() throws {
        folder = try TemporaryFolder()
        blobs = BlobStore(home: try folder.preparedHome())
    }

    @Test(arguments: [0, 1, 5, 1 << 20, (3 << 20) + 1])
    func `bytes come back under their digest`(_ count: Int) throws {
        let bytes = [UInt8]((0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31) })
        let digest = try blobs.put(bytes)
        #expect(digest == Digest(of: bytes))
        #expect(try blobs.read(digest) == Data(bytes))
        #expect(try blobs.size(of: digest) == count)
    }

    @Test func `a blob lies in a folder of its first two digits`() throws {
        let digest = try blobs.put(Array("abc".utf8))
        #expect(blobs.path(of: digest) == "\(blobs.path)/ba/\(digest.hex)")
        #expect(FileManager.default.fileExists(atPath: blobs.path(of: digest)))
    }

    @Test func `putting again is fine and leaves no temporary file`() throws {
        let first = try blobs.put(Array("abc".utf8))
        #expect(try blobs.put(Data("abc".utf8)) == first)
        #expect(try folder.names(in: "home/temporary").isEmpty)
    }

    @Test func `a copied file stays`() throws {
        try folder.write("abc", to: "source")
        #expect(try blobs.put(copying: folder.file("source")) == Digest(of: "abc"))
        #expect(try folder.names().contains("source"))
        #expect(blobs.contains(Digest(of: "abc")))
    }

    @Test(arguments: [false, true])
    func `a moved file is gone`(_ isThereAlready: Bool) throws {
        if isThereAlready { _ = try blobs.put(Array("abc".utf8)) }
        try folder.write("abc", to: "source")
        #expect(try blobs.put(moving: folder.file("source")) == Digest(of: "abc"))
        #expect(try !folder.names().contains("source"))
        #expect(try blobs.read(Digest(of: "abc")) == Data("abc".utf8))
    }

    @Test func `a missing file or a folder cannot be put`() throws {
        #expect(code(of: { try blobs.put(copying: folder.file("none")) }) == .notFound)
        #expect(code(of: { try blobs.put(moving: folder.file("none")) }) == .notFound)
        #expect(code(of: { try blobs.put(moving: folder.path) }) == .invalidInput)
        #expect(try folder.names(in: "home/temporary").isEmpty)
    }

    @Test func `a blob that was altered is corrupt and named`() throws {
        let digest = try blobs.put(Array("abc".utf8))
        try alter(digest, to: "abd")
        let error = #expect(throws: MartletError.self) { try blobs.read(digest) }
        #expect(error?.code == .corrupt)
        #expect(error?.message.contains(digest.description) == true)
        #expect(error?.message.contains(blobs.path(of: digest)) == true)
    }

    @Test func `putting heals a blob that was cut short`() throws {
        let digest = try blobs.put(Array("abc".utf8))
        try alter(digest, to: "a")
        _ = try blobs.put(Array("abc".utf8))
        #expect(try blobs.read(digest) == Data("abc".utf8))
    }

    @Test func `an unknown blob is not found`() {
        let digest = Digest(of: "none")
        #expect(!blobs.contains(digest))
        #expect(code(of: { try blobs.read(digest) }) == .notFound)
        #expect(code(of: { try blobs.size(of: digest) }) == .notFound)
    }

    @Test func `many tasks may put the same blobs at once`() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for task in 0..<8 {
                group.addTask {
                    for blob in 0..<10 { _ = try blobs.put(Array("blob \((blob + task) % 10)".utf8)) }
                }
            }
            try await group.waitForAll()
        }
        for blob in 0..<10 { #expect(try blobs.read(Digest(of: "blob \(blob)")) == Data("blob \(blob)".utf8)) }
        #expect(try folder.names(in: "home/temporary").isEmpty)
    }

    private func alter(_ digest: Digest, to text: String) throws {
        try FileManager.default.removeItem(atPath: blobs.path(of: digest))
        try Data(text.utf8).write(to: URL(fileURLWithPath: blobs.path(of: digest)))
    }
}
