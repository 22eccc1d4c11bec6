/// How a source's bytes are written.
public enum SourceFormat: String, Codable, Sendable, CaseIterable {
    /// Apache Parquet.
    case parquet
    /// Delimited text with a header (RFC 4180), in UTF-8, plain or gzip.
    case csv
    /// One JSON object a line, in UTF-8, plain or gzip.
    case jsonLines = "jsonl"
    /// A table or view of an SQLite database.
    case sqlite

    private static let extensions: [(suffix: String, format: SourceFormat)] = [
        (".parquet", .parquet), (".csv", .csv), (".csv.gz", .csv), (".tsv", .csv), (".tsv.gz", .csv),
        (".jsonl", .jsonLines), (".ndjson", .jsonLines), (".jsonl.gz", .jsonLines), (".ndjson.gz", .jsonLines),
        (".sqlite", .sqlite), (".sqlite3", .sqlite), (".db", .sqlite),
    ]

    /// The format that a file's name tells; `nil` where it tells none.
    package init?(path: String) {
        let name = path.lowercased()
        guard let match = Self.extensions.first(where: { name.hasSuffix($0.suffix) }) else { return nil }
        self = match.format
    }

    /// The names of the formats, for messages.
    static var knownNames: String { allCases.map(\.rawValue).joined(separator: ", ") }

    /// The endings of names that tell a format, for messages.
    static var knownExtensions: String { extensions.map(\.suffix).joined(separator: ", ") }
}
