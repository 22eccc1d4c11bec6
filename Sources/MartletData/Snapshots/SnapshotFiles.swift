import Foundation
import MartletCore
import MartletEngines
import MartletStore

/// Writes queries as Parquet files into the blob store.
struct SnapshotFiles {
    /// Rows in a row group; part of what makes bytes reproducible.
    static let rowGroupRowCount = 122_880

    let connection: DuckDBConnection
    let home: Home
    let blobs: BlobStore

    /// Keeps what a query gives, on one thread: equal rows give equal bytes.
    func keep(_ query: String) throws -> Digest {
        let path = "\(home.temporaryPath)/\(UUID().uuidString).parquet"
        // What is left behind after an error; a file that moved into the store is not there any more.
        defer { try? FileManager.default.removeItem(atPath: path) }
        let options = "FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE \(Self.rowGroupRowCount)"
        try connection.withOneThread {
            try connection.execute("COPY (\(query)) TO \(SQLLiteral.quoted(URL(filePath: path).path)) (\(options))")
        }
        return try blobs.put(moving: path)
    }
}
