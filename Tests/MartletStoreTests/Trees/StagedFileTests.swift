import MartletCore
import Testing

@testable import MartletStore

struct StagedFileTests {
    let place: TreePlace

    init() throws { place = try TreePlace() }

    private func stage(_ text: String) throws -> StagedFile {
        try place.write(text, to: "file")
        return try place.store.stage(file: place.file("file"))
    }

    @Test func `a file is among the contents once it is committed, and can be read before`() throws {
        let staged = try stage("abc")
        #expect(staged.content == KeptContent(digest: Digest(of: "abc"), kind: .file, sizeBytes: 3))
        #expect(try !place.store.contains(staged.content.digest))
        #expect(try staged.bytes() == Array("abc".utf8))
        #expect(staged.links(to: place.file("early")))
        try staged.commit()
        try staged.commit()
        #expect(try place.store.bytes(of: staged.content.digest) == Array("abc".utf8))
        #expect(try staged.bytes() == nil)
        #expect(!staged.links(to: place.file("late")))
        #expect(try place.read("early") == Array("abc".utf8))
    }

    @Test func `one that nobody commits leaves nothing behind`() throws {
        let before = try place.folder.names(in: "home/temporary")
        do {
            let staged = try stage("abc")
            #expect(try place.folder.names(in: "home/temporary").count == before.count + 1)
            #expect(staged.content.sizeBytes == 3)
        }
        #expect(try place.folder.names(in: "home/temporary") == before)
        #expect(try !place.store.contains(Digest(of: "abc")))
    }

    @Test func `a file whose content is there already is taken from there`() throws {
        try place.write("abc", to: "first")
        let kept = try place.store.put(file: place.file("first"))
        let staged = try stage("abc")
        #expect(staged.content == kept)
        #expect(try staged.bytes() == nil)
        try staged.commit()
        #expect(try place.store.contains(kept.digest))
    }

    @Test func `a file in chunks is there at once`() throws {
        let bytes = randomBytes(9 << 20, seed: 3)
        try place.write(bytes, to: "file")
        let staged = try place.store.stage(file: place.file("file"))
        #expect(try place.store.bytes(of: staged.content.digest) == bytes)
    }

    @Test func `of many with equal bytes each is there when its own commit returns`() async throws {
        try place.write("abc", to: "file")
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<20 {
                group.addTask {
                    let staged = try place.store.stage(file: place.file("file"))
                    try staged.commit()
                    #expect(try place.store.bytes(of: staged.content.digest) == Array("abc".utf8))
                }
            }
            try await group.waitForAll()
        }
    }
}
