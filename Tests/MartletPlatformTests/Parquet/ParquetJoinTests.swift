import Foundation
import MartletCore
import MartletEngines
import MartletTesting
import Testing

@testable import MartletPlatform

@Suite struct ParquetJoinTests {
    private static let columns = "i AS id, 'text ' || (i % 7) AS word, [i, i + 1] AS list, CASE WHEN i % 3 = 0 THEN NULL ELSE i / 2.0 END AS half"

    private func write(_ sql: String, _ path: String, options: String = "") throws {
        let connection = try DuckDBDatabase(threads: 1).connect()
        try connection.execute("SET disabled_optimizers = 'statistics_propagation'")
        try connection.execute("COPY (\(sql)) TO '\(path)' (FORMAT parquet\(options))")
    }

    private func join(_ parts: [String], _ path: String) throws -> Int64 {
        var join = try ParquetJoin(to: path)
        for part in parts { try join.append(part) }
        let rowCount = join.rowCount
        try join.finish()
        return rowCount
    }

    private func rows(_ paths: [String]) throws -> Table {
        let list = paths.map { "'\($0)'" }.joined(separator: ", ")
        return try DuckDBDatabase(threads: 1).connect().query("SELECT COLUMNS(*)::VARCHAR FROM read_parquet([\(list)])")
    }

    @Test(arguments: ["", ", COMPRESSION zstd", ", PARQUET_VERSION v2", ", COMPRESSION uncompressed"])
    func `files that were joined hold the rows of all in their order`(options: String) throws {
        try withTemporaryFolder { folder in
            let paths = (0..<4).map { "\(folder)/\($0).parquet" }
            for (number, path) in paths.enumerated() {
                let range = "range(\(number * 5000), \((number + 1) * 5000))"
                try write("SELECT \(Self.columns) FROM \(range) r(i)", path, options: ", ROW_GROUP_SIZE 2048" + options)
            }
            #expect(try join(paths, "\(folder)/all.parquet") == 20_000)
            #expect(try rows(["\(folder)/all.parquet"]) == rows(paths))
        }
    }

    @Test func `row groups are still passed over by what their footer says`() throws {
        try withTemporaryFolder { folder in
            let paths = (0..<2).map { "\(folder)/\($0).parquet" }
            for (number, path) in paths.enumerated() {
                try write("SELECT i FROM range(\(number * 5000), \((number + 1) * 5000)) r(i)", path, options: ", ROW_GROUP_SIZE 2048")
            }
            _ = try join(paths, "\(folder)/all.parquet")
            let connection = try DuckDBDatabase(threads: 1).connect()
            let found = try connection.query("SELECT count(*) AS n FROM '\(folder)/all.parquet' WHERE i >= 9000").column("n").doubles
            let groups = try connection.query("SELECT count(*) AS n FROM parquet_metadata('\(folder)/all.parquet')").column("n").doubles
            #expect(found == [1000])
            #expect(groups == [6])
        }
    }

    @Test func `files without rows join to one without rows that has their columns`() throws {
        try withTemporaryFolder { folder in
            try write("SELECT \(Self.columns) FROM range(0) r(i)", "\(folder)/a.parquet")
            #expect(try join(["\(folder)/a.parquet", "\(folder)/a.parquet"], "\(folder)/all.parquet") == 0)
            #expect(try rows(["\(folder)/all.parquet"]).names == ["id", "word", "list", "half"])
        }
    }

    @Test func `a file of other columns is refused`() throws {
        try withTemporaryFolder { folder in
            try write("SELECT 1 AS a", "\(folder)/a.parquet")
            try write("SELECT 1.5::DOUBLE AS a", "\(folder)/b.parquet")
            let error = #expect(throws: MartletError.self) {
                try join(["\(folder)/a.parquet", "\(folder)/b.parquet"], "\(folder)/all.parquet")
            }
            #expect(error?.code == .corrupt)
        }
    }

    @Test func `a file that is cut off or of another kind is refused`() throws {
        try withTemporaryFolder { folder in
            try write("SELECT 1 AS a", "\(folder)/a.parquet")
            let bytes = try Data(contentsOf: URL(filePath: "\(folder)/a.parquet"))
            for piece in [Data(), bytes.dropLast(1), bytes.dropLast(9), Data("PAR1".utf8) + Data([255, 255, 255, 255]) + Data("PAR1".utf8)] {
                try piece.write(to: URL(filePath: "\(folder)/b.parquet"))
                let error = #expect(throws: MartletError.self) { try ParquetFooter(ofFile: "\(folder)/b.parquet") }
                #expect(error?.code == .invalidInput)
            }
        }
    }
}
