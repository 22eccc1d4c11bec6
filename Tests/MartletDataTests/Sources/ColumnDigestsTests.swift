import Foundation
import MartletCore
import MartletEngines
import MartletTesting
import Testing

@testable import MartletData

@Suite struct ColumnDigestsTests {
    private func digests(_ text: String, as name: String = "t.csv", rows: Int? = nil) throws -> ColumnDigests {
        try withTemporaryFolder { folder in
            let path = "\(folder)/\(name)"
            try Data(text.utf8).write(to: URL(filePath: path))
            return try ColumnDigests(of: try DatasetSource(path), rows: rows, connection: try DuckDBDatabase().connect())
        }
    }

    @Test func `equal values have equal digests, whatever the columns beside them hold`() throws {
        let (one, other) = (try digests("a,b\n1,x\n2,y\n"), try digests("b,a\nz,1\nz,2\n"))
        #expect(one.columns["a"] == other.columns["a"])
        #expect(one.columns["b"] != other.columns["b"])
        #expect(one.rowCount == 2)
    }

    @Test func `the order of values, an empty text and a missing one all count`() throws {
        let one = try digests("a,b\n1,\n2,y\n")
        #expect(try digests("a,b\n2,\n1,y\n").columns["a"] != one.columns["a"])
        #expect(try digests("a,b\n1,\"\"\n2,y\n").columns["b"] != one.columns["b"])
        #expect(try digests("a,b\n1,y\n2,\n").columns["b"] != one.columns["b"])
    }

    @Test func `a table is compared as far as another one goes`() throws {
        let (short, long) = (try digests("a\n1\n2\n"), try digests("a\n1\n2\n3\n", rows: 2))
        #expect(short == long)
        #expect(try digests("a\n", rows: 0).rowCount == 0)
    }

    @Test func `many rows are read in their order by as many threads as there are`() throws {
        let lines = (0..<200_000).map { "\($0),\($0 % 7)" }.joined(separator: "\n")
        let text = "id,rest\n\(lines)\n"
        let first = try digests(text)
        #expect(try digests(text) == first)
        #expect(first.rowCount == 200_000)
        let swapped = text.replacing("\n100000,5\n100001,6\n", with: "\n100001,5\n100000,6\n")
        try #require(swapped != text)
        let other = try digests(swapped)
        #expect(other.columns["id"] != first.columns["id"])
        #expect(other.columns["rest"] == first.columns["rest"])
    }

    @Test func `a name that is no usual one is no part of the query`() throws {
        let found = try digests("\"a \"\"quoted\"\" name\",row\n1,2\n")
        #expect(found.columns.keys.sorted() == ["a \"quoted\" name", "row"])
    }
}
