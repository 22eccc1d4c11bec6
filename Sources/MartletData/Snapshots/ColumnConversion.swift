import MartletCore
import MartletEngines

/// How a source's column becomes one of its contract's type.
///
/// Values of the contract's own type pass as they are; all others go by their text, so that the same table gives the
/// same values from every format. A text that is empty once spaces are trimmed is missing except in a text column;
/// `NaN` is missing in numbers; infinities, fractions in whole numbers and times of day in dates break the row.
struct ColumnConversion {
    let property: Contract.Property
    let sourceType: String
    /// The column of the source.
    let raw: String
    /// The column that is made.
    let value: String
    /// The flag that is made: whether a value was there and is not of the type.
    let broken: String

    init(_ property: Contract.Property, from sourceType: String, at position: Int) {
        self.property = property
        self.sourceType = sourceType
        raw = "r\(position)"
        value = "v\(position)"
        broken = "b\(position)"
    }

    /// Whether a source's type can be converted; nested values and bytes cannot.
    static func isSupported(_ type: String) -> Bool {
        let unsupported = ["STRUCT", "MAP", "UNION", "BLOB", "BIT", "VARIANT", "GEOMETRY", "INTERVAL"]
        return !type.contains("[") && !unsupported.contains { type.hasPrefix($0) }
    }

    // The layers of the conversion are one `SELECT` inside the other, and repeat as little as they can: DuckDB's
    // planning grows with the square of expressions that occur twice.

    /// Over the raw table: what is parsed; null where the value is missing.
    var textItem: String { "\(direct == nil ? cleaned : raw) AS \(text)" }
    /// Over that: the value of the type, and whether there was one to parse.
    var valueItems: String { "\(direct ?? parsed) AS \(value), \(text) IS NOT NULL AS \(given)" }
    /// Over that: the value without what is no value of the type, and whether there was such a one.
    var flagItems: String {
        let finite = "CASE WHEN isfinite(\(value)) THEN \(value) END AS \(value)"
        return switch property.type {
        case .number:
            "\(finite), (\(given) AND NOT coalesce(isfinite(\(value)) OR isnan(\(value)), FALSE)) AS \(broken)"
        case .date, .timestamp: "\(finite), (\(given) AND NOT coalesce(isfinite(\(value)), FALSE)) AS \(broken)"
        case .string, .integer, .boolean: "\(value), (\(given) AND \(value) IS NULL) AS \(broken)"
        }
    }

    private var text: String { "t\(value)" }
    private var given: String { "g\(value)" }

    // MARK: Without text

    private static let wholeTypes = ["TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER"]

    /// The value where the source has the type; `nil` where it goes by its text.
    private var direct: String? {
        switch (property.type, sourceType) {
        case (.string, "VARCHAR"), (.boolean, "BOOLEAN"), (.integer, "BIGINT"), (.number, "DOUBLE"), (.date, "DATE"):
            text
        case (.integer, _) where Self.wholeTypes.contains(sourceType): "CAST(\(text) AS BIGINT)"
        case (.number, _) where Self.wholeTypes.contains(sourceType) || sourceType == "FLOAT": "CAST(\(text) AS DOUBLE)"
        case (.timestamp, "TIMESTAMP"), (.timestamp, "TIMESTAMP_S"), (.timestamp, "TIMESTAMP_MS"), (.timestamp, "DATE"):
            "CAST(\(text) AS TIMESTAMP)"
        default: nil
        }
    }

    // MARK: By text

    private var cleaned: String {
        let written = sourceType == "VARCHAR" ? raw : "CAST(\(raw) AS VARCHAR)"
        return switch property.type {
        case .string: written
        case .integer: "CASE WHEN trim(\(written)) NOT IN ('', 'NaN', 'nan', 'NAN') THEN trim(\(written)) END"
        case .number, .boolean, .date, .timestamp: "nullif(trim(\(written)), '')"
        }
    }

    private var parsed: String {
        switch property.type {
        case .string: text
        case .integer: integer
        case .number: "CASE WHEN NOT contains(\(text), '_') THEN TRY_CAST(\(text) AS DOUBLE) END"
        case .boolean: "CASE \(text) WHEN '1.0' THEN TRUE WHEN '0.0' THEN FALSE ELSE TRY_CAST(\(text) AS BOOLEAN) END"
        case .date: date
        case .timestamp: instant
        }
    }

    /// Digits, or a number that is whole: `5`, `5.0` and `5e3`.
    private var integer: String {
        let number = "TRY_CAST(\(text) AS DOUBLE)"
        return "CASE WHEN regexp_full_match(\(text), '[+-]?[0-9]+(\\.0*)?') THEN TRY_CAST(\(text) AS BIGINT) "
            + "WHEN NOT contains(\(text), '_') AND \(number) = trunc(\(number)) THEN TRY_CAST(\(number) AS BIGINT) END"
    }

    /// A day, or a time that is midnight.
    private var date: String {
        let midnight = "CASE WHEN \(instant) = date_trunc('day', \(instant)) THEN CAST(\(instant) AS DATE) END"
        guard property.format == nil || sourceType != "VARCHAR" else { return midnight }
        return "CASE WHEN length(\(text)) <= 10 THEN TRY_CAST(\(text) AS DATE) ELSE \(midnight) END"
    }

    /// A time in UTC; a text without a zone is in UTC. The format is that of texts; other types are read as ISO 8601.
    private var instant: String {
        guard let format = property.format, sourceType == "VARCHAR" else {
            return "(TRY_CAST(\(text) AS TIMESTAMPTZ) AT TIME ZONE 'UTC')"
        }
        let literal = SQLLiteral.quoted(format)
        guard format.contains("%z") else { return "CAST(try_strptime(\(text), \(literal)) AS TIMESTAMP)" }
        return "(try_strptime(regexp_replace(\(text), 'Z$', '+00:00'), \(literal)) AT TIME ZONE 'UTC')"
    }
}
