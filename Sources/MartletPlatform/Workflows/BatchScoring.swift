import Foundation
import MartletCore
import MartletData
import MartletEngines
import MartletFeatures

/// Scores a file of rows with a release, the same way a request would be: history is looked up by entity and event time.
package struct BatchScoring: Sendable {
    private let release: LoadedRelease

    package init(_ release: LoadedRelease) { self.release = release }

    /// How scoring went.
    package struct Result: Sendable, Equatable {
        package var rows = 0
        /// Rows of which nothing was known before: their history is missing.
        package var withoutHistory = 0
    }

    /// Scores `input` into `output`, with every column of the input and `prediction`. Rows stream through in pieces of at
    /// most 2,048, so memory does not grow with the file.
    /// - Parameters:
    ///   - input: Parquet, CSV or JSON lines, by the name's ending.
    ///   - output: likewise; written beside and renamed when whole.
    ///   - progress: told how many rows are done, and of how many.
    package func run(input: String, output: String, progress: (Int, Int) -> Void) throws -> Result {
        let database = try DuckDBDatabase()
        let connection = try database.connect()
        let source = try Self.reader(of: input)
        let columns = try connection.describe("SELECT * FROM \(source)")
        try release.rowScorer.refuse(lacking: release.rowScorer.requiredColumns, among: columns.map(\.name), of: input)
        guard !columns.contains(where: { $0.name == "prediction" }) else {
            throw MartletError(.invalidInput, "'\(input)' has a column 'prediction' already; rename it")
        }
        let total = Int(try connection.query("SELECT count(*) AS n FROM \(source)").columns[0][0].double)
        try connection.execute("CREATE TABLE scored (prediction DOUBLE)")
        let result = try score(source, reading: connection, writing: try database.connect(), total, progress)
        let partial = output + ".partial"
        // Gone once it was renamed; after a failure nothing half is left behind.
        defer { unlink(partial) }
        // Both sides keep the order of the file, so rows meet by their position.
        try connection.execute(
            "COPY (SELECT * FROM \(source) POSITIONAL JOIN scored) "
                + "TO \(DuckDBConnection.quoted(literal: partial)) (\(try Self.writer(of: output)))"
        )
        guard rename(partial, output) == 0 else { throw MartletError.io("rename to", output, errno: errno) }
        return result
    }

    private func score(
        _ source: String, reading: DuckDBConnection, writing: DuckDBConnection, _ total: Int, _ progress: (Int, Int) -> Void
    ) throws -> Result {
        let appender = try writing.appender(table: "scored")
        var result = Result()
        let rows = release.rowScorer
        try reading.forEachChunk("SELECT * FROM \(source)") { chunk in
            let (predictions, missing) = try rows.score(chunk)
            for prediction in predictions { try appender.append(row: [.real(prediction)]) }
            result.rows += chunk.rowCount
            result.withoutHistory += missing
            progress(result.rows, total)
        }
        try appender.close()
        return result
    }

    /// What DuckDB reads a file of rows with.
    static func reader(of path: String) throws -> String {
        guard FileManager.default.fileExists(atPath: path) else { throw MartletError(.notFound, "there is no file '\(path)'") }
        let literal = DuckDBConnection.quoted(literal: path)
        return switch try SourceFormat.ofFile(path) {
        case .parquet: "read_parquet(\(literal))"
        case .csv: "read_csv(\(literal))"
        case .jsonLines: "read_json(\(literal), format = 'newline_delimited')"
        default: throw MartletError(.invalidInput, "'\(path)': expected Parquet, CSV or JSON lines")
        }
    }

    private static func writer(of path: String) throws -> String {
        switch try SourceFormat.ofFile(path) {
        case .parquet: "FORMAT parquet, COMPRESSION zstd"
        case .csv: "FORMAT csv, HEADER"
        case .jsonLines: "FORMAT json"
        default: throw MartletError(.invalidInput, "'\(path)': expected a name that ends in .parquet, .csv or .jsonl")
        }
    }
}

extension SourceFormat {
    fileprivate static func ofFile(_ path: String) throws -> SourceFormat {
        guard let format = SourceFormat(path: path) else {
            throw MartletError(.invalidInput, "'\(path)': expected a name that ends in .parquet, .csv or .jsonl")
        }
        return format
    }
}
