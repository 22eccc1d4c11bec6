import Foundation
import Glibc
import MartletCore
import Testing

@testable import MartletStore

struct TreeStoreTests {
    let place: TreePlace

    init() throws { place = try TreePlace() }

    private func modes(_ name: String) throws -> mode_t {
        var status = stat()
        #expect(lstat(place.file(name), &status) == 0)
        return status.st_mode & 0o777
    }

    /// A folder with files of all ways to be kept.
    private func makeFolder(_ name: String) throws {
        for number in 0..<300 { try place.write(randomBytes(number * 7, seed: UInt64(number)), to: "\(name)/small/\(number)") }
        try place.write(randomBytes(700, seed: 100), to: "\(name)/again/same")
        try place.write("#!/bin/sh\n", to: "\(name)/run.sh", mode: 0o755)
        try place.write(randomBytes(200_000, seed: 1_001), to: "\(name)/middle")
        try place.write(randomBytes(100_000, seed: 1_004), to: "\(name)/tool", mode: 0o755)
        try place.write(randomBytes(5 << 20, seed: 1_002), to: "\(name)/large")
        try place.makeFolder("\(name)/nothing/in/here")
        #expect(symlink("../elsewhere", place.file("\(name)/link")) == 0)
    }

    @Test(arguments: [0, 1, TreeStore.wholeBytesMax, TreeStore.wholeBytesMax + 1, (9 << 20) + 3, 40 << 20])
    func `a file comes back as it was`(_ count: Int) throws {
        let bytes = randomBytes(count, seed: 4)
        try place.write(bytes, to: "file")
        let kept = try place.store.put(file: place.file("file"))
        #expect(kept == KeptContent(digest: Digest(of: bytes), kind: .file, sizeBytes: count))
        #expect(try place.store.contains(kept.digest))
        if count <= TreeStore.wholeBytesMax { #expect(place.store.blobs.contains(kept.digest)) }
        if count > ContentDefinedChunker.sizeBytesMax { #expect(!place.store.blobs.contains(kept.digest)) }
        for mode in [TreeStore.Mode.copy, .link] {
            try place.store.materialise(kept.digest, at: place.file("again"), mode: mode)
            #expect(try place.read("again") == bytes)
        }
        #expect(try place.folder.names(in: "home/temporary").isEmpty)
    }

    @Test func `a folder comes back as it was`() throws {
        try makeFolder("data")
        let kept = try place.store.put(folder: place.file("data"))
        let tree = try place.tree(of: "data")
        #expect(kept == KeptContent(digest: tree.digest, kind: .folder, sizeBytes: tree.sizeBytes))
        #expect(try Array(place.store.tree(kept.digest).entries) == Array(tree.entries))
        for (name, mode) in [("copy", TreeStore.Mode.copy), ("linked", .link)] {
            try place.store.materialise(kept.digest, at: place.file(name), mode: mode)
            #expect(try place.tree(of: name) == tree)
        }
        #expect(try modes("copy/middle") & 0o200 != 0)
        #expect(try modes("linked/middle") == 0o444)
        #expect(try modes("linked/tool") & 0o300 == 0o300)
        #expect(try place.folder.names().filter { $0.hasPrefix(".martlet") }.isEmpty)
        #expect(try place.folder.names(in: "home/temporary").isEmpty)
    }

    @Test func `an empty folder comes back`() throws {
        try place.makeFolder("data")
        let kept = try place.store.put(folder: place.file("data"))
        #expect(kept.sizeBytes == 0)
        try place.store.materialise(kept.digest, at: place.file("again"))
        #expect(try place.folder.names(in: "again").isEmpty)
    }

    @Test func `a folder with a manifest of many mebibytes comes back`() throws {
        let records = (0..<40_000).map { number in
            Tree.Record(kind: .link, start: number * 110, pathCount: 10, sizeBytes: 100, digest: .ofNothing)
        }
        let bytes = (0..<40_000).flatMap { Array("n\($0 + 100_000_000)".utf8) + randomBytes(100, seed: UInt64($0)).map { $0 | 1 } }
        let tree = Tree(bytes: bytes, records: records)
        #expect(tree.encoded().count > 4 << 20)
        #expect(try Tree(manifest: tree.encoded(), digest: tree.digest).encoded() == tree.encoded())
        try place.makeFolder("data")
        for number in 0..<40_000 {
            let target = tree[number].target.map { CChar(bitPattern: $0) } + [0]
            #expect(symlink(target, place.file("data/n\(number + 100_000_000)")) == 0)
        }
        let kept = try place.store.put(folder: place.file("data"))
        #expect(kept.digest == tree.digest)
        #expect(!place.store.blobs.contains(tree.digest))
        #expect(try place.store.contains(kept.digest))
        #expect(try place.store.tree(kept.digest).count == 40_000)
    }

    @Test func `a small change of a large file stores few chunks`() throws {
        var bytes = randomBytes(64 << 20, seed: 6)
        try place.write(bytes, to: "file")
        _ = try place.store.put(file: place.file("file"))
        let before = try place.blobs()
        for index in 0..<10 { bytes[(32 << 20) + index] ^= 0xFF }
        try place.write(bytes, to: "file")
        let kept = try place.store.put(file: place.file("file"))
        let new = try place.blobs().subtracting(before)
        #expect((1...3).contains(new.count))
        try place.store.materialise(kept.digest, at: place.file("again"))
        #expect(try Digest(ofFile: place.file("again")) == Digest(of: bytes))
    }

    @Test func `a change of one of many small files stores one pack and a manifest`() throws {
        for number in 0..<3_000 { try place.write(randomBytes(500, seed: UInt64(number)), to: "data/\(number % 10)/\(number)") }
        let first = try place.store.put(folder: place.file("data"))
        let before = try place.blobs()
        #expect(before.count < 20, "\(before.count) blobs for 3,000 files")
        try place.write(randomBytes(501, seed: 77), to: "data/4/1234")
        let second = try place.store.put(folder: place.file("data"))
        #expect(first.digest != second.digest)
        #expect(try place.blobs().subtracting(before).count <= 3)
    }

    @Test func `equal files are kept once, whoever put them`() throws {
        let (large, middle) = (randomBytes(6 << 20, seed: 1), randomBytes(100_000, seed: 2))
        for name in ["one/a", "two/b"] { try place.write(large, to: name) }
        for name in ["one/c", "two/d"] { try place.write(middle, to: name) }
        _ = try place.store.put(file: place.file("one/a"))
        _ = try place.store.blobs.put(middle)
        let before = try place.blobs()
        let kept = try ["one", "two"].map { try place.store.put(folder: place.file($0)) }
        #expect(try place.blobs().subtracting(before).count == 2)
        for content in kept { #expect(try place.store.contains(content.digest)) }
    }

    @Test func `a whole blob of any size is content`() throws {
        let bytes = randomBytes(3 << 20, seed: 8)
        let digest = try place.store.blobs.put(bytes)
        #expect(try place.store.contains(digest))
        try place.write(bytes, to: "file")
        #expect(try place.store.put(file: place.file("file")).digest == digest)
        #expect(try place.blobs() == [digest])
        try place.store.materialise(digest, at: place.file("again"), mode: .link)
        #expect(try place.read("again") == bytes)
        #expect(try modes("again") == 0o444)
        #expect(try place.store.needs(of: [digest]) == [digest])
    }

    @Test func `what content needs is there, and content without it is not`() throws {
        try makeFolder("data")
        let kept = try place.store.put(folder: place.file("data"))
        let needed = try place.store.needs(of: [kept.digest])
        #expect(try needed.isSuperset(of: place.blobs()))
        #expect(try place.store.needsOfAll() == needed)
        for digest in try place.blobs() {
            let path = place.store.blobs.path(of: digest)
            #expect(rename(path, place.file("aside")) == 0)
            #expect(try !place.store.contains(kept.digest))
            #expect(code(of: { try place.store.materialise(kept.digest, at: place.file("again")) }) == .notFound)
            #expect(rename(place.file("aside"), path) == 0)
        }
        #expect(try place.store.contains(kept.digest))
        #expect(try !place.folder.names().contains("again"))
    }

    @Test func `putting again heals what was lost`() throws {
        try makeFolder("data")
        let kept = try place.store.put(folder: place.file("data"))
        for digest in try place.blobs() {
            unlink(place.store.blobs.path(of: digest))
            #expect(try place.store.put(folder: place.file("data")) == kept)
            #expect(try place.store.contains(kept.digest))
        }
    }

    @Test func `bytes that were altered are found as they are read`() throws {
        try makeFolder("data")
        let kept = try place.store.put(folder: place.file("data"))
        for digest in try place.blobs() {
            let path = place.store.blobs.path(of: digest)
            let bytes = Array(try Data(contentsOf: URL(fileURLWithPath: path)))
            #expect(chmod(path, 0o600) == 0)
            try Data(bytes.dropLast() + [bytes[bytes.count - 1] ^ 1]).write(to: URL(fileURLWithPath: path))
            #expect(code(of: { try place.store.materialise(kept.digest, at: place.file("again"), mode: .link) }) == .corrupt)
            try Data(bytes).write(to: URL(fileURLWithPath: path))
        }
        #expect(try !place.folder.names().contains("again"))
        try place.store.materialise(kept.digest, at: place.file("again"))
    }

    @Test func `a damaged list is corrupt and named`() throws {
        try place.write(randomBytes(3 << 20, seed: 5), to: "file")
        let kept = try place.store.put(file: place.file("file"))
        let path = place.store.lists.path(of: kept.digest)
        let text = try String(contentsOfFile: path, encoding: .utf8)
        #expect(ContentList(text) != nil)
        for damaged in ["", String(text.dropLast(20)), text.replacing("chunk", with: "pack"), text + "x"] {
            #expect(unlink(path) == 0)
            try damaged.write(toFile: path, atomically: false, encoding: .utf8)
            let error = #expect(throws: MartletError.self) { try place.store.contains(kept.digest) }
            #expect(error?.code == .corrupt)
            #expect(error?.message.contains(path) == true)
        }
    }

    @Test func `what is in the way of content is left alone`() throws {
        try place.write("abc", to: "data/a")
        try place.write("mine", to: "occupied/mine")
        let kept = try place.store.put(folder: place.file("data"))
        #expect(code(of: { try place.store.materialise(kept.digest, at: place.file("occupied")) }) == .conflict)
        #expect(try place.read("occupied/mine") == Array("mine".utf8))
        #expect(code(of: { try place.store.materialise(kept.digest, at: place.file("occupied/mine")) }) == .conflict)
        #expect(code(of: { try place.store.materialise(Digest(of: "none"), at: place.file("occupied")) }) == .notFound)
        #expect(try place.folder.names().filter { $0.hasPrefix(".martlet") }.isEmpty)
    }

    @Test func `what is no file or folder is refused`() throws {
        #expect(mkfifo(place.file("pipe"), 0o600) == 0)
        #expect(code(of: { try place.store.put(file: place.file("pipe")) }) == .invalidInput)
        #expect(code(of: { try place.store.put(file: place.file("none")) }) == .notFound)
        #expect(code(of: { try place.store.put(folder: place.file("none")) }) == .notFound)
        #expect(code(of: { try place.store.put(file: place.folder.path) }) == .invalidInput)
        #expect(code(of: { try place.store.tree(Digest(of: "none")) }) == .notFound)
        #expect(try place.folder.names(in: "home/temporary").isEmpty)
    }

    @Test func `many threads may put the same at once`() async throws {
        try makeFolder("data")
        let (store, path) = (place.store, place.file("data"))
        let digests = try await withThrowingTaskGroup(of: Digest.self) { group in
            for _ in 0..<6 { group.addTask { try store.put(folder: path).digest } }
            return try await group.reduce(into: Set()) { $0.insert($1) }
        }
        #expect(digests.count == 1)
        #expect(try store.contains(#require(digests.first)))
        #expect(try place.folder.names(in: "home/temporary").isEmpty)
    }

    @Test func `packs follow from the manifest and keep to their sizes`() throws {
        var random = SplitMix64(seed: 31)
        let records = (0..<20_000).map { number in
            let digest = Digest(of: "\(random.index(below: 15_000))")
            return Tree.Record(
                kind: .file, start: 0, pathCount: 0, sizeBytes: Int(DigestBits(digest).words[1] % 20_000), digest: DigestBits(digest))
        }
        let plan = PackPlan(Tree(bytes: [], records: records))
        let packed = plan.packs.flatMap(\.records).map { records[$0] }
        #expect(Set(packed.map(\.digest)) == Set(records.filter { (1...PackPlan.fileBytesMax).contains($0.sizeBytes) }.map(\.digest)))
        #expect(packed.count == Set(packed.map(\.digest)).count)
        for pack in plan.packs.dropLast() { #expect((PackPlan.sizeBytesMin...PackPlan.sizeBytesMax).contains(pack.sizeBytes)) }
        #expect(plan.packs.map(\.sizeBytes) == plan.packs.map { $0.records.reduce(0) { $0 + records[$1].sizeBytes } })
    }
}
