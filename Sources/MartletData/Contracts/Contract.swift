public import MartletCore

/// What a dataset promises: one table of the Open Data Contract Standard 3.1.
///
/// Rows that break a rule about a row go to quarantine; a broken rule about the table refuses the snapshot. Of rows
/// that must differ and do not, the first in the source's order that breaks no other rule is kept. A metric that allows
/// nothing broken (`mustBe: 0`) is a rule about rows; with room for faults it is one about the accepted rows together.
public struct Contract: Codable, Sendable, Hashable {
    /// The contract's identifier.
    public let id: String
    /// The contract's own version.
    public let version: String
    /// The standard's status, for example `active`.
    public let status: String
    /// The name of the table, as rules and service levels call it.
    public let table: String
    /// The team that answers for the data; `nil` where none is named.
    public let owner: String?
    /// The columns, in the order of the snapshot.
    public let properties: [Property]
    /// The columns of the primary key, in its order; empty where there is none.
    public let primaryKey: [String]
    /// Combinations of columns that are unique, besides the primary key and unique columns.
    public let uniqueKeys: [[String]]
    /// Rules about the table as a whole.
    public let rules: [QualityRule]
    /// How old the newest values may be.
    public let freshness: [Freshness]
    /// The largest share of rows in quarantine, from 0 to 1.
    public let quarantineLimit: Double
    /// Places of rules that are accepted and not enforced here, for example `quality of another engine`.
    public let unenforced: [String]

    /// A column's promise.
    public struct Property: Codable, Sendable, Hashable {
        /// The column's name in the snapshot.
        public let name: String
        /// The column's name in the source (`physicalName`, else the name).
        public let sourceName: String
        /// What it holds.
        public let type: LogicalType
        /// How dates and timestamps are written in texts (`strptime` directives); `nil` for ISO 8601.
        public let format: String?
        /// Whether a missing value breaks the row.
        public let isRequired: Bool
        /// Whether equal values break all rows but the first.
        public let isUnique: Bool
        /// What a value must be.
        public let constraints: [Constraint]
    }

    /// The digest of all that is enforced, with the id and the version. Comments and descriptions do not change it.
    public var digest: Digest {
        get throws { Digest(of: try JSONValue(encoding: self)) }
    }

    /// The column of a name; `nil` where there is none.
    public func property(_ name: String) -> Property? { properties.first { $0.name == name } }
}
