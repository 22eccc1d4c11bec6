import MartletCore
import MartletStore
import MartletTesting
import Testing

struct ArtifactStoreTests {
    @Test(arguments: ArtifactKind.all)
    func `a file comes back with its size, time and digest`(_ kind: ArtifactKind) async throws {
        try await ArtifactPlace.with(kind) { place in
            let kept = try await place.put("1/run/artifacts/a.txt", "hello")
            #expect(kept.digest == Digest(of: "hello"))
            #expect((kept.sizeBytes, kept.modifiedAt) == (5, Timestamp.second(0)))
            #expect(try await place.read("1/run/artifacts/a.txt") == "hello")
            #expect(try await place.store.open(kept.path)?.artifact == kept)
        }
    }

    @Test(arguments: ArtifactKind.all)
    func `an empty file is a file`(_ kind: ArtifactKind) async throws {
        try await ArtifactPlace.with(kind) { place in
            try await place.put("a/empty", "")
            #expect(try await place.read("a/empty") == "")
            #expect(try await place.list("a") == ["empty 0"])
        }
    }

    @Test(arguments: ArtifactKind.all)
    func `equal files are kept once, and a file is overwritten`(_ kind: ArtifactKind) async throws {
        try await ArtifactPlace.with(kind) { place in
            try await place.put("a", "one")
            try await place.put("b/c", "one")
            #expect(try await place.contents().count == 1)
            try await place.put("a", "two!")
            #expect(try await place.read("a") == "two!")
            #expect(try await place.read("b/c") == "one")
            #expect(try await place.list("") == ["a 4", "b/"])
            #expect(try place.temporaryCount() == 0)
        }
    }

    @Test(arguments: ArtifactKind.all)
    func `a folder lists what is in it and nothing below, in the order of bytes`(_ kind: ArtifactKind) async throws {
        try await ArtifactPlace.with(kind) { place in
            for path in [
                "r/a/x/y", "r/a/z", "r/a-b/x", "r/a b/x", "r/a0/x", "r/a0/b/x", "r/Z", "r/é", "r/\u{65}\u{301}/x", "r/ab", "s/x", "r0/x",
                "r-/x",
            ] {
                try await place.put(path, "1")
            }
            #expect(try await place.list("r") == ["Z 1", "a/", "a b/", "a-b/", "a0/", "ab 1", "\u{65}\u{301}/", "é 1"])
            #expect(try await place.list("") == ["r/", "r-/", "r0/", "s/"])
            #expect(try await place.list("r/a") == ["x/", "z 1"])
            #expect(try await place.list("r/ab").isEmpty)
            #expect(try await place.list("none").isEmpty)
        }
    }

    @Test(arguments: ArtifactKind.all)
    func `a folder is there while it holds something`(_ kind: ArtifactKind) async throws {
        try await ArtifactPlace.with(kind) { place in
            let folder = try ArtifactPath(reading: "a")
            try await place.put("a/b/c", "1")
            #expect(try await place.store.isFolder(folder))
            #expect(try await place.delete("a/b/c") == 1)
            #expect(try await !place.store.isFolder(folder))
            #expect(try await place.list("").isEmpty)
            #expect(try await place.store.isFolder(.root))
        }
    }

    @Test(arguments: ArtifactKind.all)
    func `a tree is deleted, and nothing beside it`(_ kind: ArtifactKind) async throws {
        try await ArtifactPlace.with(kind) { place in
            for path in ["a/b/c", "a/b/d/e", "a/b-c", "a/b0", "a/bb/c"] { try await place.put(path, "1") }
            #expect(try await place.delete("a/b") == 2)
            #expect(try await place.list("a") == ["b-c 1", "b0 1", "bb/"])
            #expect(try await place.delete("a/b") == 0)
            #expect(try await place.delete("") == 3)
            #expect(try await place.list("").isEmpty)
        }
    }

    @Test(arguments: ArtifactKind.all)
    func `a file cannot be where a folder is, nor in a file`(_ kind: ArtifactKind) async throws {
        try await ArtifactPlace.with(kind) { place in
            try await place.put("a/b/c", "1")
            for path in ["a", "a/b", "a/b/c/d", "a/b/c/d/e"] {
                await #expect(throws: MartletError.self) { try await place.put(path, "2") }
            }
            #expect(try await place.list("a/b") == ["c 1"])
            #expect(try await place.read("a") == nil)
        }
    }

    @Test(arguments: ArtifactKind.all)
    func `an upload that is not finished leaves nothing`(_ kind: ArtifactKind) async throws {
        try await ArtifactPlace.with(kind) { place in
            do {
                let upload = try place.store.makeUpload()
                try [1, 2, 3].withUnsafeBytes { try upload.write($0) }
            }
            #expect(try place.temporaryCount() == 0)
            #expect(try await place.contents().count == 0)
        }
    }

    @Test(arguments: ArtifactKind.onDisk)
    func `what is open stays as it was`(_ kind: ArtifactKind) async throws {
        try await ArtifactPlace.with(kind) { place in
            let path = try await place.put("a", "one").path
            guard let opened = try await place.store.open(path) else {
                Issue.record("there is no artifact '\(path)'")
                return
            }
            _ = try await place.delete("a")
            let found = try await place.store.unreferencedBlobs(before: .now + .seconds(60))
            try await place.store.collect(found, before: .now + .seconds(60))
            #expect(try await place.contents().count == 0)
            let bytes = try await opened.bytes(sizeMaxBytes: 10)
            #expect(bytes == Array("one".utf8))
        }
    }

    @Test(arguments: ArtifactKind.all)
    func `more than the limit is not read`(_ kind: ArtifactKind) async throws {
        try await ArtifactPlace.with(kind) { place in
            try await place.put("a", "four")
            guard let opened = try await place.store.open(try ArtifactPath(reading: "a")) else { return }
            await #expect(throws: MartletError.self) { _ = try await opened.bytes(sizeMaxBytes: 3) }
        }
    }

    @Test(arguments: ArtifactKind.all)
    func `content that is gone is an error, not a missing file`(_ kind: ArtifactKind) async throws {
        try await ArtifactPlace.with(kind) { place in
            let kept = try await place.put("a", "one")
            #expect(try await place.content.remove(kept.digest, before: .now + .seconds(60)))
            let error = await #expect(throws: MartletError.self) { try await place.read("a") }
            #expect(error?.code == .storage)
        }
    }

    @Test(arguments: ArtifactKind.all)
    func `content without a row, as a crash between leaves it, is kept by the next upload`(_ kind: ArtifactKind) async throws {
        try await ArtifactPlace.with(kind) { place in
            try await place.content.put(try place.upload("one"))
            #expect(try await place.list("").isEmpty)
            try await place.put("a", "one")
            #expect(try await place.read("a") == "one")
            #expect(try await place.contents().count == 1)
        }
    }
}
