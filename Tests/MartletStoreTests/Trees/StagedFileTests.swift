import Foundation
import Glibc
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

    @Test func `a file whose content was there and went since is kept all the same`() throws {
        try place.write("abc", to: "first")
        let kept = try place.store.put(file: place.file("first"))
        let staged = try stage("abc")
        #expect(unlink(place.store.blobs.path(of: kept.digest)) == 0)
        try staged.commit()
        #expect(try place.store.bytes(of: kept.digest) == Array("abc".utf8))
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

    @Test func `a file that is taken becomes the blob itself`() throws {
        try place.write("abc", to: "file")
        let staged = try place.store.stage(taking: place.file("file"))
        #expect(try staged.bytes() == Array("abc".utf8) && staged.isReadable)
        try staged.commit()
        #expect(try place.store.bytes(of: Digest(of: "abc")) == Array("abc".utf8))
        #expect(try inode(place.file("file")) == inode(place.store.blobs.path(of: Digest(of: "abc"))))
        // Who is no administrator cannot write to either.
        #expect(try mode("file") == 0o444)
    }

    @Test func `a file that has another name is copied, as that may be written to`() throws {
        try place.write("abc", to: "own")
        #expect(link(place.file("own"), place.file("file")) == 0)
        try place.store.stage(taking: place.file("file")).commit()
        try place.write("xyz", to: "other")
        #expect(try inode(place.file("own")) != inode(place.store.blobs.path(of: Digest(of: "abc"))))
        #expect(try mode("own") == 0o644)
    }

    @Test func `a link is followed and its target copied`() throws {
        try place.write("abc", to: "own")
        #expect(symlink(place.file("own"), place.file("file")) == 0)
        let staged = try place.store.stage(taking: place.file("file"))
        try staged.commit()
        #expect(try place.store.bytes(of: staged.content.digest) == Array("abc".utf8))
        #expect(try mode("own") == 0o644)
    }

    @Test func `a file that was taken and went before its commit is no content`() throws {
        try place.write("abc", to: "file")
        let staged = try place.store.stage(taking: place.file("file"))
        #expect(unlink(place.file("file")) == 0)
        #expect(!staged.isReadable)
        #expect(throws: MartletError.self) { try staged.commit() }
        #expect(try !place.store.contains(Digest(of: "abc")))
    }

    @Test(arguments: ["xyz", "longer"]) func `what another wrote where a file was taken is not kept as that`(_ text: String) throws {
        try place.write("abc", to: "file")
        let staged = try place.store.stage(taking: place.file("file"))
        #expect(unlink(place.file("file")) == 0)
        try place.write(text, to: "file")
        // A file system may give the number of a file that has gone to the next one, and its clock ticks in steps.
        try FileManager.default.setAttributes([.modificationDate: Date(timeIntervalSince1970: 1e9)], ofItemAtPath: place.file("file"))
        let error = #expect(throws: MartletError.self) { try staged.commit() }
        #expect(error?.code == .conflict)
        #expect(try !place.store.contains(Digest(of: "abc")))
    }

    @Test func `a file that was only touched since it was taken is kept`() throws {
        try place.write("abc", to: "file")
        let staged = try place.store.stage(taking: place.file("file"))
        try FileManager.default.setAttributes([.modificationDate: Date(timeIntervalSince1970: 1e9)], ofItemAtPath: place.file("file"))
        #expect(staged.isReadable)
        try staged.commit()
        #expect(try place.store.bytes(of: Digest(of: "abc")) == Array("abc".utf8))
    }

    @Test func `another file at its place is not taken for it`() throws {
        try place.write("abc", to: "file")
        let staged = try place.store.stage(taking: place.file("file"))
        #expect(rename(place.file("file"), place.file("moved")) == 0)
        try place.write("xyz", to: "file")
        #expect(!staged.isReadable)
        #expect(try staged.bytes() == nil)
        #expect(!staged.links(to: place.file("link")))
        #expect(try !staged.copies(to: place.file("copy")))
        #expect(Directory.kind(of: place.file("link")) == nil)
        #expect(Directory.kind(of: place.file("copy")) == nil)
    }

    @Test func `its bytes are copied where no link can be made, and never over what is there`() throws {
        try place.write("abc", to: "file")
        let staged = try place.store.stage(taking: place.file("file"))
        #expect(try staged.copies(to: place.file("copy")))
        #expect(try place.read("copy") == Array("abc".utf8))
        #expect(try inode(place.file("copy")) != inode(place.file("file")))
        #expect(throws: MartletError.self) { try staged.copies(to: place.file("copy")) }
        #expect(try place.read("copy") == Array("abc".utf8))
        // Whoever runs as root may have written to it.
        #expect(chmod(place.file("file"), 0o644) == 0)
        let file = try OpenFile(place.file("file"), O_WRONLY)
        try Array("xyz".utf8).withUnsafeBytes { try file.write($0, at: 0) }
        #expect(try !staged.copies(to: place.file("other")))
    }

    @Test func `a damaged blob of the same name is replaced`() throws {
        let blob = place.store.blobs.path(of: Digest(of: "abc"))
        try place.write("abc", to: "first")
        _ = try place.store.put(file: place.file("first"))
        #expect(unlink(blob) == 0)
        try place.write("damaged", to: String(blob.dropFirst(place.folder.path.count + 1)))
        try place.write("abc", to: "file")
        let staged = try place.store.stage(taking: place.file("file"))
        try staged.commit()
        #expect(try place.store.bytes(of: staged.content.digest) == Array("abc".utf8))
    }

    private func status(_ path: String) throws -> stat {
        var status = stat()
        guard lstat(path, &status) == 0 else { throw MartletError.io("look at", path, errno: errno) }
        return status
    }

    private func inode(_ path: String) throws -> UInt { try status(path).st_ino }

    private func mode(_ name: String) throws -> mode_t { try status(place.file(name)).st_mode & 0o777 }
}
