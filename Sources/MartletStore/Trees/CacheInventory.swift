import Glibc
package import MartletCore

/// All content of a home at one time: how large it is, when it was last used, and who refers to it.
package struct CacheInventory: Sendable {
    /// A file of the home: a blob, or a list.
    struct StoredFile: Sendable, Hashable {
        let digest: Digest
        let isList: Bool
    }

    struct Status: Sendable {
        let sizeBytes: Int
        let usedAt: Timestamp
    }

    /// What is kept under one name and is not merely a part of something else.
    package struct Content: Sendable {
        package let digest: Digest
        package let kind: KeptContent.Kind
        /// Of the file, or of all files of the folder.
        package let sizeBytes: Int
        /// When it was last put, found or materialised.
        package let usedAt: Timestamp
        /// Who refers to it; empty where nobody does.
        package let referrers: [String]
        /// The files that it needs.
        let files: [StoredFile]
    }

    /// The contents, the one that was not used for longest first; those of the same time by digest.
    package let contents: [Content]
    /// What all files of the home's content take.
    package let storedBytes: Int
    let files: [StoredFile: Status]

    init(contents: [Content], files: [StoredFile: Status]) {
        self.contents = contents.sorted { ($0.usedAt, $0.digest) < ($1.usedAt, $1.digest) }
        self.files = files
        storedBytes = files.values.reduce(0) { $0 + $1.sizeBytes }
    }

    /// Looks at a home.
    /// - Parameter referrers: who refers to which content, in words for people. Asked after the home was looked at: what is put and
    ///   recorded meanwhile is young.
    /// - Throws: `corrupt` for a damaged list or manifest, `storage`.
    package init(home: Home, referrers: () throws -> [Digest: [String]]) throws {
        let files = try Self.files(of: home)
        self.init(contents: try Self.contents(TreeStore(home: home), files, try referrers()), files: files)
    }

    /// The same, where those who refer have to be waited for.
    package init(
        home: Home, isolation: isolated (any Actor)? = #isolation, referrers: () async throws -> [Digest: [String]]
    ) async throws {
        let files = try Self.files(of: home)
        self.init(contents: try Self.contents(TreeStore(home: home), files, try await referrers()), files: files)
    }

    private static func files(of home: Home) throws -> [StoredFile: Status] {
        let store = TreeStore(home: home)
        var files: [StoredFile: Status] = [:]
        for (place, isList) in [(store.blobs.path, false), (store.lists.path, true)] where Directory.kind(of: place) != nil {
            for shard in try Directory.names(in: place) {
                for digest in try Directory.names(in: "\(place)/\(shard)").compactMap({ Digest($0) }) {
                    files[StoredFile(digest: digest, isList: isList)] = try Self.status("\(place)/\(shard)/\(digest.hex)")
                }
            }
        }
        return files
    }

    private static func contents(_ store: TreeStore, _ files: [StoredFile: Status], _ referrers: [Digest: [String]]) throws -> [Content] {
        var needed: [Digest: [StoredFile]] = [:]
        var parts: Set<StoredFile> = []
        for digest in Set(files.keys.map(\.digest)) where files[StoredFile(digest: digest, isList: true)] != nil {
            let found = try store.neededFiles(of: digest).map { StoredFile(digest: $0.digest, isList: $0.isList) }.filter {
                files[$0] != nil
            }
            needed[digest] = found
            parts.formUnion(found.filter { $0.digest != digest })
        }
        return try Set(files.keys.map(\.digest)).compactMap { digest in
            let owners = referrers[digest] ?? []
            let (blob, list) = (StoredFile(digest: digest, isList: false), StoredFile(digest: digest, isList: true))
            guard !owners.isEmpty || !(parts.contains(blob) || parts.contains(list)) else { return nil }
            let own = needed[digest] ?? [blob]
            let kept = try files[list].flatMap { _ in try store.lists.list(of: digest) }
            return Content(
                digest: digest, kind: kept?.kind ?? .file, sizeBytes: kept?.sizeBytes ?? files[blob]?.sizeBytes ?? 0,
                usedAt: files[list]?.usedAt ?? files[blob]?.usedAt ?? Timestamp(microseconds: 0), referrers: owners, files: own)
        }
    }

    /// A file as it is now; `nil` where it is gone.
    static func status(_ path: String) throws -> Status? {
        var status = stat()
        guard lstat(path, &status) == 0 else {
            if errno == ENOENT { return nil }
            throw MartletError.io("look at", path, errno: errno)
        }
        return Status(
            sizeBytes: Int(status.st_size), usedAt: Timestamp(microseconds: FileStamp(status).modifiedNanoseconds / 1_000))
    }
}
