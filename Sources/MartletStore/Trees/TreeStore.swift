import Glibc
package import MartletCore

/// What was kept: the name of the content, and what it is.
package struct KeptContent: Sendable, Equatable, Codable {
    /// What the bytes of a digest are.
    package enum Kind: String, Sendable, Codable { case file, folder }

    /// Of a file's bytes, or of a folder's manifest.
    package let digest: Digest
    package let kind: Kind
    /// Of the file, or of all files of the folder.
    package let sizeBytes: Int

    /// Makes one.
    package init(digest: Digest, kind: Kind, sizeBytes: Int) {
        self.digest = digest
        self.kind = kind
        self.sizeBytes = sizeBytes
    }
}

/// Files and folders, kept once by content among the blobs of a home.
///
/// | content | how it is kept |
/// |---|---|
/// | a file up to `wholeBytesMax` | a blob |
/// | a larger file | chunks, each a blob, and a list of them in `chunks/ab/<digest>`, unless it is one chunk |
/// | a folder | its manifest, kept as a file; its files up to `PackPlan.fileBytesMax` in packs, each a blob; its other files as above |
///
/// Of a folder there is a list too: of the chunks of its manifest, and of its packs.
///
/// Blobs that other parts of Martlet put whole, of whatever size, are files here too. A list is written once all it names is durable,
/// so that there is none that names what is not there. Any number of threads and processes may put the same.
package struct TreeStore: Sendable {
    /// The largest file that is kept as one blob.
    package static let wholeBytesMax = 1 << 20

    let home: Home
    let blobs: BlobStore
    let lists: ContentLists
    let lock: ContentLock
    private let steps: TreeSteps

    /// The content of a home that was prepared.
    package init(home: Home) { self.init(home: home, steps: .undisturbed) }

    /// - Parameter steps: called before each step of a write.
    init(home: Home, steps: TreeSteps) {
        self.home = home
        self.steps = steps
        blobs = BlobStore(home: home)
        lists = ContentLists(home: home)
        lock = ContentLock(home: home)
    }

    /// Whether content is there with all that it needs; bytes are not verified.
    /// - Throws: `corrupt` for a damaged list or manifest, `storage`.
    package func contains(_ digest: Digest) throws -> Bool {
        let files = try neededFiles(of: digest)
        return try ParallelRanges.map(files.count, size: 1_024) { isThere(files[$0]) }.allSatisfy(\.self)
    }

    /// What a folder holds. - Throws: `notFound`, `corrupt`, `storage`; `invalidInput` where the content is no folder.
    package func tree(_ digest: Digest) throws -> Tree {
        guard try lists.list(of: digest)?.kind == .folder else {
            throw blobs.contains(digest)
                ? MartletError(.invalidInput, "the content \(digest) is a file; expected a folder")
                : MartletError(.notFound, "there is no folder \(digest) in '\(home.path)'; run the step that makes it again")
        }
        return try Tree(manifest: bytes(of: digest), digest: digest)
    }

    /// All digests that some content needs, its own among them: of blobs and of lists. Unknown ones need themselves only.
    /// - Throws: `corrupt`, `storage`. - Complexity: O(paths of all folders among it).
    package func needs(of digests: Set<Digest>) throws -> Set<Digest> {
        try digests.reduce(into: digests) { needed, digest in
            for file in try neededFiles(of: digest) { needed.insert(file.digest) }
        }
    }

    /// All digests that any content that is there needs, whoever refers to it; what a collector of blobs must leave to `CacheRemoval`.
    package func needsOfAll() throws -> Set<Digest> { try needs(of: Set(lists.digests())) }

    func batch(of place: String) throws -> ContentBatch {
        let number = String(UInt64.random(in: .min ... .max), radix: 16)
        return try ContentBatch(place: place, folder: "\(home.temporaryPath)/\(getpid())-\(number)", lock: lock, steps: steps)
    }
}

extension Tree {
    /// The files that are no part of a pack, each digest once.
    var keptAlone: [Record] {
        var seen: Set<DigestBits> = []
        return records.filter { $0.kind.isFile && !PackPlan.takes($0) && seen.insert($0.digest).inserted }
    }
}
