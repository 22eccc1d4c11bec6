import Foundation
import Glibc
import MartletCore
import Synchronization
import Testing

@testable import MartletStore

struct FileIndexTests {
    /// Long enough for all that was written to be believed.
    static let later = Duration.seconds(60)

    let place: TreePlace

    init() throws { place = try TreePlace() }

    private func index(after duration: Duration = later) throws -> FileIndex {
        try FileIndex(root: place.folder.path, file: place.file("index")) { .now + duration }
    }

    /// Replaces a file's bytes and lets its stamp be what it was, which the operating system does not allow; so the index is altered.
    private func poison(_ name: String, with text: String, _ body: (FileIndex) throws -> Void) throws {
        let index = try index()
        try body(index)
        try index.save()
        let table = try #require(try IndexTable.load(place.file("index")))
        var status = stat()
        #expect(lstat(place.file(name), &status) == 0)
        let known = KnownFile(stamp: FileStamp(status), digest: DigestBits(Digest(of: text)), isExecutable: false)
        let path = Array(name.utf8)
        #expect(path.withUnsafeBufferPointer { table.place(of: $0) } != nil)
        try path.withUnsafeBufferPointer { bytes in
            let base = try #require(bytes.baseAddress)
            try [known.record(pathStart: 0, pathCount: path.count)].withUnsafeBufferPointer { records in
                try IndexTable([IndexRun(records: records, paths: base, pathBytes: path.count)]).save(to: place.file("index"))
            }
        }
    }

    @Test func `a file has the digest of its bytes`() throws {
        try place.write("abc", to: "a")
        #expect(try index().digest(ofFile: "a") == Digest(of: "abc"))
        #expect(try index().digest(ofFile: "./a") == Digest(ofFile: place.file("a")))
    }

    @Test func `a known file is not read again`() throws {
        try place.write("abc", to: "data/a")
        try poison("data/a", with: "what was remembered") { _ = try $0.digest(ofFile: "data/a") }
        #expect(try index().digest(ofFile: "data/a") == Digest(of: "what was remembered"))
        #expect(try index().digest(ofFolder: "data")[0].digest == Digest(of: "what was remembered"))
    }

    @Test func `a folder's files are known one by one`() throws {
        try place.write("abc", to: "data/a")
        try poison("data/a", with: "what was remembered") { _ = try $0.digest(ofFolder: "data") }
        #expect(try index().digest(ofFile: "data/a") == Digest(of: "what was remembered"))
        #expect(try index().digest(ofFolder: ".").entries.first { $0.name == "data/a" }?.digest == Digest(of: "what was remembered"))
    }

    @Test func `a file that changed within the clock's step is read again`() throws {
        try place.write("abc", to: "a")
        let index = try index(after: .zero)
        _ = try index.digest(ofFile: "a")
        _ = try index.digest(ofFolder: ".")
        try index.save()
        #expect(try IndexTable.load(place.file("index"))?.records.isEmpty ?? true)
    }

    @Test(arguments: ["size", "time", "inode"])
    func `a change shows`(_ kind: String) throws {
        try place.write("abc", to: "a")
        let index = try index()
        _ = try index.digest(ofFile: "a")
        let time = try FileManager.default.attributesOfItem(atPath: place.file("a"))[.modificationDate]
        switch kind {
        case "size": try place.write("abcd", to: "a")
        case "time":
            // The same inode, size and date: only the time of the change tells.
            let file = try OpenFile(place.file("a"), O_WRONLY)
            try Array("abd".utf8).withUnsafeBytes { try file.write($0, at: 0) }
            try FileManager.default.setAttributes([.modificationDate: try #require(time)], ofItemAtPath: place.file("a"))
        default:
            try place.write("abe", to: "b")
            #expect(rename(place.file("b"), place.file("a")) == 0)
        }
        #expect(try index.digest(ofFile: "a") == Digest(ofFile: place.file("a")))
        #expect(try index.digest(ofFolder: ".").entries.first { $0.name == "a" }?.digest == Digest(ofFile: place.file("a")))
    }

    @Test func `what is gone is forgotten`() throws {
        for name in ["data/a", "data/b", "other/c"] { try place.write(name, to: name) }
        let index = try index()
        _ = try index.digest(ofFolder: "data")
        _ = try index.digest(ofFile: "other/c")
        try FileManager.default.removeItem(atPath: place.file("data/a"))
        #expect(try index.digest(ofFolder: "data").entries.map(\.name) == ["b"])
        try index.save()
        #expect(try IndexTable.load(place.file("index"))?.records.count == 2)
    }

    @Test(arguments: [0, 1, 63, 64, 100, 200])
    func `a damaged index is made anew`(_ count: Int) throws {
        for name in ["a", "b", "c"] { try place.write(name, to: "data/\(name)") }
        let first = try index()
        let tree = try first.digest(ofFolder: "data")
        try first.save()
        let bytes = try place.read("index")
        #expect(bytes.count > 200)
        for damaged in [Array(bytes.prefix(count)), bytes[..<count] + [bytes[count] ^ 1] + bytes[(count + 1)...]] {
            try place.write(damaged, to: "index")
            #expect(try index().digest(ofFolder: "data") == tree)
        }
    }

    @Test func `an index agrees with a naive reading after any changes`() throws {
        var random = SplitMix64(seed: 21)
        let index = try index()
        for round in 0..<40 {
            for _ in 0..<5 {
                let name = "data/d\(random.index(below: 3))/f\(random.index(below: 8))"
                if random.index(below: 3) == 0 {
                    unlink(place.file(name))
                } else {
                    try place.write(randomBytes(random.index(below: 50), seed: random.next()), to: name)
                }
            }
            if round % 5 == 0 { try index.save() }
            let single = "data/d\(random.index(below: 3))/f\(random.index(below: 8))"
            if FileManager.default.fileExists(atPath: place.file(single)) {
                #expect(try index.digest(ofFile: single) == Digest(ofFile: place.file(single)))
            }
            let folder = ["data", "data/d1", "."][random.index(below: 3)]
            guard FileManager.default.fileExists(atPath: place.file(folder)), folder != "." else { continue }
            #expect(try index.digest(ofFolder: folder) == place.tree(of: folder), "round \(round)")
        }
    }

    @Test func `very many threads find the same`() async throws {
        for number in 0..<200 { try place.write("\(number)", to: "data/d\(number % 7)/\(number)") }
        let index = try index()
        let expected = try place.tree(of: "data").digest
        try await withThrowingTaskGroup(of: Digest.self) { group in
            for task in 0..<16 {
                group.addTask {
                    if task % 3 == 0 { try index.save() }
                    if task % 2 == 0 { _ = try index.digest(ofFile: "data/d3/3") }
                    return try index.digest(ofFolder: "data").digest
                }
            }
            for try await digest in group { #expect(digest == expected) }
        }
    }

    @Test func `a link is followed at the path itself and kept as a link inside`() throws {
        try place.write("abc", to: "data/a")
        #expect(symlink("data/a", place.file("link")) == 0)
        #expect(symlink("data", place.file("folder")) == 0)
        #expect(symlink("nowhere", place.file("data/dangling")) == 0)
        #expect(try index().digest(ofFile: "link") == Digest(of: "abc"))
        let tree = try index().digest(ofFolder: "folder")
        #expect(tree.entries.map(\.kind) == [.file, .link])
        #expect(tree[1].target == Array("nowhere".utf8))
    }

    @Test func `what is not there or no file is refused`() throws {
        try place.makeFolder("data")
        #expect(mkfifo(place.file("pipe"), 0o600) == 0)
        let index = try index()
        #expect(code(of: { try index.digest(ofFile: "none") }) == .notFound)
        #expect(code(of: { try index.digest(ofFolder: "none") }) == .notFound)
        #expect(code(of: { try index.digest(ofFile: "data") }) == .invalidInput)
        #expect(code(of: { try index.digest(ofFile: "pipe") }) == .invalidInput)
    }

    @Test(.enabled(if: getuid() != 0, "the administrator may read all files"))
    func `a file that may not be read is named`() throws {
        try place.write("abc", to: "data/secret", mode: 0)
        let error = #expect(throws: MartletError.self) { try index().digest(ofFolder: "data") }
        #expect(error?.message.contains("secret") == true)
    }

    @Test func `a file that never stops to change is a conflict`() throws {
        try place.write("abc", to: "a")
        var tries = 0
        let error = #expect(throws: MartletError.self) {
            try SteadyFile.whileItChanges("a") { () -> Int? in
                tries += 1
                return nil
            }
        }
        #expect(error?.code == .conflict)
        #expect(tries == SteadyFile.tryCountMax)
    }

    @Test(arguments: ["append", "cut", "same size"])
    func `a change while a file is read is noticed`(_ kind: String) throws {
        try place.write([UInt8](repeating: 1, count: 3 << 20), to: "a")
        let file = try SteadyFile(in: AT_FDCWD, place.file("a"))
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 64)
        defer { buffer.deallocate() }
        var pieces = 0
        let isSteady = try file.read(into: buffer) { _ in
            pieces += 1
            guard pieces == 1 else { return }
            let other = try OpenFile(place.file("a"), O_WRONLY)
            switch kind {
            case "append": try [7].withUnsafeBytes { try other.write($0, at: 3 << 20) }
            case "cut": try other.truncate(to: 2 << 20)
            default:
                try [7].withUnsafeBytes { try other.write($0, at: 0) }
                var times = [timespec(tv_sec: 1, tv_nsec: 0), timespec(tv_sec: 1, tv_nsec: 0)]
                #expect(futimens(other.descriptor, &times) == 0)
            }
        }
        #expect(!isSteady)
    }
}
