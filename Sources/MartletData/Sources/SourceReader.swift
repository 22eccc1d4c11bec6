import Foundation
import MartletCore
import MartletEngines

/// What a source gives to SQL: a relation and its columns, before any contract.
struct SourceRelation {
    /// What stands behind `FROM`.
    let sql: String
    /// The columns as the source names them, in its order.
    let columns: [SourceColumn]
}

/// A column of a source.
struct SourceColumn: Hashable {
    let name: String
    /// DuckDB's name of its type; `VARCHAR` for formats without types.
    let type: String
}

/// Opens a source for a DuckDB connection.
struct SourceReader {
    let connection: DuckDBConnection

    /// Makes a source readable by SQL. SQLite rows are copied into a temporary table; other files are read in place.
    /// - Throws: `notFound`, `invalidInput`; the message names the file and quotes no row.
    func relation(of source: DatasetSource) throws -> SourceRelation {
        try checkFile(source.path)
        let source = source.resolved
        let relation =
            switch source.format {
            case .parquet: try ParquetReader(connection: connection, path: source.path).relation()
            case .csv: try CSVReader(connection: connection, source: source).relation()
            case .jsonLines: try JSONLinesReader(connection: connection, path: source.path).relation()
            case .sqlite: try SQLiteReader(connection: connection, source: source).relation()
            }
        try Self.checkNames(relation.columns.map(\.name), path: source.path)
        return relation
    }

    private func checkFile(_ path: String) throws {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
            throw MartletError(
                .notFound, "source '\(path)': there is no such file; check 'source', which is relative to the project")
        }
        guard !isFolder.boolValue else {
            throw MartletError(.invalidInput, "source '\(path)': expected a file, found a folder; name one file in it")
        }
        guard FileManager.default.isReadableFile(atPath: path) else {
            throw MartletError(.storage, "source '\(path)': the file cannot be read; check its permissions")
        }
        let size = try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int
        guard size != 0 else {
            throw MartletError(
                .invalidInput, "source '\(path)': the file is empty; expected at least a header or a row")
        }
    }

    /// Names must be there and differ whatever their case, as they do in SQL.
    static func checkNames(_ names: [String], path: String) throws {
        var seen: [String: String] = [:]
        for (position, name) in names.enumerated() {
            guard !name.isEmpty else {
                throw MartletError(
                    .invalidInput, "source '\(path)': column \(position + 1) has no name; name it in the header")
            }
            if let other = seen.updateValue(name, forKey: name.lowercased()) {
                throw MartletError(
                    .invalidInput, "source '\(path)': the columns '\(other)' and '\(name)' have one name; rename one")
            }
        }
    }
}

extension MartletError {
    /// The error of a source that DuckDB cannot read: its reason without the rows that it quotes.
    static func unreadable(_ path: String, as what: String, _ error: any Error) -> MartletError {
        MartletError(
            .invalidInput,
            "source '\(path)': expected \(what), found \(reason(of: error)); correct the file or its format"
        )
    }

    /// Whether a query failed because of a source's bytes and not because of its own words.
    static func isAboutBytes(_ error: any Error) -> Bool {
        // A cast that DuckDB does while it reads fails in the reader, but is the query's fault.
        let text = "\(error)"
        return !text.contains("Error when converting")
            && ["CSV Error", "Malformed JSON", "GZIP", "Parquet"].contains { text.contains($0) }
    }

    /// What DuckDB says in its first line; of a CSV file the fault and the line's number, never its content.
    private static func reason(of error: any Error) -> String {
        let lines = "\(error)".split(separator: "\n").filter { !$0.hasPrefix("Original Line") }
        guard let first = lines.first else { return "something else" }
        guard let place = first.range(of: "CSV Error on Line: ") else { return String(first.prefix(300)) }
        let number = first[place.upperBound...].prefix { $0.isNumber }
        return "\(lines.lazy.compactMap(csvFault).first ?? "a malformed row") in line \(number)"
    }

    private static func csvFault(_ line: Substring) -> String? {
        if line.hasPrefix("Invalid unicode") { return "bytes that are not UTF-8" }
        if line.hasPrefix("Value with unterminated quote") { return "a quote that is not closed" }
        if line.hasPrefix("Maximum line size") { return "a line of more than \(CSVReader.lineBytesMax) bytes" }
        guard line.hasPrefix("Expected Number of Columns") else { return nil }
        let numbers = line.split { !$0.isNumber }
        return numbers.count == 2 ? "\(numbers[1]) fields instead of \(numbers[0])" : nil
    }
}
