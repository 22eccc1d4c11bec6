import MartletCore
import MartletEngines

/// How a source's column becomes one of its contract's type.
///
/// Values of the contract's own type pass as they are; all others go by their text, so that the same table gives the same
/// values from every format. A text that is empty once spaces are trimmed is missing except in a text column; `NaN` is
/// missing in numbers; infinities, fractions in whole numbers and times of day in dates break the row.
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

    /// The items of a `SELECT` over the raw table; later ones use the names of earlier ones.
    var selectItems: [String] {
        if let direct { return ["\(direct) AS \(value)", "\(directFault) AS \(broken)"] }
        let text = "t\(value)"
        return [
            "\(cleaned) AS \(text)", "\(parsed(text)) AS \(value)", "(\(text) IS NOT NULL AND \(value) IS NULL) AS \(broken)",
        ]
    }

    // MARK: Without text

    private static let wholeTypes = ["TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER"]

    /// The value where the source has the type; `nil` where it goes by its text.
    private var direct: String? {
        switch (property.type, sourceType) {
        case (.string, "VARCHAR"), (.boolean, "BOOLEAN"), (.integer, "BIGINT"): raw
        case (.integer, _) where Self.wholeTypes.contains(sourceType): "CAST(\(raw) AS BIGINT)"
        case (.number, _) where Self.wholeTypes.contains(sourceType): "CAST(\(raw) AS DOUBLE)"
        case (.number, "DOUBLE"), (.number, "FLOAT"): "CASE WHEN NOT isnan(\(raw)) THEN CAST(\(raw) AS DOUBLE) END"
        case (.date, "DATE"): raw
        case (.timestamp, "TIMESTAMP"), (.timestamp, "TIMESTAMP_S"), (.timestamp, "TIMESTAMP_MS"), (.timestamp, "DATE"):
            "CAST(\(raw) AS TIMESTAMP)"
        default: nil
        }
    }

    private var directFault: String {
        switch property.type {
        case .number, .date, .timestamp: "coalesce(NOT isfinite(\(value)), FALSE)"
        case .string, .integer, .boolean: "FALSE"
        }
    }

    // MARK: By text

    private var cleaned: String {
        let text = sourceType == "VARCHAR" ? raw : "CAST(\(raw) AS VARCHAR)"
        switch property.type {
        case .string: return text
        case .integer, .number:
            return "CASE WHEN trim(\(text)) NOT IN ('', 'NaN', 'nan', 'NAN') THEN trim(\(text)) END"
        case .boolean, .date, .timestamp: return "nullif(trim(\(text)), '')"
        }
    }

    private func parsed(_ text: String) -> String {
        switch property.type {
        case .string: text
        case .integer: integer(text)
        case .number: "CASE WHEN NOT contains(\(text), '_') AND isfinite(TRY_CAST(\(text) AS DOUBLE)) "
            + "THEN TRY_CAST(\(text) AS DOUBLE) END"
        case .boolean: "CASE \(text) WHEN '1.0' THEN TRUE WHEN '0.0' THEN FALSE ELSE TRY_CAST(\(text) AS BOOLEAN) END"
        case .date: date(text)
        case .timestamp: finite(instant(text))
        }
    }

    /// Digits, or a number that is whole: `5`, `5.0` and `5e3`.
    private func integer(_ text: String) -> String {
        let number = "TRY_CAST(\(text) AS DOUBLE)"
        return "CASE WHEN regexp_full_match(\(text), '[+-]?[0-9]+(\\.0*)?') THEN TRY_CAST(\(text) AS BIGINT) "
            + "WHEN NOT contains(\(text), '_') AND \(number) = trunc(\(number)) THEN TRY_CAST(\(number) AS BIGINT) END"
    }

    private func date(_ text: String) -> String {
        let time = instant(text)
        let midnight = "CASE WHEN \(time) = date_trunc('day', \(time)) THEN CAST(\(time) AS DATE) END"
        guard property.format == nil || sourceType != "VARCHAR" else { return finite(midnight) }
        return finite("CASE WHEN length(\(text)) <= 10 THEN TRY_CAST(\(text) AS DATE) ELSE \(midnight) END")
    }

    /// A time in UTC; a text without a zone is in UTC. The format is that of texts, so typed sources are read as ISO 8601.
    private func instant(_ text: String) -> String {
        guard let format = property.format, sourceType == "VARCHAR" else { return "(TRY_CAST(\(text) AS TIMESTAMPTZ) AT TIME ZONE 'UTC')" }
        let literal = SQLLiteral.quoted(format)
        guard format.contains("%z") else { return "TRY_CAST(try_strptime(\(text), \(literal)) AS TIMESTAMP)" }
        return "(try_strptime(regexp_replace(\(text), 'Z$', '+00:00'), \(literal)) AT TIME ZONE 'UTC')"
    }

    private func finite(_ expression: String) -> String { "CASE WHEN isfinite(\(expression)) THEN \(expression) END" }
}
