import MartletCore
import MartletEngines

/// Reads delimited text with a header: every field as text, since types are the contract's.
///
/// A field without quotes and without characters is missing; `""` is an empty text.
struct CSVReader {
    /// The longest line in bytes.
    static let lineBytesMax = 64 << 20

    let connection: DuckDBConnection
    let source: DatasetSource

    func relation() throws -> SourceRelation {
        let names = try header()
        try checkDelimiter(names)
        try SourceReader.checkNames(names, path: source.path)
        let columns = names.map { "\(DuckDBConnection.quoted(literal: $0)): 'VARCHAR'" }.joined(separator: ", ")
        let delimiter = DuckDBConnection.quoted(literal: source.delimiter)
        let relation = SourceRelation(
            sql: "read_csv(\(options), header = true, columns = {\(columns)}, delim = \(delimiter), "
                + "quote = '\"', escape = '\"', nullstr = '', allow_quoted_nulls = false)",
            columns: names.map { SourceColumn(name: $0, type: "VARCHAR") }
        )
        try checkFirstRow(relation)
        return relation
    }

    private var options: String {
        let compression = source.path.lowercased().hasSuffix(".gz") ? "gzip" : "none"
        return "\(DuckDBConnection.quoted(literal: source.path)), auto_detect = false, skip = 0, "
            + "max_line_size = \(Self.lineBytesMax), compression = '\(compression)'"
    }

    /// The names in the first line. It is read whole and divided here, so that no dialect is guessed.
    private func header() throws -> [String] {
        let sql =
            "SELECT line FROM read_csv(\(options), header = false, columns = {'line': 'VARCHAR'}, "
            + "delim = chr(1), quote = '', escape = '', nullstr = chr(2)) LIMIT 1"
        let table = try reading { try connection.query(sql) }
        guard table.rowCount == 1, let line = table.columns.first?[0].description else {
            throw MartletError(
                .invalidInput, "source '\(source.path)': expected a header, found no line; write the columns' names")
        }
        guard let names = Self.fields(of: line, delimiter: Character(source.delimiter)) else {
            throw MartletError(
                .invalidInput,
                "source '\(source.path)': expected a header in one line, found a quote that is not closed; close it"
            )
        }
        return names
    }

    /// The fields of one line (RFC 4180); `nil` where a quote is not closed.
    static func fields(of line: String, delimiter: Character) -> [String]? {
        var fields = [""]
        var isQuoted = false
        var characters = line[...]
        while let character = characters.popFirst() {
            if character == "\"" {
                if isQuoted, characters.first == "\"" {
                    fields[fields.count - 1].append("\"")
                    characters.removeFirst()
                } else {
                    isQuoted.toggle()
                }
            } else if character == delimiter, !isQuoted {
                fields.append("")
            } else {
                fields[fields.count - 1].append(character)
            }
        }
        return isQuoted ? nil : fields
    }

    /// A header of one field that holds a usual delimiter was divided wrongly.
    private func checkDelimiter(_ names: [String]) throws {
        guard names.count == 1, let name = names.first else { return }
        guard let other = [",", ";", "\t", "|"].first(where: { $0 != source.delimiter && name.contains($0) }) else {
            return
        }
        let shown = other == "\t" ? "a tab" : "'\(other)'"
        throw MartletError(
            .invalidInput,
            "source '\(source.path)': divided by '\(source.delimiter)' the header is one column; "
                + "it looks divided by \(shown): set 'delimiter'"
        )
    }

    /// Blank lines before the header make the header a row.
    private func checkFirstRow(_ relation: SourceRelation) throws {
        let first = try reading { try connection.query("SELECT * FROM \(relation.sql) LIMIT 1") }
        guard first.rowCount == 1, first.columns.map({ $0[0].description }) == relation.columns.map(\.name) else {
            return
        }
        throw MartletError(
            .invalidInput,
            "source '\(source.path)': expected the header in line 1 alone, found it later; remove the lines before it"
        )
    }

    private func reading(_ body: () throws -> Table) throws -> Table {
        do {
            return try body()
        } catch {
            throw MartletError.unreadable(source.path, as: "CSV divided by '\(source.delimiter)'", error)
        }
    }
}
