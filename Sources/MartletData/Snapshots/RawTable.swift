import MartletCore
import MartletEngines

/// A source's columns that its contract names, before any conversion: `r0`, `r1`, … in the contract's order.
struct RawTable {
    /// An expression for the row's number in the source's order, or in that of `select`, from 1.
    let rowNumber: String
    /// How each column becomes one of the contract's type.
    let conversions: [ColumnConversion]
    /// Columns that the contract does not have, in the source's order.
    let droppedColumns: [String]

    /// Reads a dataset's source.
    ///
    /// A Parquet file stays where it is; all else is copied, so that each row has a number. `select` runs on one
    /// thread: the same source gives the same rows in the same order.
    /// - Throws: `notFound`, `invalidInput`, `contractBroken` for missing columns, `specificationBroken` for `select`.
    init(_ dataset: DatasetDefinition, _ connection: DuckDBConnection) throws {
        let relation = try Self.relation(dataset, connection)
        let names = Set(relation.columns.map(\.name))
        let pairs = try Self.matched(dataset, relation.columns)
        conversions = pairs.enumerated().map { ColumnConversion($1.property, from: $1.column.type, at: $0) }
        let used = Set(pairs.map(\.column.name))
        droppedColumns = relation.columns.map(\.name).filter { !used.contains($0) }
        let items = zip(conversions, pairs).map {
            "\(DuckDBConnection.quoted(identifier: $1.column.name)) AS \($0.raw)"
        }
        let list = items.joined(separator: ", ")
        let staysInPlace =
            dataset.select == nil && dataset.source.format == .parquet && !names.contains("file_row_number")
        if staysInPlace {
            rowNumber = "n"
            let file = String(relation.sql.dropLast()) + ", file_row_number = true)"
            try connection.execute(
                "CREATE TEMP VIEW \(BuilderTables.raw) AS SELECT file_row_number + 1 AS n, \(list) FROM \(file)"
            )
        } else {
            rowNumber = "rowid + 1"
            try Self.reading(dataset) {
                try connection.execute("CREATE TEMP TABLE \(BuilderTables.raw) AS SELECT \(list) FROM \(relation.sql)")
            }
        }
    }

    private static func relation(_ dataset: DatasetDefinition, _ connection: DuckDBConnection) throws -> SourceRelation {
        let source = try SourceReader(connection: connection).relation(of: dataset.source)
        guard let select = dataset.select else { return source }
        let statement = try SelectStatement(select, place: "dataset '\(dataset.name)', key 'select'", connection)
        try connection.execute("CREATE TEMP VIEW \(BuilderTables.source) AS SELECT * FROM \(source.sql)")
        do {
            try connection.withOneThread {
                try connection.execute("CREATE TEMP TABLE \(BuilderTables.selected) AS \(statement.sql)")
            }
        } catch {
            throw MartletError.isAboutBytes(error)
                ? MartletError.unreadable(dataset.source.path, as: dataset.source.format.rawValue, error)
                : statement.failure(error)
        }
        let columns = try connection.describe("SELECT * FROM \(BuilderTables.selected)")
        return SourceRelation(
            sql: BuilderTables.selected, columns: columns.map { SourceColumn(name: $0.name, type: $0.type) }
        )
    }

    private static func reading(_ dataset: DatasetDefinition, _ body: () throws -> Void) throws {
        do {
            try body()
        } catch {
            throw MartletError.unreadable(dataset.source.path, as: dataset.source.format.rawValue, error)
        }
    }

    // MARK: Columns

    private static func matched(
        _ dataset: DatasetDefinition, _ columns: [SourceColumn]
    ) throws -> [(property: Contract.Property, column: SourceColumn)] {
        let byName = Dictionary(columns.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        var missing: [String] = []
        let pairs = dataset.contract.properties.compactMap { property -> (Contract.Property, SourceColumn)? in
            if let column = byName[property.sourceName] ?? byName[property.name] { return (property, column) }
            let hint =
                nearest(to: property.sourceName, among: byName.keys.sorted()).map { ", did you mean '\($0)'?" } ?? ""
            missing.append("'\(property.sourceName)'\(hint)")
            return nil
        }
        guard missing.isEmpty else {
            let place =
                dataset.select == nil ? "source '\(dataset.source.path)'" : "dataset '\(dataset.name)', key 'select'"
            throw MartletError(
                .contractBroken,
                "\(place): the contract '\(dataset.contract.id)' has columns that are not there: "
                    + "\(missing.joined(separator: "; ")); "
                    + "found \(columns.map(\.name).prefix(50).joined(separator: ", ")); "
                    + "rename them, or change the contract"
            )
        }
        for (property, column) in pairs where !ColumnConversion.isSupported(column.type) {
            throw MartletError(
                .contractBroken,
                "dataset '\(dataset.name)': column '\(column.name)': expected \(property.type.rawValue), "
                    + "found the type \(column.type.prefix(100)); flatten or cast it with 'select'"
            )
        }
        return pairs.map { (property: $0.0, column: $0.1) }
    }
}

extension DuckDBConnection {
    /// Runs something on one thread of the whole database, so that rows come in one order.
    func withOneThread<T>(_ body: () throws -> T) throws -> T {
        let before =
            try query("SELECT CAST(current_setting('threads') AS BIGINT) AS threads").columns.first?[0] ?? .integer(1)
        try execute("SET GLOBAL threads = 1")
        do {
            let result = try body()
            try execute("SET GLOBAL threads = \(before)")
            return result
        } catch {
            // The first error says more than one about the threads.
            try? execute("SET GLOBAL threads = \(before)")
            throw error
        }
    }
}
