import Foundation
import Glibc
import MartletCore
import Testing

@testable import MartletStore

struct TreeTests {
    let place: TreePlace

    init() throws { place = try TreePlace() }

    @Test func `an empty folder has the digest of a manifest without paths`() throws {
        try place.makeFolder("empty")
        let tree = try place.tree(of: "empty")
        #expect(tree.count == 0)
        #expect(tree.digest == Digest(of: "martlet tree 1\n"))
    }

    @Test func `the bytes of a manifest never change`() throws {
        try place.write("one", to: "data/a.txt")
        try place.write("", to: "data/b/empty")
        try place.write("run", to: "data/b/run.sh", mode: 0o755)
        try place.makeFolder("data/b/nothing")
        #expect(symlink("a.txt", place.file("data/link")) == 0)
        let tree = try place.tree(of: "data")
        #expect(tree.entries.map(\.name) == ["a.txt", "b/empty", "b/nothing/", "b/run.sh", "link"])
        #expect(tree.entries.map(\.kind) == [.file, .file, .emptyFolder, .executable, .link])
        #expect(tree.sizeBytes == 6)
        #expect(tree.digest.hex == "3755d61d3cd8bb50500155f21f30a902daad7958ea21a7f794e029a08509b6a7")
    }

    @Test func `names are ordered by the bytes of whole paths`() throws {
        for name in ["a/z", "a-b", "a.b", "a0", "a/b/c", "a/b-c"] { try place.write("x", to: "data/\(name)") }
        #expect(try place.tree(of: "data").entries.map(\.name) == ["a-b", "a.b", "a/b-c", "a/b/c", "a/z", "a0"])
    }

    @Test func `where and when a folder was made is no part of its digest`() throws {
        for folder in ["one", "two/deep"] {
            try place.write("x", to: "\(folder)/a/x")
            try place.write("y", to: "\(folder)/y")
        }
        try place.write("y", to: "one/y")
        #expect(try place.tree(of: "one") == place.tree(of: "two/deep"))
    }

    @Test func `bytes, names, links and the right to execute are part of its digest`() throws {
        try place.write("x", to: "f0/a")
        try place.write("y", to: "f1/a")
        try place.write("x", to: "f2/b")
        try place.write("x", to: "f3/a", mode: 0o755)
        try place.makeFolder("f4/a")
        try place.makeFolder("f5")
        #expect(symlink("x", place.file("f5/a")) == 0)
        let digests = Set(try (0..<6).map { try place.tree(of: "f\($0)").digest })
        #expect(digests.count == 6)
    }

    @Test func `a manifest reads as what it was written from`() throws {
        var random = SplitMix64(seed: 11)
        for number in 0..<200 {
            let parts = (0...random.index(below: 3)).map { _ in "n\(random.index(below: 12))" }
            let name = parts.joined(separator: "/") + ".f"
            if number % 7 == 0 { try place.makeFolder("data/\(parts.joined(separator: "/"))") }
            try place.write(randomBytes(random.index(below: 300), seed: UInt64(number)), to: "data/\(name)")
        }
        let tree = try place.tree(of: "data")
        let read = try Tree(manifest: tree.encoded(), digest: tree.digest)
        #expect(Array(read.entries) == Array(tree.entries))
        #expect(Digest(of: read.encoded()) == tree.digest)
    }

    @Test func `names with line ends, blanks and bytes that are no text are kept`() throws {
        try place.makeFolder("data")
        let names: [[UInt8]] = [Array("a\nb".utf8), Array(" ".utf8), Array("ü".utf8), [0xFF, 0xFE], Array("\"'$x".utf8)]
        for name in names {
            let path = Array("\(place.file("data"))/".utf8) + name
            let descriptor = open(path.map { CChar(bitPattern: $0) } + [0], O_WRONLY | O_CREAT, 0o644)
            #expect(descriptor >= 0)
            close(descriptor)
        }
        let tree = try place.tree(of: "data")
        #expect(Set(tree.entries.map(\.path)) == Set(names))
        let kept = try place.store.put(folder: place.file("data"))
        try place.store.materialise(kept.digest, at: place.file("again"))
        #expect(try place.tree(of: "again") == tree)
    }

    @Test(arguments: [
        "../a", "/a", "a//b", "./a", "a/..", "a/./b", "a/", "",
    ])
    func `a manifest with a path that leads elsewhere is corrupt`(_ path: String) {
        let bytes =
            Array("martlet tree 1\nf".utf8) + [0, UInt8(path.utf8.count)] + Array(path.utf8) + [1] + [UInt8](repeating: 7, count: 32)
        #expect(code(of: { try Tree(manifest: bytes, digest: Digest(of: bytes)) }) == .corrupt)
    }

    @Test func `a manifest that was cut short anywhere is corrupt or another one`() throws {
        for name in ["a", "b/c", "d"] { try place.write(name, to: "data/\(name)") }
        let tree = try place.tree(of: "data")
        let bytes = tree.encoded()
        let whole = Set([0, 1, 2].map { count in Tree(bytes: tree.bytes, records: Array(tree.records.prefix(count))).encoded().count })
        for count in 0..<bytes.count where !whole.contains(count) {
            #expect(code(of: { try Tree(manifest: Array(bytes.prefix(count)), digest: tree.digest) }) == .corrupt, "\(count)")
        }
    }

    @Test func `changes name what was added, removed and altered`() throws {
        for name in ["a", "b", "c/d"] { try place.write(name, to: "data/\(name)") }
        let old = try place.tree(of: "data")
        try place.write("other", to: "data/b")
        try place.write("new", to: "data/c/a")
        try FileManager.default.removeItem(atPath: place.file("data/a"))
        let changes = try place.tree(of: "data").changes(since: old)
        #expect(changes == [TreeChange(.removed, "a"), TreeChange(.changed, "b"), TreeChange(.added, "c/a")])
        #expect(old.changes(since: old).isEmpty)
    }

    @Test func `pipes and sockets are refused by name`() throws {
        try place.makeFolder("data/deep")
        #expect(mkfifo(place.file("data/deep/pipe"), 0o600) == 0)
        let error = #expect(throws: MartletError.self) { try place.tree(of: "data") }
        #expect(error?.code == .invalidInput)
        #expect(error?.message.contains("data/deep/pipe") == true)
        #expect(error?.message.contains("a pipe") == true)
    }

    @Test func `what a file of patterns says is left out`() throws {
        for name in ["a.txt", "a.tmp", "deep/b.tmp", "deep/c", "keep.tmp", ".git/x", "deep/__pycache__/x"] {
            try place.write("x", to: "data/\(name)")
        }
        try place.write("*.tmp\n!keep.tmp\n", to: "data/.martletignore")
        try place.write("/c\n", to: "data/deep/.martletignore")
        #expect(try place.tree(of: "data").entries.map(\.name) == ["a.txt", "deep/", "keep.tmp"])
    }

    @Test func `a folder that is too deep is refused`() throws {
        try place.makeFolder("data" + String(repeating: "/d", count: FolderListing.depthMax + 1))
        #expect(code(of: { try place.tree(of: "data") }) == .limitExceeded)
        #expect(try place.tree(of: "data/d/d").count == 1)
    }
}
