public import MartletCore

/// A dataset's content at a time: the rows that keep the contract, named by the digest of their Parquet file.
public struct Snapshot: Codable, Sendable, Hashable {
    /// The dataset's name.
    public let dataset: String
    /// The digest of the Parquet file with the accepted rows.
    public let digest: Digest
    /// The columns, in order.
    public let schema: [Field]
    /// How many rows were accepted.
    public let rowCount: Int
    /// The rows that were not.
    public let quarantine: QuarantineSummary
    /// What the accepted rows look like, a column after the other.
    public let profile: [ColumnProfile]
    /// The digest of the contract that was enforced.
    public let contractDigest: Digest
    /// Columns of the source that the contract does not have, in the source's order.
    public let droppedColumns: [String]
    /// Rules of severity `info` or `warning` that are broken.
    public let warnings: [String]

    /// A column of a snapshot.
    public struct Field: Codable, Sendable, Hashable {
        /// The column's name.
        public let name: String
        /// What it holds.
        public let logicalType: LogicalType
        /// Whether it has no missing value.
        public let required: Bool
    }
}

/// The rows of a source that broke its contract.
public struct QuarantineSummary: Codable, Sendable, Hashable {
    /// How many rows.
    public let rowCount: Int
    /// How many rows broke each rule, written `column: rule`; a row counts once for each rule it broke.
    public let byReason: [String: Int]
    /// The Parquet file with the rows' contract columns as they came, `_reason` and `_row` (from 1); `nil` where
    /// there are none.
    public let digest: Digest?
}
