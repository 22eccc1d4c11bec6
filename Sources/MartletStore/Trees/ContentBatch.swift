import Glibc
import MartletCore
import Synchronization

/// Blobs or lists that become visible and durable together, without a wait for the disk for each.
///
/// Files are written under private names; `commit` makes all their bytes durable, then gives them their names, then makes those durable.
/// A name thus never stands for bytes that a loss of power can take away: on ext4 a new name can be durable before its file's bytes are.
/// Of many files the bytes are made durable by one `syncfs`, which also waits for what others write to the same disk and is still
/// faster by orders of magnitude than 600,000 times `fsync`; few files are synced each. A crash on the way leaves files under private
/// names, which `Home.prepare` removes after a day, or blobs that nothing refers to; nothing is acknowledged before `commit` returns.
///
/// Safe from any thread until `commit`.
final class ContentBatch: Sendable {
    /// The most files, and folders of names, that are synced each by its own.
    static let singleSyncCountMax = 16

    private struct State {
        var digests: Set<Digest> = []
        var files: [(digest: Digest, destination: String)] = []
        /// The folders in which names may not be durable yet.
        var folders: Set<String> = []
    }

    private let place: String
    private let folder: String
    private let lock: ContentLock
    private let steps: TreeSteps
    private let state = Mutex(State())

    /// - Parameters:
    ///   - place: the folder in whose folders `ab` the names belong.
    ///   - folder: in the same file system; made, and removed with this.
    init(place: String, folder: String, lock: ContentLock, steps: TreeSteps) throws {
        (self.place, self.folder, self.lock, self.steps) = (place, folder, lock, steps)
        guard mkdir(folder, 0o700) == 0 else { throw MartletError.io("create the folder", folder, errno: errno) }
    }

    /// Removes what was not committed. A failure is left to `Home.prepare`, which removes stale files.
    deinit {
        state.withLock { state in
            for file in state.files { unlink(temporaryPath(file.digest)) }
        }
        rmdir(folder)
    }

    /// Takes bytes, unless they are there, or in this batch already.
    func add(_ bytes: UnsafeRawBufferPointer, _ digest: Digest, replaces: Bool = false) throws {
        guard state.withLock({ $0.digests.insert(digest).inserted }) else { return }
        let destination = path(of: digest)
        if !replaces, try finds(destination, sizeBytes: bytes.count) {
            return addFound([destination])
        }
        try steps.reach(.write)
        state.withLock { $0.files.append((digest, destination)) }
        let file = try OpenFile(temporaryPath(digest), O_WRONLY | O_CREAT | O_EXCL, mode: 0o400)
        try file.write(bytes, at: 0)
    }

    /// Takes what was found elsewhere into the wait for names, as its writer may not be done.
    func addFound(_ paths: [String]) { state.withLock { $0.folders.formUnion(paths.map(Directory.parent(of:))) } }

    /// Makes all of it visible and durable.
    func commit() throws {
        let (files, found) = state.withLock { ($0.files, $0.folders) }
        try steps.reach(.syncBytes)
        if files.count > Self.singleSyncCountMax {
            try FileSystem.synchronize(containing: folder)
        } else {
            for file in files { try OpenFile(temporaryPath(file.digest), O_RDONLY).synchronize() }
        }
        var folders = found
        for file in files {
            try steps.reach(.name)
            let shard = Directory.parent(of: file.destination)
            if folders.insert(shard).inserted { try Directory.create(shard) }
            guard rename(temporaryPath(file.digest), file.destination) == 0 else {
                throw MartletError.io("rename to", file.destination, errno: errno)
            }
        }
        state.withLock { $0.files = [] }
        try steps.reach(.syncNames)
        if folders.count > Self.singleSyncCountMax {
            try FileSystem.synchronize(containing: folder)
        } else {
            for folder in folders.union(folders.map(Directory.parent(of:))) { try Directory.synchronize(folder) }
        }
    }

    private func path(of digest: Digest) -> String { "\(place)/\(digest.hex.prefix(2))/\(digest.hex)" }

    /// Where the bytes of content are until `commit` begins, where they were not found elsewhere.
    func temporaryPath(_ digest: Digest) -> String { "\(folder)/\(digest.hex)" }

    /// Whether a file is there with its right size; if so it is young again, so that nobody removes it before it is referred to.
    private func finds(_ path: String, sizeBytes: Int) throws -> Bool {
        var status = stat()
        guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_size == sizeBytes else { return false }
        return try lock.whileFinding { try FileSystem.touch(path) }
    }
}

/// The points of a write at which a test lets it fail, as a crash there would.
struct TreeSteps: Sendable {
    enum Step: Sendable, CaseIterable { case write, syncBytes, name, syncNames }

    /// Nothing fails.
    static let undisturbed = TreeSteps { _ in }

    let reach: @Sendable (Step) throws -> Void

    init(_ reach: @escaping @Sendable (Step) throws -> Void) { self.reach = reach }
}
