package import MartletCore

/// Artifacts: their paths in a database, their bytes in a place of content by digest, so that equal files are kept once.
///
/// Content is durable before a row refers to it, so that a crash between leaves at most content that nothing refers to;
/// `collect` removes that.
package struct ArtifactStore: ArtifactRepository {
    /// How often a file is opened anew whose artifact is replaced and collected meanwhile.
    private static let openingsMax = 3

    let database: any SQLDatabase
    let content: any ContentStore
    let home: Home
    private let temporaryPath: String
    private let reserve: DiskReserve
    let clock: @Sendable () -> Timestamp

    /// Brings the schema up to date, and agrees on where the content is. Database and content stay their owner's to close, and the home,
    /// where files under way are, must have been prepared.
    /// - Parameters:
    ///   - content: where the bytes are; `nil` for the home's blobs.
    ///   - reserve: what uploads leave free on the home's disk.
    /// - Throws: `invalidInput` for a database of a newer martlet, `conflict` where its content is elsewhere, and as the place throws.
    package init(
        _ database: any SQLDatabase, home: Home, content: (any ContentStore)? = nil, reserve: DiskReserve = .standard,
        clock: @escaping @Sendable () -> Timestamp = { .now }
    ) async throws {
        self.database = database
        self.reserve = reserve
        self.clock = clock
        self.home = home
        self.content = content ?? BlobContent(home: home)
        temporaryPath = home.temporaryPath
        try await SQLMigration.migrate(ArtifactSchema.subject, by: ArtifactSchema.migrations, in: database)
        try await ContentPlace.settle(self.content, in: database)
    }

    /// Where a database says that its artifacts have their content, as an option names it; `nil` for the home's blobs, and before it is said.
    package static func contentAddress(in database: any SQLDatabase) async throws -> String? {
        try await SQLMigration.migrate(ArtifactSchema.subject, by: ArtifactSchema.migrations, in: database)
        let place = try await database.read { try $0.contentPlace() }
        return place.flatMap { $0.address == ContentPlace.home ? nil : $0.address }
    }

    package func makeUpload() throws -> ArtifactUpload { try ArtifactUpload(in: temporaryPath, reserve: reserve) }

    @discardableResult
    package func keep(_ upload: UploadedContent, at path: ArtifactPath) async throws -> Artifact {
        let artifact = Artifact(path: path, digest: upload.digest, sizeBytes: upload.sizeBytes, modifiedAt: clock())
        let removal = try await database.read { try $0.removal(of: artifact.digest) }
        if let removal, removal.isUnderWay(at: clock()) { throw Self.collected(path) }
        try await content.put(upload)
        try await database.write { [address = content.address] connection in
            try connection.keep(artifact)
            guard try connection.contentPlace()?.address == address else {
                throw MartletError(.unavailable, "the artifacts of this database are kept elsewhere by now; start this server again")
            }
            // A collector looks for rows when it begins, so that one of the two sees the other.
            guard try connection.removal(of: artifact.digest)?.token == removal?.token else { throw Self.collected(path) }
        }
        return artifact
    }

    private static func collected(_ path: ArtifactPath) -> MartletError {
        MartletError(.unavailable, "the content of '\(path)' was collected as it was kept; send it again")
    }

    package func open(_ path: ArtifactPath) async throws -> OpenArtifact? {
        for _ in 1...Self.openingsMax {
            guard let artifact = try await database.read({ try $0.artifact(path) }) else { return nil }
            if let content = try await content.open(artifact.digest, sizeBytes: artifact.sizeBytes) {
                return OpenArtifact(artifact: artifact, content: content)
            }
        }
        throw MartletError(.storage, "the content of '\(path)' is not in '\(content.address)'; restore it from a copy, or write it again")
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
