package import MartletCore
package import MartletEngines

/// What a table holds, column by column, so that one can be told from another.
///
/// A column's digest depends on its type, its values and their order, and on nothing else.
package struct ColumnDigests: Sendable, Equatable {
    /// How many rows were looked at.
    package let rowCount: Int
    /// The digest of each column, by its name.
    package let columns: [String: Digest]

    /// Reads a table, whole.
    /// - Parameter rows: how many of its first rows are looked at; `nil` for all.
    /// - Throws: as the opening of a source; `engine` for bytes that are no table.
    package init(of source: DatasetSource, rows: Int? = nil, connection: DuckDBConnection) throws {
        let relation = try SourceReader(connection: connection).relation(of: source)
        let names = relation.columns.indices.map { "c\($0)" }
        let parts = names.map { name in
            // Both together are as good as one hash of twice as many bits, and do not depend on which thread read what.
            "concat_ws(' ', bit_xor(hash(\(name), row)), sum(CAST(hash(\(name), row) AS HUGEINT)))"
        }
        let table = try connection.query(
            """
            SELECT CAST(count(*) AS BIGINT), \(parts.joined(separator: ", "))
            FROM (SELECT *, row_number() OVER () FROM \(relation.sql)) AS t(\((names + ["row"]).joined(separator: ", ")))
            \(rows.map { "WHERE row <= \($0)" } ?? "")
            """)
        rowCount = Int(table.columns[0][0].description) ?? 0
        let digests = relation.columns.enumerated().map { position, column in
            (column.name, Digest(of: "\(column.type) \(table.columns[position + 1][0].description)"))
        }
        columns = Dictionary(digests, uniquingKeysWith: { first, _ in first })
    }

    /// How many rows a table has. - Throws: as the initializer.
    package static func rowCount(of source: DatasetSource, connection: DuckDBConnection) throws -> Int {
        let relation = try SourceReader(connection: connection).relation(of: source)
        let table = try connection.query("SELECT CAST(count(*) AS BIGINT) FROM \(relation.sql)")
        return Int(table.columns[0][0].description) ?? 0
    }
}
