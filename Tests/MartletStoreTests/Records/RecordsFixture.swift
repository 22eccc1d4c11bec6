import GRDB
import MartletCore
import MartletStore

/// A record store in a temporary folder.
struct RecordsFixture {
    let folder: TemporaryFolder
    let path: String
    let store: RecordStore

    init() throws {
        folder = try TemporaryFolder()
        path = folder.file("records.sqlite")
        store = try RecordStore(path: path)
    }

    /// Runs statements on the file as a stranger would.
    func execute(_ sql: String) throws {
        try DatabaseQueue(path: path).writeWithoutTransaction { try $0.execute(sql: sql) }
    }

    /// Registers a release of 'demand'.
    func release(_ number: Int) throws -> Digest {
        let manifest: JSONValue = ["model": "demand", "number": .integer(Int64(number))]
        return try store.register(
            Digest(of: manifest), name: "demand", run: nil, manifest: manifest, at: .second(number)
        ).digest
    }
}
