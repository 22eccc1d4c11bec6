import Foundation
import MartletCore
import MartletEngines
import MartletStore
import MartletTesting
import Testing

@testable import MartletPlatform

@Suite struct ContentDifferenceTests {
    /// A home with two contents, and what is said of them.
    private func words(_ old: [UInt8], _ new: [UInt8], file: String) throws -> [String] {
        try withTemporaryFolder { folder in
            let home = Home(path: folder)
            try home.prepare()
            let trees = TreeStore(home: home)
            let contents = try [old, new].map { bytes in
                let path = "\(home.temporaryPath)/content"
                try Data(bytes).write(to: URL(filePath: path))
                return ComparedContent(digest: try trees.put(file: path).digest, home: home)
            }
            return ContentDifference(home: home).words("it", file: file, old: contents[0], new: contents[1])
        }
    }

    private func words(_ old: String, _ new: String, file: String) throws -> [String] {
        try words(Array(old.utf8), Array(new.utf8), file: file)
    }

    /// The bytes of a table as Parquet.
    private func parquet(_ query: String) throws -> [UInt8] {
        try withTemporaryFolder { folder in
            let path = "\(folder)/table.parquet"
            try DuckDBDatabase().connect().execute("COPY (\(query)) TO \(DuckDBConnection.quoted(literal: path)) (FORMAT parquet)")
            return Array(try Data(contentsOf: URL(filePath: path)))
        }
    }

    @Test func `equal contents differ in nothing`() throws {
        #expect(try words("a", "a", file: "x.txt").isEmpty)
    }

    @Test func `Parquet is known by its bytes, whatever its file is called`() throws {
        let old = try parquet("SELECT i AS id, i * 2 AS twice, 'x' AS word FROM range(5000) AS t(i)")
        let new = try parquet("SELECT i AS id, i * 2 + CAST(i = 4999 AS INTEGER) AS twice, 'x' AS word FROM range(5000) AS t(i)")
        #expect(try words(old, new, file: "data.bin") == ["it: column 'twice' changed"])
        #expect(try words(old, new, file: "data.parquet") == ["it: column 'twice' changed"])
    }

    @Test func `the order of rows and the types of columns count, the way of writing does not`() throws {
        let old = try parquet("SELECT i FROM range(3) AS t(i)")
        #expect(try words(old, try parquet("SELECT 2 - i AS i FROM range(3) AS t(i)"), file: "t.parquet") == ["it: column 'i' changed"])
        #expect(
            try words(old, try parquet("SELECT CAST(i AS INTEGER) AS i FROM range(3) AS t(i)"), file: "t.parquet") == [
                "it: column 'i' changed"
            ])
        #expect(try words("a,b\n1,2\n", "a,b\n\"1\",2\n", file: "t.csv") == ["it: the same table, written in other bytes"])
    }

    @Test func `more columns than anybody reads are counted`() throws {
        func table(_ value: Int) -> String {
            let columns = (0..<9).map { "c\($0)" }
            return "\(columns.joined(separator: ","))\n\(columns.map { _ in "\(value)" }.joined(separator: ","))\n"
        }
        let words = try words(table(1), table(2), file: "t.csv")
        #expect(words.count == ContentDifference.lineCountMax + 1)
        #expect(words.last == "it: 4 more columns")
    }

    @Test func `a file that has the name of a table and is none is compared as text`() throws {
        #expect(try words("a,b\n1\n", "a,b\n2\n", file: "t.csv") == ["it line 2: '1' → '2'"])
    }

    @Test func `values of JSON are named by their paths`() throws {
        let words = try words(#"{"a":{"b":[1,2]},"c":true}"#, #"{"a":{"b":[1,3]},"d":[1]}"#, file: "report.json")
        #expect(words == ["it.a.b.1: 2 → 3", "it.c: true → nothing", "it.d: nothing → [1]"])
        #expect(try self.words("[1]", "[1,2]", file: "list.json") == ["it: a list of 1 → a list of 2"])
    }

    @Test func `of what is neither table nor text the sizes are told`() throws {
        let large = [UInt8](repeating: 1, count: ContentDifference.textBytesMax + 1)
        #expect(try words([0, 1], [0, 1, 2], file: "model.bin") == ["it: 2 bytes → 3 bytes, no text"])
        #expect(try words(large, large + [2], file: "model.bin") == ["it: 1,048,577 bytes → 1,048,578 bytes"])
        #expect(try words(large, large.dropLast() + [2], file: "model.bin") == ["it: 1,048,577 bytes, other ones"])
    }

    @Test func `a folder that became a file is told as that`() throws {
        try withTemporaryFolder { folder in
            let home = Home(path: "\(folder)/home")
            try home.prepare()
            let trees = TreeStore(home: home)
            try FileManager.default.createDirectory(atPath: "\(folder)/parts", withIntermediateDirectories: true)
            try Data("x".utf8).write(to: URL(filePath: "\(folder)/parts/x"))
            let (old, new) = (try trees.put(folder: "\(folder)/parts").digest, try trees.put(file: "\(folder)/parts/x").digest)
            let words = ContentDifference(home: home).words(
                "it", file: "parts", old: ComparedContent(digest: old, home: home), new: ComparedContent(digest: new, home: home))
            #expect(words == ["it: a folder → a file"])
        }
    }

    @Test func `a damaged content ends no run`() throws {
        try withTemporaryFolder { folder in
            let home = Home(path: folder)
            try home.prepare()
            let blobs = BlobStore(home: home)
            let (old, new) = (try blobs.put(Array("old".utf8)), try blobs.put(Array("new".utf8)))
            try FileManager.default.removeItem(atPath: blobs.path(of: old))
            try Data("odd".utf8).write(to: URL(filePath: blobs.path(of: old)))
            let words = ContentDifference(home: home).words(
                "it", file: "x", old: ComparedContent(digest: old, home: home), new: ComparedContent(digest: new, home: home))
            #expect(words.count == 1)
            #expect(words.first?.contains("what changed cannot be told: ") == true)
        }
    }
}

@Suite struct InterpreterDifferenceTests {
    private static let digests = (1...4).map { Digest(of: "\($0)").description }
    private static let python = "python3.11 \(digests[0]), pyvenv.cfg \(digests[1]), packages \(digests[2])"

    @Test func `a new version, another build, other packages and other settings are told apart`() {
        func words(_ old: String?, _ new: String?) -> [String] { InterpreterDifference.words("python", old: old, new: new) }
        let (one, other) = (Self.python, Self.digests[3])
        #expect(
            words(one, one.replacing("python3.11", with: "python3.12")) == ["the program 'python' is another one: python3.11 → python3.12"])
        #expect(
            words(one, one.replacing(Self.digests[0], with: other)) == ["the program 'python' is another one: another build of python3.11"])
        #expect(words(one, one.replacing(Self.digests[2], with: other)) == ["the program 'python': other packages are installed"])
        #expect(
            words(one, one.replacing(Self.digests[1], with: other)) == [
                "the program 'python': the settings of its virtual environment (pyvenv.cfg) changed"
            ])
        #expect(words(nil, one) == ["it runs 'python' now: python3.11"])
        #expect(words(one, nil) == ["it does not run 'python' any more"])
    }
}
