import Glibc
package import MartletCore

extension ContentExchange {
    /// Brings contents into the home with all that they need and that is not there yet; every byte is checked as it arrives. Durable on
    /// return.
    /// - Throws: `notFound` where something is not in the place, `corrupt` where it is damaged there, `full`; what the place throws.
    package func fetch(_ digests: Set<Digest>) async throws {
        try await each(Array(digests)) { try await self.fetch($0) }
        settle(digests)
    }

    private func fetch(_ digest: Digest) async throws {
        // A blob alone says nothing: it may be the manifest of a folder whose list did not come.
        if try trees.lists.list(of: digest) != nil, try trees.contains(digest) { return trees.noteUse(of: digest) }
        let object = NeededFile(digest: digest, isList: true, sizeBytes: nil)
        guard let list = try await list(of: object) else {
            return try await fetchBlob(digest, sizeBytes: nil) { path in
                // A folder whose list is not there must not be taken for a file.
                guard try OpenFile(path, O_RDONLY).read(at: 0, countMax: Tree.magic.count) != Tree.magic else { throw self.missing(object) }
            }
        }
        switch list.kind {
        case .file: try await fetchChunks(of: digest, list)
        case .folder: try await fetchFolder(digest, list)
        }
    }

    /// What a list says; `nil` where the content has none.
    private func list(of object: NeededFile) async throws -> ContentList? {
        if let list = try trees.lists.list(of: object.digest) { return list }
        guard let size = try await size(of: object.name) else { return nil }
        let bytes = size <= Self.listBytesMax ? try await self.bytes(of: object, sizeBytes: size) : []
        guard let list = ContentList(String(decoding: bytes, as: UTF8.self)) else { throw damaged(object) }
        return list
    }

    // MARK: Files

    private func fetchChunks(of digest: Digest, _ list: ContentList) async throws {
        try await each(list.chunks) { try await self.fetchBlob($0.digest, sizeBytes: $0.sizeBytes) }
        var hasher = DigestHasher()
        for chunk in list.chunks { hasher.update(Array(try trees.blobs.read(chunk.digest))) }
        guard hasher.finish() == digest else { throw damaged(NeededFile(digest: digest, isList: true, sizeBytes: nil)) }
        try trees.keepLists([AddedContent(digest: digest, sizeBytes: list.sizeBytes, list: list)])
    }

    /// A file of a folder that is in no pack.
    private func fetchFile(_ record: Tree.Record) async throws {
        let digest = record.digest.digest
        let whole = NeededFile(digest: digest, isList: false, sizeBytes: record.sizeBytes)
        guard !trees.isThere(whole) else { return }
        let object = NeededFile(digest: digest, isList: true, sizeBytes: nil)
        guard record.sizeBytes > TreeStore.wholeBytesMax, let list = try await list(of: object), !list.chunks.isEmpty else {
            return try await fetchBlob(digest, sizeBytes: record.sizeBytes)
        }
        try await fetchChunks(of: digest, list)
    }

    /// - Parameter check: of the file that came.
    private func fetchBlob(
        _ digest: Digest, sizeBytes: Int?, _ check: @escaping @Sendable (_ path: String) throws -> Void = { _ in }
    ) async throws {
        let object = NeededFile(digest: digest, isList: false, sizeBytes: sizeBytes)
        guard !trees.isThere(object) else { return }
        let size = if let sizeBytes { sizeBytes } else { try await knownSize(of: object) }
        try await trying {
            let upload = try ArtifactUpload(in: self.trees.home.temporaryPath)
            if size > 0 {
                guard let stream = try await self.place.read(object.name, sizeBytes: size) else { throw self.missing(object) }
                while let piece = try await stream.next() { try piece.withUnsafeBytes { try upload.write($0) } }
            }
            let content = try upload.finish()
            guard content.digest == digest else { throw self.damaged(object) }
            try check(content.path)
            try self.trees.blobs.put(moving: content.path, as: digest, sizeBytes: size)
        }
    }

    // MARK: Folders

    /// The manifest comes into the home last, with the list that tells it from a file.
    private func fetchFolder(_ digest: Digest, _ list: ContentList) async throws {
        try await each(list.parts) { try await self.fetchBlob($0.digest, sizeBytes: $0.sizeBytes) }
        let manifest = try await manifest(digest, list)
        let tree = try Tree(manifest: manifest, digest: digest)
        guard PackPlan(tree).packs.map(\.sizeBytes) == list.packs.map(\.sizeBytes) else {
            throw damaged(NeededFile(digest: digest, isList: true, sizeBytes: nil))
        }
        try await each(tree.keptAlone) { try await self.fetchFile($0) }
        if list.chunks.isEmpty { _ = try trees.blobs.put(manifest) }
        try trees.keepLists([AddedContent(digest: digest, sizeBytes: list.sizeBytes, list: list)])
    }

    private func manifest(_ digest: Digest, _ list: ContentList) async throws -> [UInt8] {
        let object = NeededFile(digest: digest, isList: !list.chunks.isEmpty, sizeBytes: nil)
        let bytes: [UInt8]
        if list.chunks.isEmpty {
            if trees.blobs.contains(digest) { return Array(try trees.blobs.read(digest)) }
            let size = try await knownSize(of: object)
            // One that is larger is in chunks.
            bytes = size <= ContentDefinedChunker.sizeBytesMax ? try await self.bytes(of: object, sizeBytes: size) : []
        } else {
            bytes = try list.chunks.flatMap { try trees.blobs.read($0.digest) }
        }
        guard Digest(of: bytes) == digest else { throw damaged(object) }
        return bytes
    }

    // MARK: Objects

    private func knownSize(of object: NeededFile) async throws -> Int {
        guard let size = try await size(of: object.name) else { throw missing(object) }
        return size
    }

    private func bytes(of object: NeededFile, sizeBytes: Int) async throws -> [UInt8] {
        try await trying {
            guard let stream = try await self.place.read(object.name, sizeBytes: sizeBytes) else { throw self.missing(object) }
            var bytes: [UInt8] = []
            while let piece = try await stream.next() { bytes += piece }
            return bytes
        }
    }

    private func missing(_ object: NeededFile) -> MartletError {
        MartletError(
            .notFound,
            "'\(place.address(of: object.name))' is not there: was it removed? run the steps again, and what is not there is sent anew")
    }

    private func damaged(_ object: NeededFile) -> MartletError {
        MartletError(
            .corrupt,
            "'\(place.address(of: object.name))' does not hold the bytes of \(object.digest); remove it, and run the steps again: it is "
                + "sent anew")
    }
}
