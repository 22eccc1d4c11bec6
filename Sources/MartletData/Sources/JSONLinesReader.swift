import MartletCore
import MartletEngines

/// Reads one JSON object a line: every member as text, since types are the contract's. Null and absent are missing.
struct JSONLinesReader {
    /// The longest line in bytes.
    static let lineBytesMax = 64 << 20

    let connection: DuckDBConnection
    let path: String

    func relation() throws -> SourceRelation {
        do {
            let names = try connection.describe(
                "SELECT * FROM read_json(\(options), maximum_depth = 1, sample_size = -1)"
            ).map(\.name)
            let columns = names.map { "\(DuckDBConnection.quoted(literal: $0)): 'VARCHAR'" }.joined(separator: ", ")
            return SourceRelation(
                sql: "read_json(\(options), columns = {\(columns)})",
                columns: names.map { SourceColumn(name: $0, type: "VARCHAR") }
            )
        } catch {
            throw MartletError.unreadable(path, as: "one JSON object a line", error)
        }
    }

    private var options: String {
        "\(DuckDBConnection.quoted(literal: path)), format = 'newline_delimited', records = true, "
            + "maximum_object_size = \(Self.lineBytesMax), "
            + "compression = '\(path.lowercased().hasSuffix(".gz") ? "gzip" : "none")'"
    }
}
