package import MartletCore
package import MartletEngines
package import MartletStore

/// Turns datasets into snapshots: reads, checks, sorts, writes and measures.
///
/// It needs a connection for itself that may make tables, and a home that was prepared. One build at a time; nothing is
/// left on the connection. While it sorts and writes, the database runs on one thread.
package struct SnapshotBuilder {
    private let connection: DuckDBConnection
    private let home: Home
    private let now: Timestamp

    /// Makes a builder.
    /// - Parameter now: what freshness is compared with.
    package init(connection: DuckDBConnection, home: Home, now: Timestamp = .now) {
        self.connection = connection
        self.home = home
        self.now = now
    }

    /// Builds the snapshot of a dataset and keeps its files in the home's blobs.
    ///
    /// The same table gives the same digest from every format. Rows are sorted by the primary key; without one they
    /// keep the source's order. Of rows with equal keys the first that breaks no other rule is kept.
    /// - Parameter progress: told as each stage begins.
    /// - Throws: `notFound`, `invalidInput` for a source that cannot be read; `specificationBroken` for faulty SQL or
    ///   patterns; `contractBroken` for missing columns, too many broken rows or a broken rule about the
    ///   table; `storage`.
    package func build(
        _ dataset: DatasetDefinition, progress: (SnapshotStage) -> Void = { _ in }
    ) throws -> Snapshot {
        try connection.execute("SET TimeZone = 'UTC'")
        try connection.execute("SET preserve_insertion_order = true")
        try BuilderTables.drop(connection)
        do {
            let snapshot = try snapshot(of: dataset, progress)
            try BuilderTables.drop(connection)
            return snapshot
        } catch {
            // The first error says more; the next build removes what is left.
            try? BuilderTables.drop(connection)
            throw error
        }
    }

    private func snapshot(of dataset: DatasetDefinition, _ progress: (SnapshotStage) -> Void) throws -> Snapshot {
        let files = SnapshotFiles(connection: connection, home: home, blobs: BlobStore(home: home))
        progress(.reading)
        let raw = try RawTable(dataset, connection)
        progress(.checking)
        let quarantine = try checked(dataset, raw, files)
        let checker = TableChecker(connection: connection, dataset: dataset, conversions: raw.conversions, now: now)
        let warnings = try checker.run()
        progress(.writing)
        let digest = try files.keep(acceptedRows(raw, dataset.contract))
        progress(.profiling)
        let rowCount = try connection.count("SELECT count(*) FROM \(BuilderTables.typed)")
        let profiler = Profiler(connection: connection, rowCount: rowCount)
        return Snapshot(
            dataset: dataset.name,
            digest: digest,
            schema: dataset.contract.properties.map {
                Snapshot.Field(name: $0.name, logicalType: $0.type, required: $0.isRequired)
            },
            rowCount: rowCount,
            quarantine: quarantine,
            profile: try raw.conversions.map(profiler.profile),
            contractDigest: try dataset.contract.digest,
            droppedColumns: raw.droppedColumns,
            warnings: warnings
        )
    }

    private func checked(_ dataset: DatasetDefinition, _ raw: RawTable, _ files: SnapshotFiles) throws
        -> QuarantineSummary
    {
        let checker = RowChecker(connection, dataset.contract, raw)
        let rowCount = try checker.run()
        let quarantine = Quarantine(connection: connection, dataset: dataset, raw: raw, reasons: checker.reasons)
        let summary = try quarantine.summary(files)
        try quarantine.checkLimit(summary, of: rowCount, files.blobs)
        return summary
    }

    private func acceptedRows(_ raw: RawTable, _ contract: Contract) -> String {
        let columns = raw.conversions.map {
            "t.\($0.value) AS \(DuckDBConnection.quoted(identifier: $0.property.name))"
        }
        let byName = Dictionary(uniqueKeysWithValues: raw.conversions.map { ($0.property.name, $0.value) })
        let key = (contract.primaryKey.compactMap { byName[$0] } + ["n"]).map { "t.\($0)" }
        return
            "SELECT \(columns.joined(separator: ", ")) FROM \(BuilderTables.typed) AS t "
            + "ORDER BY \(key.joined(separator: ", "))"
    }
}
