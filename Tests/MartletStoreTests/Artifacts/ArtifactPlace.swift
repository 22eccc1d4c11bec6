import Glibc
import MartletCore
import MartletStore
import MartletTesting
import Synchronization

/// A repository in a home of its own.
struct ArtifactPlace {
    let home: Home
    let store: ArtifactStore
    let clock: TurnedClock

    static func with(_ kind: DatabaseKind, _ body: (ArtifactPlace) async throws -> Void) async throws {
        try await withTemporaryFolder { folder in
            let home = Home(path: "\(folder)/home")
            try home.prepare()
            try await kind.withDatabase { database in
                let clock = TurnedClock()
                try await body(ArtifactPlace(home: home, store: try await ArtifactStore(database, home: home) { clock.now }, clock: clock))
            }
        }
    }

    @discardableResult
    func put(_ path: String, _ text: String) async throws -> Artifact {
        let upload = try store.makeUpload()
        try Array(text.utf8).withUnsafeBytes { try upload.write($0) }
        return try await store.keep(try upload.finish(), at: try ArtifactPath(writing: path))
    }

    func read(_ path: String) async throws -> String? {
        guard let opened = try await store.open(try ArtifactPath(reading: path)) else { return nil }
        let size = opened.artifact.sizeBytes
        return String(decoding: try opened.file.read(at: 0, countMax: size + 1), as: UTF8.self)
    }

    /// Names with sizes, folders with a slash.
    func list(_ path: String) async throws -> [String] {
        try await store.list(try ArtifactPath(reading: path)).map { entry in
            entry.name + (entry.sizeBytes.map { " \($0)" } ?? "/")
        }
    }

    func delete(_ path: String) async throws -> Int { try await store.delete(try ArtifactPath(reading: path)) }

    /// How many blobs there are.
    func blobCount() throws -> Int {
        try Directory.names(in: home.blobsPath).reduce(0) { try $0 + Directory.names(in: "\(home.blobsPath)/\($1)").count }
    }

    /// How many files are under way.
    func temporaryCount() throws -> Int { try Directory.names(in: home.temporaryPath).count }
}

/// A clock that a test turns.
final class TurnedClock: Sendable {
    private let time = Mutex(Timestamp.second(0))

    var now: Timestamp { time.withLock { $0 } }

    func set(_ now: Timestamp) { time.withLock { $0 = now } }
}
