import Foundation
import MartletCore

/// The file that a dataset is read from.
public struct DatasetSource: Codable, Sendable, Hashable {
    /// The file; relative to the working directory.
    public let path: String
    /// How it is written.
    public let format: SourceFormat
    /// The table or view, for SQLite.
    public let table: String?
    /// What divides the fields of a CSV file: one character.
    public let delimiter: String

    /// Names a source; touches no file.
    ///
    /// - Parameters:
    ///   - path: the file, with `#table` behind it for an SQLite table.
    ///   - format: the format; `nil` takes it from the name's ending.
    ///   - table: the SQLite table, where the path does not name it.
    ///   - delimiter: of a CSV file; `nil` is a tab for `.tsv`, else a comma.
    /// - Throws: `invalidInput`.
    public init(_ path: String, format: SourceFormat? = nil, table: String? = nil, delimiter: String? = nil) throws {
        let (file, fragment) = Self.divided(path)
        guard let format = format ?? SourceFormat(path: file) else {
            throw MartletError(
                .invalidInput,
                "source '\(path)': expected a name that ends in one of \(SourceFormat.knownExtensions); "
                    + "rename the file, or give its format (\(SourceFormat.knownNames))"
            )
        }
        self.path = format == .sqlite ? file : path
        self.format = format
        self.table = table ?? (format == .sqlite ? fragment : nil)
        self.delimiter = delimiter ?? (Self.isTabbed(file) ? "\t" : ",")
        try check()
    }

    private func check() throws {
        let bytes = delimiter.utf8
        guard bytes.count == 1, bytes.first.map({ $0 < 128 && ![10, 13, 34].contains($0) }) == true else {
            throw MartletError(
                .invalidInput,
                "source '\(path)': expected a delimiter of one ASCII character, found '\(delimiter)'; give another"
            )
        }
        if table != nil, format != .sqlite {
            throw MartletError(.invalidInput, "source '\(path)': only an SQLite file has tables; remove 'table'")
        }
        if path.isEmpty { throw MartletError(.invalidInput, "expected a source's file, found nothing; give its path") }
        if format != .sqlite, let wildcard = path.first(where: { "*?[{".contains($0) }) {
            throw MartletError(
                .invalidInput,
                "source '\(path)': expected one file, found the wildcard '\(wildcard)'; name the file, or rename it"
            )
        }
    }

    /// The same with an absolute path.
    var resolved: DatasetSource {
        DatasetSource(absolutePath: URL(filePath: path).path, format: format, table: table, delimiter: delimiter)
    }

    private init(absolutePath: String, format: SourceFormat, table: String?, delimiter: String) {
        (path, self.format, self.table, self.delimiter) = (absolutePath, format, table, delimiter)
    }

    private static func isTabbed(_ path: String) -> Bool {
        path.lowercased().hasSuffix(".tsv") || path.lowercased().hasSuffix(".tsv.gz")
    }

    private static func divided(_ path: String) -> (file: String, fragment: String?) {
        guard let mark = path.lastIndex(of: "#") else { return (path, nil) }
        let fragment = path[path.index(after: mark)...]
        return (String(path[..<mark]), fragment.isEmpty ? nil : String(fragment))
    }
}
