package import MartletCore
package import MartletEngines

/// Where the columns of a dataset's snapshot come from in its source, without making the snapshot.
package enum DatasetColumnLineage {
    /// The name that a dataset's `select` reads its source by.
    package static let sourceName = BuilderTables.source

    /// The lineage of a snapshot's columns, which are the contract's; the table is `sourceName`.
    ///
    /// A value is converted to the contract's type, which is no other value. Every column of the contract decides which rows there are: one
    /// that breaks its promise keeps its row out.
    /// - Throws: what reading the source throws; `invalidInput` where `select` is not one SELECT; `engine`.
    package static func lineage(of dataset: DatasetDefinition, by connection: DuckDBConnection) throws -> ColumnLineage {
        let columns = try sourceColumns(of: dataset.source, by: connection)
        let table = SQLTable(name: sourceName, columns: columns.map { ($0.name, $0.type) })
        let select = dataset.select ?? "SELECT * FROM \(sourceName)"
        return promised(by: dataset.contract, try SQLColumnLineage.lineage(of: select, reading: [table], by: connection))
    }

    /// SQLite is asked for its columns; of other files DuckDB reads the head alone.
    private static func sourceColumns(of source: DatasetSource, by connection: DuckDBConnection) throws -> [SourceColumn] {
        guard source.format != .sqlite else { return try SQLiteReader(connection: connection, source: source.resolved).columns() }
        return try SourceReader(connection: connection).relation(of: source).columns
    }

    private static func promised(by contract: Contract, _ selected: ColumnLineage) -> ColumnLineage {
        let byName = Dictionary(selected.columns.map { ($0.name, $0.sources) }, uniquingKeysWith: { first, _ in first })
        var (columns, unresolved): ([ColumnLineage.Column], [String]) = ([], selected.unresolved)
        for property in contract.properties {
            let sources = byName[property.sourceName] ?? byName[property.name]
            if sources == nil { unresolved.append("the column '\(property.name)' is not among those that are selected") }
            columns.append(ColumnLineage.Column(name: property.name, sources: sources ?? []))
        }
        let promises = columns.flatMap(\.sources).map { $0.indirect(.filter) }
        return ColumnLineage(columns: columns, dataset: (selected.dataset + promises).merged, unresolved: unresolved)
    }
}

extension ColumnLineage.Source {
    /// The same column as something that decides.
    package func indirect(_ transformation: ColumnTransformation) -> Self {
        Self(table: table, column: column, transformations: [transformation])
    }

    /// The same column after a further step: what was a value becomes one that is computed of it; what decided still does.
    package func followed(by transformation: ColumnTransformation) -> Self {
        let kept = transformations.map { $0.isDirect && transformation != .identity ? max($0, transformation) : $0 }
        return Self(table: table, column: column, transformations: Set(kept).sorted())
    }
}

extension [ColumnLineage.Source] {
    /// One for each column, with all that it is to the result, in the order in which they came first.
    package var merged: [ColumnLineage.Source] {
        var (order, found): ([[String]], [[String]: Set<ColumnTransformation>]) = ([], [:])
        for source in self {
            let key = [source.table, source.column]
            if found[key] == nil { order.append(key) }
            found[key, default: []].formUnion(source.transformations)
        }
        return order.map { ColumnLineage.Source(table: $0[0], column: $0[1], transformations: (found[$0] ?? []).sorted()) }
    }
}

extension ColumnTransformation: Comparable {
    /// In the order of the cases: a value that is aggregated is more than one that is computed.
    package static func < (left: Self, right: Self) -> Bool { position(left) < position(right) }

    private static func position(_ transformation: Self) -> Int { allCases.firstIndex(of: transformation) ?? 0 }
}
