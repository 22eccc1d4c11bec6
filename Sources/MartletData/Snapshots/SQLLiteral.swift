import MartletCore
import MartletEngines

/// SQL texts of a contract's values.
enum SQLLiteral {
    /// A value as a literal of a column's type.
    static func of(_ value: JSONValue, as type: LogicalType) -> String {
        switch (type, value) {
        case (.integer, .integer(let whole)): "CAST(\(quoted("\(whole)")) AS BIGINT)"
        case (.boolean, .boolean(let flag)): flag ? "TRUE" : "FALSE"
        case (.date, .string(let text)): "CAST(\(quoted(text)) AS DATE)"
        case (.timestamp, .string(let text)): "CAST(CAST(\(quoted(text)) AS TIMESTAMPTZ) AS TIMESTAMP)"
        case (_, .integer(let whole)): "CAST(\(quoted("\(whole)")) AS DOUBLE)"
        case (_, .number(let number)): "CAST(\(quoted("\(number)")) AS DOUBLE)"
        default: quoted(value.string ?? value.canonicalText)
        }
    }

    static func list(_ values: [JSONValue], as type: LogicalType) -> String {
        values.map { of($0, as: type) }.joined(separator: ", ")
    }

    static func quoted(_ text: String) -> String { DuckDBConnection.quoted(literal: text) }
}
