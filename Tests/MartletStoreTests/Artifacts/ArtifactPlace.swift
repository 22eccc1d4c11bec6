import MartletCore
import MartletS3
import MartletStore
import MartletTesting
import Synchronization

/// A kind of database and a kind of place, over which the conformance kit of artifacts runs.
struct ArtifactKind: Sendable, CustomStringConvertible {
    let database: DatabaseKind
    /// Whether content is in a bucket, rather than in a home.
    let isOnS3: Bool

    static let all = DatabaseKind.all.flatMap { [ArtifactKind(database: $0, isOnS3: false), ArtifactKind(database: $0, isOnS3: true)] }
    static let onDisk = all.filter { !$0.isOnS3 }

    var description: String { "\(database), \(isOnS3 ? "S3" : "disk")" }
}

/// A repository in a home of its own.
struct ArtifactPlace {
    let home: Home
    let database: any SQLDatabase
    let content: any ContentStore
    let store: ArtifactStore
    let clock: TurnedClock
    /// Where content is on S3.
    let bucket: S3Bucket?

    static func with(_ kind: ArtifactKind, _ body: (ArtifactPlace) async throws -> Void) async throws {
        guard kind.isOnS3 else { return try await with(kind.database, nil, body) }
        try await S3Server.shared().withBucket { try await with(kind.database, $0, body) }
    }

    private static func with(_ kind: DatabaseKind, _ bucket: S3Bucket?, _ body: (ArtifactPlace) async throws -> Void) async throws {
        try await withTemporaryFolder { folder in
            let home = Home(path: "\(folder)/home")
            try home.prepare()
            try await kind.withDatabase { database in
                try await home.withContent(at: bucket.map(\.address), environment: bucket?.server.environment() ?? [:]) { content in
                    let clock = TurnedClock()
                    let store = try await ArtifactStore(database, home: home, content: content) { clock.now }
                    try await body(
                        ArtifactPlace(home: home, database: database, content: content, store: store, clock: clock, bucket: bucket))
                }
            }
        }
    }

    @discardableResult
    func put(_ path: String, _ text: String) async throws -> Artifact {
        try await store.keep(try upload(text), at: try ArtifactPath(writing: path))
    }

    func upload(_ text: String) throws -> UploadedContent {
        let upload = try store.makeUpload()
        try Array(text.utf8).withUnsafeBytes { try upload.write($0) }
        return try upload.finish()
    }

    func read(_ path: String) async throws -> String? {
        guard let opened = try await store.open(try ArtifactPath(reading: path)) else { return nil }
        return String(decoding: try await opened.bytes(sizeMaxBytes: 1_000), as: UTF8.self)
    }

    /// Names with sizes, folders with a slash.
    func list(_ path: String) async throws -> [String] {
        try await store.list(try ArtifactPath(reading: path)).map { entry in
            entry.name + (entry.sizeBytes.map { " \($0)" } ?? "/")
        }
    }

    func delete(_ path: String) async throws -> Int { try await store.delete(try ArtifactPath(reading: path)) }

    /// What content there is.
    func contents() async throws -> [StoredContent] {
        var all: [StoredContent] = []
        while case let page = try await content.list(after: all.last?.digest), !page.isEmpty { all += page }
        return all
    }

    /// How many files are under way.
    func temporaryCount() throws -> Int { try Directory.names(in: home.temporaryPath).count }
}

extension S3Bucket {
    /// A prefix in the bucket.
    var address: String { "s3://\(name)/artifacts" }
}

/// A clock that a test turns.
final class TurnedClock: Sendable {
    private let time = Mutex(Timestamp.second(0))

    var now: Timestamp { time.withLock { $0 } }

    func set(_ now: Timestamp) { time.withLock { $0 = now } }
}
