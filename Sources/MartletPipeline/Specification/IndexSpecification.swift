public import MartletCore

/// An index of vectors, as a step declares it.
public struct IndexSpecification: Sendable, Equatable {
    /// The column that names the rows.
    public var id: String
    /// The columns that hold the vectors.
    public var vector: VectorColumns
    /// How far two vectors are from each other.
    public var metric = VectorMetric.cosine
    /// The links of a row in each layer of the graph, HNSW's *M*.
    public var links = 16
    /// How many candidates a row's links are chosen from.
    public var efConstruction = 200
    /// The seed of what is random; the project's where it is `nil`.
    public var seed: UInt64?

    /// Declares an index.
    public init(id: String, vector: VectorColumns) { (self.id, self.vector) = (id, vector) }
}
