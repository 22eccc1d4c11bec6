import Glibc
package import MartletCore

/// Artifacts in a home: their paths in a database, their bytes in blobs by digest, so that equal files are kept once.
///
/// A blob is durable before a row refers to it, so that a crash between leaves at most a blob that nothing refers to;
/// `collectBlobs` removes those.
package struct ArtifactStore: ArtifactRepository {
    /// How often a file is opened anew whose artifact is replaced and collected meanwhile.
    private static let openingsMax = 3

    let database: any SQLDatabase
    let blobs: BlobStore
    private let temporaryPath: String
    private let clock: @Sendable () -> Timestamp

    /// Brings the schema up to date. The database stays its owner's to close, and the home must have been prepared.
    /// - Throws: `invalidInput` for a database of a newer martlet.
    package init(_ database: any SQLDatabase, home: Home, clock: @escaping @Sendable () -> Timestamp = { .now }) async throws {
        self.database = database
        self.clock = clock
        blobs = BlobStore(home: home)
        temporaryPath = home.temporaryPath
        try await SQLMigration.migrate(ArtifactSchema.subject, by: ArtifactSchema.migrations, in: database)
    }

    package func makeUpload() throws -> ArtifactUpload { try ArtifactUpload(in: temporaryPath) }

    @discardableResult
    package func keep(_ content: UploadedContent, at path: ArtifactPath) async throws -> Artifact {
        let artifact = Artifact(path: path, digest: content.digest, sizeBytes: content.sizeBytes, modifiedAt: clock())
        try blobs.put(moving: content.path, as: content.digest, sizeBytes: content.sizeBytes)
        try await database.write { [blobs] connection in
            try connection.keep(artifact)
            // Only now no collector removes it any more.
            guard blobs.contains(artifact.digest) else {
                throw MartletError(.unavailable, "the content of '\(path)' was collected as it was kept; send it again")
            }
        }
        return artifact
    }

    package func open(_ path: ArtifactPath) async throws -> OpenArtifact? {
        for opening in 1...Self.openingsMax {
            guard let artifact = try await database.read({ try $0.artifact(path) }) else { return nil }
            do {
                return OpenArtifact(artifact: artifact, file: try OpenFile(blobs.path(of: artifact.digest), O_RDONLY))
            } catch let error as MartletError where error.code == .notFound && opening < Self.openingsMax {
                continue
            }
        }
        return nil
    }

    package func isFolder(_ path: ArtifactPath) async throws -> Bool {
        if path.isRoot { return true }
        return try await database.read { try $0.isFolder(path.text) }
    }

    package func list(_ folder: ArtifactPath) async throws -> [ArtifactEntry] {
        try await database.read { try $0.entries(of: folder) }
    }

    @discardableResult
    package func delete(_ path: ArtifactPath) async throws -> Int {
        try await database.write { try $0.delete(path) }
    }
}
