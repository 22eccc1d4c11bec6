/// A dataset as a project declares it: where it comes from and what it promises.
public struct DatasetDefinition: Codable, Sendable, Hashable {
    /// The dataset's name.
    public let name: String
    /// The file it is read from.
    public let source: DatasetSource
    /// A `SELECT` over the table `source` that reshapes it before the contract applies; `nil` takes it as it is.
    public let select: String?
    /// What it promises.
    public let contract: Contract

    /// Makes a definition.
    public init(name: String, source: DatasetSource, select: String? = nil, contract: Contract) {
        self.name = name
        self.source = source
        self.select = select
        self.contract = contract
    }
}
