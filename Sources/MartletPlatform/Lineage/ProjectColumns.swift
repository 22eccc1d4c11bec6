import Foundation
import MartletCore
import MartletData
import MartletEngines
import MartletFeatures
import MartletPipeline
import MartletStore

/// Finds out where the columns of a project's datasets and feature views come from.
struct ProjectColumns {
    let platform: Platform

    /// Where the columns of a snapshot come from in the dataset's source.
    /// - Parameter source: the content of a table that a step made; `nil` for a file of the project.
    /// - Throws: what reading the source throws; `invalidInput`, `notFound`, `engine`.
    func lineage(ofDataset name: String, source: Digest?) throws -> ColumnLineage {
        guard let dataset = platform.project.datasets[name] else { throw MartletError(.notFound, "there is no dataset '\(name)'") }
        guard dataset.step != nil else { return try lineage(name, dataset, path: platform.project.resolve(dataset.source)) }
        guard let source else { throw MartletError(.notFound, "no step has made the source of '\(name)' yet; run it first") }
        let folder = "\(platform.home.temporaryPath)/\(UUID().uuidString)"
        try Directory.create(folder)
        // What stays is removed with what is stale.
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let path = "\(folder)/\(dataset.source)"
        try TreeStore(home: platform.home).materialise(source, at: path, mode: .link)
        return try lineage(name, dataset, path: path)
    }

    private func lineage(_ name: String, _ dataset: DatasetSpecification, path: String) throws -> ColumnLineage {
        let definition = DatasetDefinition(
            name: name, source: try DatasetSource(path, table: dataset.table), select: dataset.select,
            contract: try platform.project.contract(of: name))
        return try DatasetColumnLineage.lineage(of: definition, by: try DuckDBDatabase().connect())
    }

    /// Where the columns of a view come from in its dataset, of which this is a snapshot.
    func lineage(ofView view: FeatureView, snapshot: Digest) throws -> ViewColumnLineage {
        let connection = try DuckDBDatabase().connect()
        return try ViewColumnLineage(view, columns: try columns(ofTable: snapshot, connection), by: connection)
    }

    /// The columns of a Parquet file with DuckDB's types.
    func columns(ofTable content: Digest) throws -> [(name: String, type: String)] {
        try columns(ofTable: content, try DuckDBDatabase().connect())
    }

    private func columns(ofTable content: Digest, _ connection: DuckDBConnection) throws -> [(name: String, type: String)] {
        try connection.describe("SELECT * FROM read_parquet(\(DuckDBConnection.quoted(literal: platform.blobs.path(of: content))))")
    }
}

extension ColumnLineage {
    /// What stands in the place of a lineage that could not be found out.
    static func unknown(_ error: any Error) -> ColumnLineage {
        ColumnLineage(
            columns: [], dataset: [], unresolved: ["it could not be found out: \((error as? MartletError)?.message ?? "\(error)")"])
    }
}
