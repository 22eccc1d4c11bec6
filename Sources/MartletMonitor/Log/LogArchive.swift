import Foundation
import MartletCore
package import MartletEngines
import MartletStore

/// A log as a table: sealed segments become Parquet files beside them, and live ones are read as they are.
package struct LogArchive: Sendable {
    /// A column of the table and the DuckDB type that its JSON value is read as.
    package typealias LogColumn = (name: String, type: String)

    private let folder: SegmentFolder
    private let temporaryPath: String
    private let columns: [LogColumn]

    /// The log of an endpoint's answers.
    package static let answerColumns: [LogColumn] = [
        ("request_id", "VARCHAR"), ("time", "TIMESTAMP"), ("kind", "VARCHAR"), ("endpoint", "VARCHAR"), ("release", "VARCHAR"),
        ("candidates", "BIGINT"), ("price", "DOUBLE"), ("propensity", "DOUBLE"), ("expected_units", "DOUBLE"),
        ("expected_profit", "DOUBLE"), ("features", "JSON"), ("answer", "JSON"),
    ]

    /// The log of what came of them.
    package static let outcomeColumns: [LogColumn] = [("request_id", "VARCHAR"), ("time", "TIMESTAMP"), ("values", "JSON")]

    /// An archive over a log's folder. `temporaryPath` is a folder for unfinished files on the same disk.
    package init(folder: String, columns: [LogColumn], temporaryPath: String) {
        self.folder = SegmentFolder(path: folder)
        self.columns = columns
        self.temporaryPath = temporaryPath
    }

    private func parquetPath(_ segment: Segment) -> String { String(segment.path.dropLast(4)) + ".parquet" }

    private func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }

    /// Turns every sealed segment into Parquet, checked record by record, and removes the segment afterwards.
    ///
    /// A process that dies in between leaves the segment, the Parquet file, or both; then the Parquet file counts.
    /// - Returns: how many segments became Parquet.
    @discardableResult
    package func compact(_ connection: DuckDBConnection) throws -> Int {
        guard exists(folder.path) else { return 0 }
        let lock = try FileLock.acquire(path: "\(folder.path)/compact", purpose: "compact the log", waitAtMost: .seconds(60))
        defer { lock.release() }
        var count = 0
        for segment in try folder.sealedSegments() {
            if !exists(parquetPath(segment)) {
                try write(segment, connection)
                count += 1
            }
            try FileManager.default.removeItem(atPath: segment.path)
        }
        return count
    }

    private func write(_ segment: Segment, _ connection: DuckDBConnection) throws {
        let lines = temporaryFile("jsonl")
        let parquet = temporaryFile("parquet")
        defer { [lines, parquet].filter(exists).forEach { try? FileManager.default.removeItem(atPath: $0) } }  // else it waits for the next clean-up
        try copyLines(to: lines) { $0 == segment }
        try connection.execute("COPY (\(select(lines))) TO \(quoted(parquet)) (FORMAT parquet, COMPRESSION zstd)")
        let file = try OpenFile(parquet, O_RDONLY)
        try file.synchronize()
        guard rename(parquet, parquetPath(segment)) == 0 else {
            throw MartletError.io("rename to", parquetPath(segment), errno: errno)
        }
        try Directory.synchronize(folder.path)
    }

    /// Makes the whole log a view of a name: Parquet files and what is not Parquet yet.
    ///
    /// It may be compacted meanwhile: what was read live is not read again from the Parquet file that it has become.
    package func makeView(_ name: String, _ connection: DuckDBConnection) throws {
        let view = DuckDBConnection.quoted(identifier: name)
        let live = DuckDBConnection.quoted(identifier: "\(name)__live")
        let lines = temporaryFile("jsonl")
        defer { if exists(lines) { try? FileManager.default.removeItem(atPath: lines) } }  // else it waits for the next clean-up
        let read = try copyLines(to: lines) { !exists(parquetPath($0)) }
        try connection.execute("CREATE OR REPLACE TEMP TABLE \(live) AS \(select(lines))")
        let names = exists(folder.path) ? try Directory.names(in: folder.path).filter { $0.hasSuffix(".parquet") }.sorted() : []
        let files = names.map { "\(folder.path)/\($0)" }.filter { !read.contains($0) }
        let list = files.map(quoted).joined(separator: ", ")
        let sealed = files.isEmpty ? "" : "SELECT * FROM read_parquet([\(list)]) UNION ALL "
        try connection.execute("CREATE OR REPLACE TEMP VIEW \(view) AS \(sealed)SELECT * FROM \(live)")
    }

    private func temporaryFile(_ ending: String) -> String { "\(temporaryPath)/\(UUID().uuidString).\(ending)" }

    private func quoted(_ path: String) -> String { DuckDBConnection.quoted(literal: path) }

    private func select(_ lines: String) -> String {
        let types = columns.map {
            "\(DuckDBConnection.quoted(identifier: $0.name)): \(quoted($0.type == "TIMESTAMP" ? "VARCHAR" : $0.type))"
        }
        let selected = columns.map { column in
            let name = DuckDBConnection.quoted(identifier: column.name)
            return column.type == "TIMESTAMP" ? "CAST(\(name) AS TIMESTAMP) AS \(name)" : name
        }
        return "SELECT \(selected.joined(separator: ", ")) FROM read_json(\(quoted(lines)), format = 'newline_delimited', "
            + "columns = {\(types.joined(separator: ", "))}, maximum_object_size = 2097152)"
    }

    /// Copies the payloads of some segments, their checksums verified, as JSON lines.
    /// - Returns: the Parquet files of the segments that had any.
    @discardableResult
    private func copyLines(to path: String, where belongs: (Segment) -> Bool) throws -> Set<String> {
        guard FileManager.default.createFile(atPath: path, contents: nil), let file = FileHandle(forWritingAtPath: path) else {
            throw MartletError(.storage, "cannot write '\(path)'; free some space on that disk or check its permissions")
        }
        defer { try? file.close() }  // closing a file that was written whole loses nothing
        guard exists(folder.path) else { return [] }
        let wanted = Dictionary(uniqueKeysWithValues: try folder.segments().filter(belongs).map { ($0.number, parquetPath($0)) })
        var read: Set<String> = []
        var lines = Data()
        try SegmentReader.forEach(in: folder) { payload, position in
            guard let parquet = wanted[position.segment] else { return }
            read.insert(parquet)
            lines.append(contentsOf: payload)
            lines.append(10)
            if lines.count > 1 << 20 {
                try file.write(contentsOf: lines)
                lines.removeAll(keepingCapacity: true)
            }
        }
        try file.write(contentsOf: lines)
        return read
    }
}
