import Foundation
import GRDB
import MartletCore
import MartletEngines
import MartletStore

@testable import MartletData

/// A folder, a home and a database for one test; the folder is removed at the end.
final class Workbench {
    static let now = Timestamp(microseconds: 1_709_301_780_000_000)  // 2024-03-01T14:03:00Z

    let folder: String
    let home: Home
    let connection: DuckDBConnection

    init() throws {
        folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString).path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        home = Home(path: "\(folder)/home")
        try home.prepare()
        connection = try DuckDBDatabase(temporaryFolder: "\(folder)/spill").connect()
    }

    deinit {
        // A folder that cannot be removed does not make a test wrong.
        try? FileManager.default.removeItem(atPath: folder)
    }

    func path(_ name: String) -> String { "\(folder)/\(name)" }

    func blob(_ digest: Digest) -> String { BlobStore(home: home).path(of: digest) }

    // MARK: Files

    @discardableResult
    func write(_ text: String, as name: String) throws -> String { try write(bytes: Array(text.utf8), as: name) }

    @discardableResult
    func write(bytes: [UInt8], as name: String) throws -> String {
        try Data(bytes).write(to: URL(filePath: path(name)))
        return path(name)
    }

    /// Writes a query's rows in the format of the name's ending.
    @discardableResult
    func export(_ sql: String, as name: String) throws -> String {
        if name.hasSuffix(".sqlite") { return try exportSQLite(sql, as: name) }
        let format =
            name.contains(".csv") ? "FORMAT csv, HEADER" : name.contains("json") ? "FORMAT json" : "FORMAT parquet"
        let compression = name.hasSuffix(".gz") ? ", COMPRESSION gzip" : ""
        try connection.execute("COPY (\(sql)) TO '\(path(name))' (\(format)\(compression))")
        return path(name)
    }

    private func exportSQLite(_ sql: String, as name: String) throws -> String {
        let table = try connection.query(sql)
        try sqlite(name) { database in
            let columns = table.names.map(\.quotedDatabaseIdentifier).joined(separator: ", ")
            try database.execute(sql: "CREATE TABLE rows (\(columns))")
            let marks = table.names.map { _ in "?" }.joined(separator: ", ")
            for row in 0..<table.rowCount {
                let values = table.columns.map { Self.databaseValue($0[row]) }
                try database.execute(sql: "INSERT INTO rows VALUES (\(marks))", arguments: StatementArguments(values))
            }
        }
        return "\(path(name))#rows"
    }

    private func sqlite(_ name: String, _ body: (Database) throws -> Void) throws {
        try DatabaseQueue(path: path(name)).write(body)
    }

    /// Runs SQL on an SQLite file.
    func sqlite(_ name: String, _ sql: String) throws {
        try sqlite(name) { try $0.execute(sql: sql) }
    }

    private static func databaseValue(_ value: MartletCore.Value) -> DatabaseValue {
        switch value {
        case .missing: .null
        case .boolean(let value): value.databaseValue
        case .integer(let value): value.databaseValue
        case .real(let value): value.databaseValue
        case .text(let value): value.databaseValue
        }
    }

    // MARK: Snapshots

    /// Builds a snapshot. - Parameter source: a file's path.
    func snapshot(
        _ source: String, _ contract: Contract, select: String? = nil, delimiter: String? = nil
    ) throws -> Snapshot {
        let definition = DatasetDefinition(
            name: "sales", source: try DatasetSource(source, delimiter: delimiter), select: select, contract: contract
        )
        return try SnapshotBuilder(connection: connection, home: home, now: Self.now).build(definition)
    }

    /// Builds a snapshot of CSV text.
    func snapshot(csv: String, _ contract: Contract) throws -> Snapshot {
        try snapshot(try write(csv, as: "rows.csv"), contract)
    }

    /// The rows of a Parquet file in the store.
    func rows(_ digest: Digest) throws -> MartletCore.Table {
        try connection.query("SELECT * FROM read_parquet('\(blob(digest))')")
    }

    /// The message of what a body throws; empty where it throws nothing.
    func message(_ body: () throws -> Void) -> String {
        do {
            try body()
            return ""
        } catch {
            return "\(error)"
        }
    }
}

extension Contract {
    /// A contract of the columns in these YAML lines.
    /// - Parameters:
    ///   - table: further keys of the table.
    ///   - top: further keys of the contract.
    static func of(_ properties: String, table: String = "", top: String = "") throws -> Contract {
        try parse(file: "sales.yaml", text: text(properties, table: table, top: top))
    }

    static func text(_ properties: String, table: String = "", top: String = "") -> String {
        func indented(_ text: String, _ count: Int) -> String {
            text.split(separator: "\n").map { String(repeating: " ", count: count) + $0 + "\n" }.joined()
        }
        return
            "apiVersion: v3.1.0\nkind: DataContract\nid: sales\nversion: 1.0.0\nstatus: active\n\(top)\nschema:\n  - name: sales\n"
            + "\(indented(table, 4))    properties:\n\(indented(properties, 6))"
    }
}
