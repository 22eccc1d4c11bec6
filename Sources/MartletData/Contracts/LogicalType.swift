/// What a column of a contract holds; the flat types of the Open Data Contract Standard.
public enum LogicalType: String, Codable, Sendable, CaseIterable {
    /// Text in UTF-8, stored as `VARCHAR`.
    case string
    /// A whole number of 64 bits, stored as `BIGINT`.
    case integer
    /// A finite number, stored as `DOUBLE`; `NaN` in a source counts as missing.
    case number
    /// True or false, stored as `BOOLEAN`.
    case boolean
    /// A day, stored as `DATE`.
    case date
    /// An instant in UTC with microseconds, stored as `TIMESTAMP`.
    case timestamp

    /// Types that the standard knows and a flat table cannot hold.
    static let unsupportedNames = ["time", "object", "array"]

    /// The type of the stored column.
    var sqlType: String {
        switch self {
        case .string: "VARCHAR"
        case .integer: "BIGINT"
        case .number: "DOUBLE"
        case .boolean: "BOOLEAN"
        case .date: "DATE"
        case .timestamp: "TIMESTAMP"
        }
    }

    /// The keys that `logicalTypeOptions` may have for this type.
    var optionKeys: [String] {
        let bounds = ["minimum", "exclusiveMinimum", "maximum", "exclusiveMaximum"]
        return switch self {
        case .string: ["minLength", "maxLength", "pattern", "format"]
        case .integer, .number: bounds + ["multipleOf", "format"]
        case .boolean: []
        case .date: bounds + ["format"]
        case .timestamp: bounds + ["format", "timezone", "defaultTimezone"]
        }
    }
}
