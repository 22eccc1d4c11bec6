package import MartletCore
package import MartletStore
import Synchronization

/// The contents of a home: blobs, and the files and folders that commands made.
///
/// What a command made in a single file can be used at once by this process, and is made durable a little later, together with what
/// others made meanwhile: a disk takes as long for many as for one.
package struct HomeContents: StepContents {
    package let trees: TreeStore
    package let blobs: BlobStore
    private let staged = StagedFiles()

    package init(home: Home) {
        trees = TreeStore(home: home)
        blobs = BlobStore(home: home)
    }

    package func contains(_ digest: Digest) -> Bool {
        if staged.first(of: digest) != nil { return true }
        // What cannot be read is as good as gone: the step that made it makes it again.
        guard (try? trees.contains(digest)) ?? false else { return false }
        // That it keeps a step fresh is a use too.
        trees.noteUse(of: digest)
        return true
    }

    package func json(_ digest: Digest) throws -> JSONValue {
        let bytes =
            try staged.first(of: digest)?.bytes()
            ?? (blobs.contains(digest) ? [UInt8](try blobs.read(digest)) : try trees.bytes(of: digest))
        return try JSONValue(parsing: bytes, as: "the content \(digest.short)")
    }

    package func keep(_ value: JSONValue) throws -> Digest { try blobs.put(Array(value.canonicalText.utf8)) }

    package func settle(_ digests: Set<Digest>) async throws {
        let files = digests.map(staged.all).filter { !$0.isEmpty }
        guard !files.isEmpty else { return }
        try await withCheckedThrowingContinuation { continuation in
            // The threads of tasks are too few to wait for a disk.
            ThreadPool.waiting.run { continuation.resume(with: Result { try files.forEach(Self.commit) }) }
        }
        staged.remove(files.flatMap(\.self))
    }

    /// Each has the whole content, so that one will do: that of an attempt which was given up may be gone.
    private static func commit(_ files: [StagedFile]) throws {
        for (number, file) in files.enumerated() {
            do { return try file.commit() } catch  where number + 1 < files.count { continue }
        }
    }

    /// Lets files be used that are where they are until they are settled. Only what an attempt made that ended well.
    func add(_ files: [StagedFile]) { for file in files { staged.add(file) } }

    /// Puts content at a path for a command to read.
    func materialise(_ digest: Digest, at path: String) throws {
        if let file = staged.first(of: digest), try file.links(to: path) || file.copies(to: path) { return }
        try trees.materialise(digest, at: path, mode: .link)
    }
}

/// What is not durable yet.
private final class StagedFiles: Sendable {
    /// Steps that made the same at the same time have one each: none may be on record before its own is durable.
    private let files = Mutex<[Digest: [StagedFile]]>([:])

    func add(_ file: StagedFile) { files.withLock { $0[file.content.digest, default: []].append(file) } }

    /// One that can be read.
    func first(of digest: Digest) -> StagedFile? { all(of: digest).first(where: \.isReadable) }

    func all(of digest: Digest) -> [StagedFile] { files.withLock { $0[digest] ?? [] } }

    func remove(_ settled: [StagedFile]) {
        files.withLock { files in
            for file in settled {
                files[file.content.digest]?.removeAll { $0 === file }
                if files[file.content.digest]?.isEmpty == true { files[file.content.digest] = nil }
            }
        }
    }
}
