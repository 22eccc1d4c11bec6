import ArgumentParser
import MartletCore
import MartletPlatform
import MartletSearch

/// What an index is asked with.
struct NeighbourOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Ask a step's index for what is near this vector, such as '[0.1, 2, -3]'.", valueName: "json"))
    var vector: String?

    @Option(help: ArgumentHelp("Ask a step's index for what is near its row of this id, without that row.", valueName: "id"))
    var id: String?

    @Option(
        name: .customShort("k"), help: ArgumentHelp("How many neighbours. (default: 10, or all where there are fewer)", valueName: "count"))
    var count: Int?

    @Option(
        help: ArgumentHelp(
            "How many candidates a search keeps: more find better, and take longer. (default: \(VectorIndex.efDefault))", valueName: "count"
        ))
    var ef: Int?

    @Flag(help: "Look at every row, so that none is missed.")
    var exact = false

    /// Whether an index is meant.
    var isIndex: Bool { vector != nil || id != nil }

    func validate() throws {
        if vector != nil, id != nil { throw ValidationError("--vector and --id: give one of them") }
        guard isIndex || (count == nil && ef == nil && !exact) else {
            throw ValidationError("-k, --ef and --exact: they are for an index; give --vector or --id")
        }
        if exact, ef != nil { throw ValidationError("--ef: with --exact there are no candidates; give one of them") }
    }

    /// The rows that are near. - Throws: `notFound`, `invalidInput`.
    func neighbours(in index: VectorIndex) throws -> [VectorIndex.Neighbour] {
        let others = index.rowCount - (id == nil ? 0 : 1)
        let (count, ef) = (count ?? min(10, max(1, others)), ef ?? VectorIndex.efDefault)
        if let id { return try index.neighbours(ofRow: id, count: count, ef: ef, isExact: exact) }
        return try index.neighbours(of: try numbers(), count: count, ef: ef, isExact: exact)
    }

    private func numbers() throws -> [Double] {
        let numbers = try JSONValue(parsing: vector ?? "", as: "--vector").array.map { $0.map(\.double) }
        guard let numbers, !numbers.contains(nil) else {
            throw MartletError(.invalidInput, "--vector: expected a list of numbers in JSON, such as '[0.1, 2, -3]', found something else")
        }
        return numbers.compactMap(\.self)
    }
}
