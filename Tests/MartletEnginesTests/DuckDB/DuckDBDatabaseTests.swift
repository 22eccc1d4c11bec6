import Foundation
import MartletCore
import MartletEngines
import Testing

@Suite struct DuckDBDatabaseTests {
    private func withFolder(_ body: (URL) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "it's \(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }  // it is a temporary folder
        try body(folder)
    }

    @Test func `the library tells its version`() throws {
        #expect(try DuckDBDatabase.libraryVersion.hasPrefix("v"))
    }

    @Test func `a file keeps what was written`() throws {
        try withFolder { folder in
            let path = folder.appending(path: "a.duckdb").path
            try DuckDBDatabase(path: path).connect().execute("CREATE TABLE t AS SELECT 7 AS a")
            #expect(try DuckDBDatabase(path: path).connect().query("FROM t")["a"]?.values == .integer([7]))
        }
    }

    @Test func `a database that is only read refuses writes`() throws {
        try withFolder { folder in
            let path = folder.appending(path: "a.duckdb").path
            try DuckDBDatabase(path: path).connect().execute("CREATE TABLE t (a INT)")
            let connection = try DuckDBDatabase(path: path, isReadOnly: true).connect()
            let error = try #require(throws: MartletError.self) { try connection.execute("INSERT INTO t VALUES (1)") }
            #expect(error.message.contains("read-only"))
        }
    }

    @Test func `a file that is no database is refused`() throws {
        try withFolder { folder in
            let file = folder.appending(path: "a.duckdb")
            try Data(repeating: 65, count: 8192).write(to: file)
            let error = try #require(throws: MartletError.self) { try DuckDBDatabase(path: file.path) }
            #expect(error.code == .engine && error.message.contains("a.duckdb"))
        }
    }

    @Test func `local Parquet files are written and read`() throws {
        try withFolder { folder in
            let connection = try DuckDBDatabase().connect()
            let file = DuckDBConnection.quoted(literal: folder.appending(path: "t.parquet").path)
            try connection.execute("COPY (SELECT i AS a FROM range(10) t(i)) TO \(file)")
            #expect(try connection.query("SELECT sum(a)::BIGINT AS s FROM \(file)")["s"]?.values == .integer([45]))
        }
    }

    @Test(arguments: [
        "SELECT * FROM 'http://127.0.0.1:9/a.parquet'", "SELECT * FROM read_csv('https://127.0.0.1:9/a.csv')",
        "LOAD httpfs", "INSTALL httpfs", "INSTALL httpfs FROM community", "SET enable_external_access = true",
    ])
    func `the network and extensions are refused`(sql: String) throws {
        let connection = try DuckDBDatabase().connect()
        let error = try #require(throws: MartletError.self) { try connection.execute(sql) }
        #expect(error.code == .engine && !error.message.contains("://extensions"), "\(error)")
    }

    @Test func `options reach every connection`() throws {
        let database = try DuckDBDatabase(threads: 3, memoryLimitMegabytes: 256)
        let table = try database.connect().query(
            """
            SELECT current_setting('threads')::VARCHAR AS threads, current_setting('memory_limit') AS memory,
                   current_setting('TimeZone') AS zone, current_setting('autoload_known_extensions') AS autoload
            """
        )
        #expect(table.columns.map { $0[0] } == [.text("3"), .text("244.1 MiB"), .text("UTC"), .boolean(false)])
    }

    @Test(arguments: [0, -1])
    func `numbers that are not positive are refused`(number: Int) throws {
        let error = try #require(throws: MartletError.self) { try DuckDBDatabase(threads: number) }
        #expect(error.message == "DuckDB: expected a positive number as threads, found \(number)")
    }

    @Test func `beyond its memory limit a sort spills to the temporary folder`() throws {
        try withFolder { folder in
            let spill = folder.appending(path: "spill").path
            let database = try DuckDBDatabase(threads: 1, memoryLimitMegabytes: 100, temporaryFolder: spill)
            let connection = try database.connect()
            var last: Value = .missing
            var isSpilling = false
            try connection.forEachChunk(
                "SELECT hash(i)::VARCHAR AS h, repeat('x', 200) AS x FROM range(500000) t(i) ORDER BY h"
            ) {
                isSpilling = isSpilling || FileManager.default.fileExists(atPath: spill)
                last = try $0.column("h")[$0.rowCount - 1]
            }
            #expect(isSpilling && last != .missing)
        }
    }

    @Test func `connections see each other's committed rows`() throws {
        let database = try DuckDBDatabase()
        try database.connect().execute("CREATE TABLE t AS SELECT 1 AS a")
        #expect(try database.connect().query("FROM t").rowCount == 1)
    }

    @Test func `a connection keeps its database open`() throws {
        func connect() throws -> DuckDBConnection { try DuckDBDatabase().connect() }
        #expect(try connect().query("SELECT 1 AS a").rowCount == 1)
    }

    @Test func `tasks work side by side, each on its own connection`() async throws {
        let database = try DuckDBDatabase(threads: 2)
        let sums = try await withThrowingTaskGroup(of: Value.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    let connection = try database.connect()
                    return try connection.query("SELECT sum(i)::BIGINT AS s FROM range(10000) t(i)").column("s")[0]
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(sums == [Value](repeating: .integer(49_995_000), count: 4))
    }
}
