package import MartletCore

/// A file of a repository, apart from its bytes.
package struct Artifact: Sendable, Equatable {
    package let path: ArtifactPath
    /// Of the content, by which it is kept.
    package let digest: Digest
    package let sizeBytes: Int
    /// When it was last written.
    package let modifiedAt: Timestamp

    /// Makes one.
    package init(path: ArtifactPath, digest: Digest, sizeBytes: Int, modifiedAt: Timestamp) {
        self.path = path
        self.digest = digest
        self.sizeBytes = sizeBytes
        self.modifiedAt = modifiedAt
    }
}

/// What stands in a folder of a repository.
package struct ArtifactEntry: Sendable, Equatable {
    /// Within the folder.
    package let name: String
    /// `nil` for a folder.
    package let sizeBytes: Int?

    /// Makes one.
    package init(name: String, sizeBytes: Int?) {
        self.name = name
        self.sizeBytes = sizeBytes
    }

    package var isFolder: Bool { sizeBytes == nil }
}

/// A file of a repository, open for reading. What becomes of the path later does not change it.
package struct OpenArtifact: Sendable {
    package let artifact: Artifact
    package let content: OpenContent
}

/// Where artifacts are kept, by path.
///
/// A folder is there as long as it holds something. All calls are safe from any task; each write is all or nothing, and durable on return.
/// - Throws: what the storage behind it throws.
package protocol ArtifactRepository: Sendable {
    /// Begins to take a file's bytes in.
    func makeUpload() throws -> ArtifactUpload
    /// Keeps what was taken in under a path, in place of the file that may be there.
    /// - Throws: `conflict` where the path is a folder, or leads through a file.
    @discardableResult func keep(_ content: UploadedContent, at path: ArtifactPath) async throws -> Artifact
    /// Opens the file of a path; `nil` where there is none, as where the path is a folder.
    func open(_ path: ArtifactPath) async throws -> OpenArtifact?
    /// Whether a path is a folder that holds something; the root always is.
    func isFolder(_ path: ArtifactPath) async throws -> Bool
    /// What a folder holds, sorted by the bytes of names; nothing where it is a file or not there.
    func list(_ folder: ArtifactPath) async throws -> [ArtifactEntry]
    /// Deletes a file, or a folder with all in it. - Returns: how many files that were.
    @discardableResult func delete(_ path: ArtifactPath) async throws -> Int
}

extension OpenArtifact {
    /// All bytes. - Throws: `limitExceeded` where they are more than `sizeMaxBytes`, and as the storage behind it.
    package func bytes(sizeMaxBytes: Int) async throws -> [UInt8] {
        let size = artifact.sizeBytes
        guard size <= sizeMaxBytes else {
            throw MartletError(
                .limitExceeded, "the artifact '\(artifact.path)' has \(size) bytes, more than the \(sizeMaxBytes) that are read")
        }
        switch content {
        case .file(let held): return try held.file.read(at: 0, countMax: size)
        case .remote(let content):
            var bytes: [UInt8] = []
            guard size > 0 else { return bytes }
            let stream = try await content.read(0..<size)
            while let piece = try await stream.next() { bytes += piece }
            return bytes
        }
    }
}
