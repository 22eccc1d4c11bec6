import MartletCore
import MartletEngines

/// An SQL text that a person wrote: one `SELECT`, and nothing that writes.
struct SelectStatement {
    let sql: String
    /// Where it was written, for messages, for example `dataset 'sales', key 'select'`.
    let place: String

    /// Checks that the text is a single query, with DuckDB's own parser.
    /// - Throws: `specificationBroken`, with DuckDB's message.
    init(_ sql: String, place: String, _ connection: DuckDBConnection) throws {
        self.sql = sql
        self.place = place
        let parsed = "json_serialize_sql(\(DuckDBConnection.quoted(literal: sql)))"
        let answer: Table
        do {
            answer = try connection.query(
                "SELECT \(parsed)->>'error_message' AS message, "
                    + "CAST(json_array_length(\(parsed)->'statements') AS BIGINT) AS count"
            )
        } catch {
            throw MartletError(.specificationBroken, "\(place): \(error)")
        }
        if let message = answer["message"]?[0], message != .missing {
            throw MartletError(.specificationBroken, "\(place): expected one SELECT; DuckDB says: \(message)")
        }
        guard let count = answer["count"]?[0], count == .integer(1) else {
            throw MartletError(
                .specificationBroken,
                "\(place): expected one SELECT, found \(answer["count"]?[0] ?? .missing); keep one")
        }
    }

    /// The error of running it, with DuckDB's message.
    func failure(_ error: any Error) -> MartletError {
        let message = (error as? MartletError)?.message ?? "\(error)"
        // A cast in a CSV reader repeats the row and gives advice about files; one line is about the query.
        let cast = message.split(separator: "\n").first { $0.hasPrefix("Error when converting") }
        return MartletError(.specificationBroken, "\(place): \(cast.map { "DuckDB: \($0)" } ?? message)")
    }
}
