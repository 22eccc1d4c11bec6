public import MartletCore

/// What a value that is not missing must be; a row that breaks one goes to quarantine.
public enum Constraint: Codable, Sendable, Hashable {
    /// At least this; dates and timestamps as ISO 8601 text.
    case minimum(JSONValue)
    /// More than this.
    case exclusiveMinimum(JSONValue)
    /// At most this.
    case maximum(JSONValue)
    /// Less than this.
    case exclusiveMaximum(JSONValue)
    /// A multiple of this number, within a relative 10⁻⁹ for numbers that are not whole.
    case multipleOf(Double)
    /// At least so many characters (Unicode scalars).
    case minimumLength(Int)
    /// At most so many characters (Unicode scalars).
    case maximumLength(Int)
    /// A regular expression that must match somewhere in the text (RE2 syntax; anchor it to match the whole).
    case pattern(String)
    /// One of these.
    case validValues([JSONValue])
    /// None of these, which stand for a missing value; null among them makes the column required.
    case missingValues([JSONValue])

    /// The standard's key, as reasons name it.
    public var key: String {
        switch self {
        case .minimum: "minimum"
        case .exclusiveMinimum: "exclusiveMinimum"
        case .maximum: "maximum"
        case .exclusiveMaximum: "exclusiveMaximum"
        case .multipleOf: "multipleOf"
        case .minimumLength: "minLength"
        case .maximumLength: "maxLength"
        case .pattern: "pattern"
        case .validValues: "validValues"
        case .missingValues: "missingValues"
        }
    }
}
