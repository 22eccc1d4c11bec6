import MartletCore
import MartletEngines

/// Reads a Parquet file in place, with its own types.
struct ParquetReader {
    let connection: DuckDBConnection
    let path: String

    func relation() throws -> SourceRelation {
        let sql = "read_parquet(\(DuckDBConnection.quoted(literal: path)))"
        do {
            let columns = try connection.describe("SELECT * FROM \(sql)").map {
                SourceColumn(name: $0.name, type: $0.type)
            }
            return SourceRelation(sql: sql, columns: columns)
        } catch {
            throw MartletError.unreadable(path, as: "Parquet", error)
        }
    }
}
