/// What a snapshot's builder is at; each stage comes once, in this order.
public enum SnapshotStage: String, Codable, Sendable, CaseIterable {
    /// Reading the source and running `select`.
    case reading
    /// Converting each row and checking it.
    case checking
    /// Sorting and writing the accepted rows.
    case writing
    /// Measuring the columns.
    case profiling
}
