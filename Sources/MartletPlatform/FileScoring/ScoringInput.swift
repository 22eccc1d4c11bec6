import Foundation
import MartletCore
import MartletData
import MartletEngines
import MartletStore

/// The files that are scored: one, those of a folder, or those that a pattern names; all of one format.
struct ScoringInput {
    /// The most files of one input.
    static let fileCountMax = 100_000

    /// As people wrote it, for messages.
    let text: String
    let format: SourceFormat
    /// In the order in which their rows are scored: by path.
    let files: [ScoringFile]
    /// The columns of all files, with DuckDB's types.
    let columns: [(name: String, type: String)]
    /// Whether folders named `column=value` are columns too.
    private let hasPartitions: Bool

    /// Finds the files and reads what they hold, not their rows.
    /// - Throws: `notFound`, `invalidInput` where formats or columns differ or a file is damaged.
    init(_ text: String, _ connection: DuckDBConnection) throws {
        self.text = text
        let paths = try Self.paths(text, connection)
        guard let first = paths.first else {
            throw MartletError(.notFound, "there is no Parquet, CSV or JSON lines file in '\(text)'")
        }
        guard paths.count <= Self.fileCountMax else {
            throw MartletError(.limitExceeded, "'\(text)' names \(paths.count) files, at most \(Self.fileCountMax) are scored at once")
        }
        let format = try Self.format(of: first)
        self.format = format
        hasPartitions = paths.contains { $0.dropFirst(Self.base(of: text).count).contains("=") }
        files = try paths.map { try ScoringFile($0, try Self.format(of: $0, like: format, first)) }
        columns = try Self.columns(paths, format, hasPartitions, connection)
    }

    /// What identifies the input: another definition is another input.
    var definition: JSONValue { .array(files.map(\.definition)) }

    /// The files' table, for a FROM.
    func source(_ paths: [String]) -> String { Self.source(paths, format, hasPartitions) }

    /// Whether a file made at a path would be input too. - Parameter path: absolute, the links of its folder resolved.
    func wouldRead(_ path: String) -> Bool {
        let absolute = URL(filePath: text).standardizedFileURL.path
        guard files.map(\.path) != [absolute] else { return false }
        let base = URL(filePath: Self.base(of: text)).resolvingSymlinksInPath().path
        let isPlainPattern = base != URL(filePath: absolute).resolvingSymlinksInPath().path && !text.contains("**")
        guard path.hasPrefix(base.hasSuffix("/") ? base : base + "/") else { return false }
        return !isPlainPattern || fnmatch(base + absolute.dropFirst(Self.base(of: text).count), path, FNM_PATHNAME) == 0
    }

    /// The files' numbers of rows; of Parquet only.
    func rowCounts(_ connection: DuckDBConnection) throws -> [(path: String, rowCount: Int)] {
        try files.map { file in
            let path = DuckDBConnection.quoted(literal: Self.escaped(file.path))
            let counts = try Self.reading(file.path) {
                try connection.query("SELECT num_rows FROM parquet_file_metadata(\(path))").column("num_rows").integers()
            }
            return (file.path, Int(counts.first ?? 0))
        }
    }

    /// About how many bytes a row takes in memory, by the first rows.
    func rowWidthBytes(_ connection: DuckDBConnection) throws -> Double {
        let long = columns.filter { $0.type == "VARCHAR" || $0.type == "BLOB" || !SQLType.isScalar($0.type) }
        let short = Double((columns.count - long.count) * MemoryLayout<Double>.size)
        guard !long.isEmpty else { return short }
        let lengths = long.map { column in
            let name = DuckDBConnection.quoted(identifier: column.name)
            return "coalesce(avg(\(column.type == "BLOB" ? "octet_length(\(name))" : "strlen(CAST(\(name) AS VARCHAR))")), 0)"
        }
        let names = long.map { DuckDBConnection.quoted(identifier: $0.name) }.joined(separator: ", ")
        let first = "SELECT \(names) FROM \(source([files[0].path])) LIMIT \(Self.sampleRowCount)"
        let sum = try Self.reading(files[0].path) {
            try connection.query("SELECT \(lengths.joined(separator: " + ")) AS width FROM (\(first))").column("width").doubles
        }
        return short + Double(long.count * 2 * MemoryLayout<Double>.size) + (sum.first ?? 0)
    }

    private static let sampleRowCount = 2000

    /// Whether rows can be asked for by their number: the number's name must not be a column's.
    var canBeCut: Bool { format == .parquet && !columns.contains { $0.name.lowercased() == Self.rowNumber } }

    /// DuckDB's name for a row's number in its file.
    static let rowNumber = "file_row_number"

    /// - Throws: `conflict` where a file is not what it was when this input was made.
    func checkUnchanged() throws {
        for file in files where try ScoringFile(file.path, format) != file {
            throw MartletError(.conflict, "'\(file.path)' changed while it was scored, so nothing was written; score it again")
        }
    }

    // MARK: Files

    private static func paths(_ text: String, _ connection: DuckDBConnection) throws -> [String] {
        var isFolder: ObjCBool = false
        let absolute = URL(filePath: text).standardizedFileURL.path
        if FileManager.default.fileExists(atPath: absolute, isDirectory: &isFolder) {
            return isFolder.boolValue ? try files(inFolder: absolute) : [absolute]
        }
        guard text.contains(where: { "*?[".contains($0) }) else { throw MartletError(.notFound, "there is no file or folder '\(text)'") }
        let found = try connection.query("SELECT file FROM glob(\(DuckDBConnection.quoted(literal: absolute)))")
        let column = try found.column("file")
        return (0..<found.rowCount).map { column[$0].description }.sorted()
    }

    /// Files of known formats, also those of folders inside; hidden ones and those that begin with `_` are not data.
    private static func files(inFolder folder: String) throws -> [String] {
        try FileManager.default.subpathsOfDirectory(atPath: folder)
            .filter { path in
                let isHidden = path.split(separator: "/").contains { $0.hasPrefix(".") || $0.hasPrefix("_") }
                return !isHidden && SourceFormat(path: path).map { $0 != .sqlite } == true
            }
            .map { "\(folder)/\($0)" }.sorted()
    }

    /// The part of a path that no pattern touches.
    private static func base(of text: String) -> String {
        let absolute = URL(filePath: text).standardizedFileURL.path
        let plain = absolute.prefix { !"*?[".contains($0) }
        return plain.count == absolute.count ? absolute : String(plain[..<(plain.lastIndex(of: "/") ?? plain.startIndex)])
    }

    private static func format(of path: String, like expected: SourceFormat? = nil, _ first: String = "") throws -> SourceFormat {
        guard let format = SourceFormat(path: path), format != .sqlite else {
            throw MartletError(.invalidInput, "'\(path)': expected a name that ends in .parquet, .csv or .jsonl")
        }
        guard format == expected ?? format else {
            throw MartletError(
                .invalidInput, "'\(first)' and '\(path)' are of different formats; name those of one, for example with '*.parquet'")
        }
        return format
    }

    // MARK: Columns

    private static func columns(
        _ paths: [String], _ format: SourceFormat, _ hasPartitions: Bool, _ connection: DuckDBConnection
    ) throws -> [(name: String, type: String)] {
        func describe(_ paths: [String]) throws -> [(name: String, type: String)] {
            try reading(paths[0]) { try connection.describe("SELECT * FROM \(source(paths, format, hasPartitions))") }
        }
        guard format == .parquet else { return try describe(paths) }
        let columns = try describe([paths[0]])
        for path in paths.dropFirst() {
            let others = try describe([path])
            guard others.map(\.name) == columns.map(\.name), others.map(\.type) == columns.map(\.type) else {
                throw ScoringFault.differentColumns(columns, paths[0], others, path)
            }
        }
        return columns
    }

    /// What DuckDB says of a file, as an error about the file.
    private static func reading<Answer>(_ path: String, _ body: () throws -> Answer) throws -> Answer {
        do {
            return try body()
        } catch let error as MartletError {
            throw ScoringFault.reading(error, "'\(path)'")
        }
    }

    private static func source(_ paths: [String], _ format: SourceFormat, _ hasPartitions: Bool) -> String {
        let list = "[\(paths.map { DuckDBConnection.quoted(literal: escaped($0)) }.joined(separator: ", "))]"
        let partitions = hasPartitions ? "hive_partitioning = true, hive_types_autocast = false" : "hive_partitioning = false"
        return switch format {
        case .csv: "read_csv(\(list), \(partitions))"
        case .jsonLines: "read_json(\(list), format = 'newline_delimited', \(partitions))"
        default: "read_parquet(\(list), \(partitions))"
        }
    }

    /// A path in which nothing is a pattern.
    private static func escaped(_ path: String) -> String {
        String(path.flatMap { "*?[".contains($0) ? Array("[\($0)]") : [$0] })
    }
}

/// One file of an input, and what tells that it is still the same.
struct ScoringFile: Equatable {
    private static let sampleSizeBytes = 1 << 16

    let path: String
    let sizeBytes: Int
    private let modifiedNanoseconds: Int64
    /// Of a Parquet file's footer; of the beginning and end of others.
    private let digest: Digest

    init(_ path: String, _ format: SourceFormat) throws {
        let file = try OpenFile(path, O_RDONLY)
        var status = stat()
        guard fstat(file.descriptor, &status) == 0 else { throw MartletError.io("look at", path, errno: errno) }
        self.path = path
        sizeBytes = Int(status.st_size)
        modifiedNanoseconds = Int64(status.st_mtim.tv_sec) &* 1_000_000_000 &+ Int64(status.st_mtim.tv_nsec)
        if format == .parquet {
            digest = Digest(of: try ParquetFooter(ofFile: path).bytes)
        } else {
            let head = try file.read(at: 0, countMax: Self.sampleSizeBytes)
            digest = Digest(of: try head + file.read(at: max(0, sizeBytes - Self.sampleSizeBytes), countMax: Self.sampleSizeBytes))
        }
    }

    var definition: JSONValue {
        [
            "path": .string(path), "size": .integer(Int64(sizeBytes)), "modified": .integer(modifiedNanoseconds),
            "digest": .string(digest.description),
        ]
    }
}
