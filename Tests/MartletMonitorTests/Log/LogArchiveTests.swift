import Foundation
import MartletCore
import MartletEngines
import MartletStore
import MartletTesting
import Testing

@testable import MartletMonitor

/// A log of one test: its writer makes a new segment every few records.
private struct LogBench {
    let folder: String
    let temporary: String
    let connection: DuckDBConnection

    init(_ folder: String) throws {
        self.folder = "\(folder)/answers"
        temporary = "\(folder)/temporary"
        try FileManager.default.createDirectory(atPath: temporary, withIntermediateDirectories: true)
        connection = try DuckDBDatabase().connect()
    }

    var archive: LogArchive {
        LogArchive(folder: folder, columns: LogArchive.answerColumns, temporaryPath: temporary)
    }

    func writer(segmentSizeBytesMax: Int = 2_000) throws -> SegmentWriter {
        var options = SegmentOptions()
        options.segmentSizeBytesMax = segmentSizeBytesMax
        options.sync = .interval(.seconds(60))
        return try SegmentWriter(folder: folder, options: options)
    }

    func write(_ numbers: Range<Int>, _ writer: SegmentWriter) throws { try writer.append(numbers) }

    func names(_ ending: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(ending) }.sorted()
    }

    func identifiers() throws -> [String] { try archive.identifiers(connection) }
}

extension SegmentWriter {
    /// Appends records one by one.
    fileprivate func append(_ numbers: Range<Int>) throws {
        for number in numbers { try append([record(number).payload]) }
    }
}

extension LogArchive {
    /// The identifiers of all records of the log, sorted.
    fileprivate func identifiers(_ connection: DuckDBConnection) throws -> [String] {
        try makeView("answers", connection)
        let table = try connection.query("SELECT request_id FROM answers ORDER BY request_id")
        return (0..<table.rowCount).map { table.columns[0][$0].description }
    }
}

private func name(_ number: Int) -> String { "request-\(String(1_000_000 + number).dropFirst())" }

private func record(_ number: Int) -> PredictionRecord {
    PredictionRecord(
        requestID: name(number), at: Timestamp(microseconds: 1_709_301_780_000_000 + Int64(number)), kind: "decision",
        endpoint: "price", release: Digest(of: "release"), features: ["brand": 3, "store": "5"],
        answer: ["price": 2.5, "candidates": 250, "propensity": 1.0, "expected_units": 10.5, "expected_profit": 3.25]
    )
}

@Suite struct LogArchiveTests {
    @Test func `sealed segments and the live one are together every record once`() throws {
        try withTemporaryFolder { folder in
            let bench = try LogBench(folder)
            let writer = try bench.writer()
            try bench.write(0..<100, writer)
            let before = try bench.identifiers()
            let sealed = try writer.sealedSegments().count
            let count = try bench.archive.compact(bench.connection)
            let after = try bench.identifiers()
            #expect(before == (0..<100).map(name))
            #expect(after == before)
            #expect(count == sealed)
            #expect(sealed > 10)
            #expect(try bench.names(".parquet").count == sealed)
            #expect(try bench.names(".seg").count == 1)
        }
    }

    @Test func `a record has the same columns in the live view and in Parquet`() throws {
        try withTemporaryFolder { folder in
            let bench = try LogBench(folder)
            try bench.write(0..<20, try bench.writer())
            func table() throws -> Table {
                try bench.archive.makeView("answers", bench.connection)
                return try bench.connection.query(
                    "SELECT * REPLACE (CAST(features AS VARCHAR) AS features, CAST(answer AS VARCHAR) AS answer, CAST(time AS VARCHAR) AS time) FROM answers ORDER BY request_id"
                )
            }
            let live = try table()
            try bench.archive.compact(bench.connection)
            let archived = try table()
            #expect(archived == live)
            #expect(live.names == LogArchive.answerColumns.map(\.name))
            #expect(try live.column("price").doubles == Array(repeating: 2.5, count: 20))
            #expect(try live.column("time")[1] == .text("2024-03-01 14:03:00.000001"))
            #expect(try live.column("features")[0] == .text(#"{"brand":3,"store":"5"}"#))
        }
    }

    @Test func `a second compaction finds nothing to do`() throws {
        try withTemporaryFolder { folder in
            let bench = try LogBench(folder)
            try bench.write(0..<50, try bench.writer())
            try bench.archive.compact(bench.connection)
            let count = try bench.archive.compact(bench.connection)
            #expect(count == 0)
            #expect(try FileManager.default.contentsOfDirectory(atPath: bench.temporary).isEmpty)
        }
    }

    @Test func `records that a crash left in a segment and in Parquet count once`() throws {
        try withTemporaryFolder { folder in
            let bench = try LogBench(folder)
            let writer = try bench.writer()
            try bench.write(0..<60, writer)
            let segment = try #require(try writer.sealedSegments().first)
            let bytes = try #require(FileManager.default.contents(atPath: segment.path))
            try bench.archive.compact(bench.connection)
            // As if the process had died after the rename and before the removal.
            try bytes.write(to: URL(filePath: segment.path))
            let seen = try bench.identifiers()
            try bench.archive.compact(bench.connection)
            let compacted = try bench.identifiers()
            #expect(seen == (0..<60).map(name))
            #expect(compacted == seen)
            #expect(!FileManager.default.fileExists(atPath: segment.path))
        }
    }

    @Test func `an unfinished Parquet file of a crash is not part of the log`() throws {
        try withTemporaryFolder { folder in
            let bench = try LogBench(folder)
            try bench.write(0..<10, try bench.writer())
            try Data("torn".utf8).write(to: URL(filePath: "\(bench.temporary)/half.parquet"))
            let seen = try bench.identifiers()
            #expect(seen == (0..<10).map(name))
        }
    }

    @Test func `a torn record at the end of the live segment is not seen`() throws {
        try withTemporaryFolder { folder in
            let bench = try LogBench(folder)
            let writer = try bench.writer(segmentSizeBytesMax: 1 << 20)
            try bench.write(0..<5, writer)
            let path = "\(bench.folder)/" + (try #require(try bench.names(".seg").first))
            let file = try #require(FileHandle(forWritingAtPath: path))
            try file.seekToEnd()
            try file.write(contentsOf: record(5).payload.prefix(40))
            try file.close()
            let seen = try bench.identifiers()
            #expect(seen == (0..<5).map(name))
        }
    }

    @Test func `a sealed segment with a damaged record is refused and kept`() throws {
        try withTemporaryFolder { folder in
            let bench = try LogBench(folder)
            let writer = try bench.writer()
            try bench.write(0..<60, writer)
            let segment = try #require(try writer.sealedSegments().first)
            var bytes = try #require(FileManager.default.contents(atPath: segment.path))
            bytes[bytes.count / 2] ^= 1
            try bytes.write(to: URL(filePath: segment.path))
            let error = #expect(throws: MartletError.self) { try bench.archive.compact(bench.connection) }
            #expect(error?.code == .corrupt)
            #expect(FileManager.default.fileExists(atPath: segment.path))
        }
    }

    @Test func `an empty log and one that is not there are tables without rows`() throws {
        try withTemporaryFolder { folder in
            let bench = try LogBench(folder)
            let absent = try bench.identifiers()
            let none = try bench.archive.compact(bench.connection)
            let writer = try bench.writer()
            let empty = try bench.identifiers()
            #expect(absent.isEmpty && empty.isEmpty)
            #expect(none == 0)
            #expect(writer.recovery.cutBytes == 0)
        }
    }

    @Test(arguments: [
        "quote \" backslash \\ slash /", "tab\tnewline\nreturn\r", "käse 日本 🧃", "\u{2028}\u{2029}\u{7f}\u{85}",
        "{\"a\": [1]}", "'; DROP TABLE x; --",
        "\u{1}\u{1f}", "null", "\u{feff}", "e\u{301}",
    ])
    func `odd characters come back as they went in`(text: String) throws {
        try withTemporaryFolder { folder in
            let bench = try LogBench(folder)
            let writer = try bench.writer(segmentSizeBytesMax: 300)
            for _ in 0..<3 {
                let record = PredictionRecord(
                    requestID: text, at: .now, kind: text, endpoint: text, release: Digest(of: ""),
                    features: ["text": .string(text)], answer: [:]
                )
                try writer.append([record.payload])
            }
            try bench.archive.compact(bench.connection)
            try bench.archive.makeView("answers", bench.connection)
            let table = try bench.connection.query(
                "SELECT request_id, kind, features->>'$.text' AS text, price FROM answers")
            #expect(table.rowCount == 3)
            for row in 0..<table.rowCount {
                #expect((0..<3).map { table.columns[$0][row] } == [.text(text), .text(text), .text(text)])
                #expect(table.columns[3][row] == .missing)
            }
        }
    }

    @Test func `outcomes are a table of their own columns`() throws {
        try withTemporaryFolder { folder in
            let bench = try LogBench(folder)
            let writer = try bench.writer()
            let outcome = OutcomeRecord(requestID: "a", at: .now, values: ["units": 3, "price": 1.5, "cost": .nan])
            try writer.append([outcome.payload])
            let archive = LogArchive(
                folder: bench.folder, columns: LogArchive.outcomeColumns, temporaryPath: bench.temporary)
            try archive.makeView("outcomes", bench.connection)
            let table = try bench.connection.query(
                #"SELECT request_id, CAST("values"->>'$.units' AS DOUBLE) AS units, CAST("values"->>'$.cost' AS DOUBLE) AS cost FROM outcomes"#
            )
            #expect(table.columns.map { $0[0] } == [.text("a"), .real(3), .missing])
        }
    }

    // MARK: At the same time

    @Test func `a log that grows while it is compacted loses and doubles nothing`() async throws {
        try await withTemporaryFolder { folder in
            let bench = try LogBench(folder)
            let (archive, writer) = (bench.archive, try bench.writer())
            let done = Gathering<Bool>()
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    defer { done.add(true) }
                    try writer.append(0..<2_000)
                }
                group.addTask {
                    let connection = try DuckDBDatabase().connect()
                    while done.all.isEmpty { try archive.compact(connection) }
                }
                try await group.waitForAll()
            }
            let seen = try bench.identifiers()
            #expect(seen == (0..<2_000).map(name))
        }
    }

    @Test func `a view that is made while the log is compacted shows each record once`() async throws {
        try await withTemporaryFolder { folder in
            let bench = try LogBench(folder)
            try bench.write(0..<600, try bench.writer())
            let archive = bench.archive
            let done = Gathering<Bool>()
            let wrong = Gathering<Int>()
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    defer { done.add(true) }
                    try archive.compact(try DuckDBDatabase().connect())
                }
                group.addTask {
                    let connection = try DuckDBDatabase().connect()
                    repeat {
                        let seen = try archive.identifiers(connection)
                        if seen != (0..<600).map(name) { wrong.add(seen.count) }
                    } while done.all.isEmpty
                }
                try await group.waitForAll()
            }
            #expect(wrong.all.isEmpty)
        }
    }
}
