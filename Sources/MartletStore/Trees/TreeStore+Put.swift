import Glibc
import MartletCore

extension TreeStore {
    /// Keeps a copy of a file. Durable on return.
    /// - Throws: `notFound`, `storage`; `invalidInput` where it is no regular file or a link; `conflict` where it never stops to change.
    package func put(file path: String) throws -> KeptContent {
        let staged = try stage(file: path)
        try staged.commit()
        return staged.content
    }

    /// Copies a file, and leaves the wait for the disk to `StagedFile.commit()` where it is kept as one blob. - Throws: as `put` does.
    package func stage(file path: String) throws -> StagedFile {
        try SteadyFile.whileItChanges(path) {
            let batch = try batch(of: blobs.path)
            guard let content = try add(try SteadyFile(in: AT_FDCWD, path, followsLink: true), to: batch) else { return nil }
            let kept = KeptContent(digest: content.digest, kind: .file, sizeBytes: content.sizeBytes)
            let isThere = try touch(content.digest, sizeBytes: content.sizeBytes) != nil
            let place = isThere || content.list != nil ? nil : batch.temporaryPath(content.digest)
            let staged = StagedFile(kept, at: place) {
                if isThere {
                    // The batch has none of what was there already and went since.
                    return try use(content.digest) ? () : put(file: path, as: content.digest)
                }
                try batch.commit()
                try keepLists([content])
            }
            // Chunks are nowhere whole before their list is there.
            if content.list != nil { try staged.commit() }
            return staged
        }
    }

    /// Keeps a file that nobody writes to any more, as `stage(file:)` does but without a copy where it can: then it is one of the blob's names,
    /// which nobody may write to (0444). It stays where it is until it is committed. - Throws: as `put` does.
    package func stage(taking path: String) throws -> StagedFile {
        var status = stat()
        // Other names of it may be written to.
        guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_nlink == 1, status.st_size <= Self.wholeBytesMax,
            chmod(path, 0o444) == 0
        else { return try stage(file: path) }
        let file = try SteadyFile(in: AT_FDCWD, path)
        let size = Int(file.stamp.sizeBytes)
        let bytes = try file.file.read(at: 0, countMax: size)
        guard bytes.count == size, try file.isUnchanged() else { return try stage(file: path) }
        let digest = bytes.withUnsafeBytes { Digest(of: $0) }
        let isThere = try touch(digest, sizeBytes: size) != nil
        let kept = KeptContent(digest: digest, kind: .file, sizeBytes: size)
        let stamp = file.stamp
        return StagedFile(kept, at: isThere ? nil : path, stamp) {
            if isThere, try use(digest) { return }
            // Another file may be there by now; only the one that was read may get the blob's name.
            guard FileStamp(at: path)?.hasSameBytes(as: stamp) == true, try blobs.put(linking: path, as: digest, sizeBytes: size) else {
                return try put(file: path, as: digest)
            }
        }
    }

    private func put(file path: String, as digest: Digest) throws {
        guard try put(file: path).digest == digest else {
            throw MartletError(.conflict, "'\(path)' changed while it was kept; nobody may write to it any more")
        }
    }

    /// Keeps a copy of a folder; what is left out of it is said at `IgnoreRules`. Durable on return.
    /// - Throws: as for a file; also `limitExceeded` for too many folders in one another.
    package func put(folder path: String) throws -> KeptContent {
        try SteadyFile.whileItChanges(path) {
            let folder = try OpenFile(path, O_RDONLY | O_DIRECTORY)
            let scan = try FolderScan(folder.descriptor, name: path, keepsBytes: true)
            let tree = scan.tree()
            let isKept = try lists.list(of: tree.digest)?.kind == .folder && use(tree.digest)
            guard try isKept || keep(tree, scan.smallFiles, folder.descriptor) else { return nil }
            return KeptContent(digest: tree.digest, kind: .folder, sizeBytes: tree.sizeBytes)
        }
    }

    /// Keeps what a folder was just seen to hold: first the bytes, then the lists of its files, then its own.
    /// - Returns: `false` where it holds something else by now.
    private func keep(_ tree: Tree, _ smallFiles: SmallFiles?, _ folder: Int32) throws -> Bool {
        let batch = try batch(of: blobs.path)
        guard let packs = try addPacks(tree, smallFiles, folder, to: batch), let files = try addFiles(tree, folder, to: batch) else {
            return false
        }
        let manifest = tree.encoded()
        let chunks = try manifest.withUnsafeBytes { try addChunks($0, tree.digest, to: batch) }
        try batch.commit()
        try keepLists(files)
        let list = ContentList(kind: .folder, sizeBytes: tree.sizeBytes, chunks: chunks, packs: packs)
        try keepLists([AddedContent(digest: tree.digest, sizeBytes: tree.sizeBytes, list: list)])
        return true
    }

    func keepLists(_ contents: [AddedContent]) throws {
        let listed = contents.filter { $0.list != nil }
        guard !listed.isEmpty else { return }
        try Directory.create(lists.path)
        let batch = try batch(of: lists.path)
        for content in listed {
            guard let text = content.list?.text else { continue }
            // One that is there may be damaged, or be that of a file with the bytes of a manifest.
            try Array(text.utf8).withUnsafeBytes { try batch.add($0, content.digest, replaces: true) }
        }
        try batch.commit()
    }

    /// Fills the packs; `nil` where a file is not what the tree says.
    private func addPacks(_ tree: Tree, _ smallFiles: SmallFiles?, _ folder: Int32, to batch: ContentBatch) throws -> [ContentList.Part]? {
        let packs = PackPlan(tree).packs
        let parts = try ParallelRanges.map(packs.count, size: 1) { number -> ContentList.Part? in
            let pack = packs[number]
            let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: pack.sizeBytes, alignment: 64)
            defer { buffer.deallocate() }
            var offset = 0
            for number in pack.records {
                let record = tree.records[number]
                let room = UnsafeMutableRawBufferPointer(rebasing: buffer[offset..<offset + record.sizeBytes])
                guard try smallFiles?.copy(number, to: room) == true || Self.fill(room, tree, record, folder) else { return nil }
                offset += record.sizeBytes
            }
            let digest = Digest(of: UnsafeRawBufferPointer(buffer))
            try batch.add(UnsafeRawBufferPointer(buffer), digest)
            return ContentList.Part(digest: digest, sizeBytes: pack.sizeBytes)
        }
        let whole = parts.compactMap(\.self)
        return whole.count == parts.count ? whole : nil
    }

    /// Reads a file that must be what the tree says.
    private static func fill(_ room: UnsafeMutableRawBufferPointer, _ tree: Tree, _ record: Tree.Record, _ folder: Int32) throws -> Bool {
        guard let file = try steadyFile(tree, record, folder), file.stamp.sizeBytes == record.sizeBytes else { return false }
        guard try file.file.fill(room, at: 0) == record.sizeBytes else { return false }
        return DigestBits(of: UnsafeRawBufferPointer(room)) == record.digest
    }

    /// A file of a folder; `nil` where it has gone.
    private static func steadyFile(_ tree: Tree, _ record: Tree.Record, _ folder: Int32) throws -> SteadyFile? {
        do {
            return try SteadyFile(in: folder, tree.cPath(record))
        } catch let error as MartletError where error.code == .notFound {
            return nil
        }
    }

    /// Adds the files that are in no pack; `nil` where one is not what the tree says.
    private func addFiles(_ tree: Tree, _ folder: Int32, to batch: ContentBatch) throws -> [AddedContent]? {
        let records = tree.keptAlone
        let found = try ParallelRanges.map(records.count, size: 1) { number -> AddedContent? in
            let record = records[number]
            if let names = try touch(record.digest.digest, sizeBytes: record.sizeBytes) {
                batch.addFound(names)
                return AddedContent(digest: record.digest.digest, sizeBytes: record.sizeBytes, list: nil)
            }
            guard let file = try Self.steadyFile(tree, record, folder) else { return nil }
            let content = try add(file, to: batch)
            return content.flatMap { DigestBits($0.digest) == record.digest ? $0 : nil }
        }
        let whole = found.compactMap(\.self)
        return whole.count == found.count ? whole : nil
    }
}

/// Content whose bytes are in a batch.
struct AddedContent: Sendable {
    let digest: Digest
    let sizeBytes: Int
    /// Of a file that is in chunks.
    let list: ContentList?
}

extension TreeStore {
    /// Adds the bytes of a file; `nil` where it changed meanwhile.
    private func add(_ file: borrowing SteadyFile, to batch: ContentBatch) throws -> AddedContent? {
        let size = Int(file.stamp.sizeBytes)
        guard size <= Self.wholeBytesMax else { return try addLarge(file, to: batch) }
        let bytes = try file.file.read(at: 0, countMax: size)
        guard bytes.count == size, try file.isUnchanged() else { return nil }
        return try bytes.withUnsafeBytes { bytes in
            let digest = Digest(of: bytes)
            try batch.add(bytes, digest)
            return AddedContent(digest: digest, sizeBytes: size, list: nil)
        }
    }

    /// Adds bytes in memory. - Returns: the chunks; none where they are a blob.
    private func addChunks(_ bytes: UnsafeRawBufferPointer, _ digest: Digest, to batch: ContentBatch) throws -> [ContentList.Part] {
        guard bytes.count > Self.wholeBytesMax else {
            try batch.add(bytes, digest)
            return []
        }
        var offset = 0
        let chunks = try ContentDefinedChunker().chunkSizes(bytes).map { size in
            defer { offset += size }
            return try Self.addChunk(UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + size]), to: batch)
        }
        return chunks.count == 1 ? [] : chunks
    }

    /// Adds a file's chunks in one pass, a window at a time: while one processor goes on with the digest of the whole file, the others
    /// do the window's chunks.
    private func addLarge(_ file: borrowing SteadyFile, to batch: ContentBatch) throws -> AddedContent? {
        let (chunker, whole) = (ContentDefinedChunker(), WholeDigest())
        let window = UnsafeMutableRawBufferPointer.allocate(byteCount: 4 * ContentDefinedChunker.sizeBytesMax, alignment: 64)
        defer { window.deallocate() }
        let size = Int(file.stamp.sizeBytes)
        var (parts, offset): ([ContentList.Part], Int) = ([], 0)
        while offset < size {
            let count = min(window.count, size - offset)
            guard try file.file.fill(UnsafeMutableRawBufferPointer(rebasing: window[..<count]), at: offset) == count else { return nil }
            let cuts = Self.cuts(chunker, UnsafeRawBufferPointer(rebasing: window[..<count]), isEnd: offset + count == size)
            // Nothing writes to the window until all have read it.
            nonisolated(unsafe) let bytes = UnsafeRawBufferPointer(window)
            let added = try ParallelRanges.map(cuts.count + 1, size: 1) { number -> ContentList.Part? in
                if number > 0 { return try Self.addChunk(UnsafeRawBufferPointer(rebasing: bytes[cuts[number - 1]]), to: batch) }
                whole.update(UnsafeRawBufferPointer(rebasing: bytes[..<(cuts.last?.upperBound ?? 0)]))
                return nil
            }
            parts += added.compactMap(\.self)
            offset += cuts.last?.upperBound ?? 0
        }
        guard try file.isUnchanged() else { return nil }
        // One chunk is the file itself.
        let list = parts.count == 1 ? nil : ContentList(kind: .file, sizeBytes: size, chunks: parts)
        return AddedContent(digest: whole.finish(), sizeBytes: size, list: list)
    }

    /// Where the chunks of a window are. The last one is left to the next window where more bytes could move its end.
    private static func cuts(_ chunker: ContentDefinedChunker, _ window: UnsafeRawBufferPointer, isEnd: Bool) -> [Range<Int>] {
        var (cuts, start): ([Range<Int>], Int) = ([], 0)
        while start < window.count, isEnd || window.count - start >= ContentDefinedChunker.sizeBytesMax {
            let size = chunker.cut(UnsafeRawBufferPointer(rebasing: window[start...]))
            cuts.append(start..<start + size)
            start += size
        }
        return cuts
    }

    private static func addChunk(_ bytes: UnsafeRawBufferPointer, to batch: ContentBatch) throws -> ContentList.Part {
        let digest = Digest(of: bytes)
        try batch.add(bytes, digest)
        return ContentList.Part(digest: digest, sizeBytes: bytes.count)
    }
}

/// The digest of a file that several threads in turn go on with.
///
/// `@unchecked Sendable`: of the tasks of a window one calls this, and all are waited for before those of the next begin.
private final class WholeDigest: @unchecked Sendable {
    private var hasher: DigestHasher? = DigestHasher()

    func update(_ bytes: UnsafeRawBufferPointer) { hasher?.update(bytes) }

    func finish() -> Digest {
        guard let last = hasher.take() else { preconditionFailure("a digest is finished once") }
        return last.finish()
    }
}

extension Tree {
    /// A path as C has it.
    func cPath(_ record: Record) -> [CChar] { path(record).map { CChar(bitPattern: $0) } + [0] }
}

extension Digest {
    /// The digest of bytes in memory.
    init(of bytes: UnsafeRawBufferPointer) {
        var hasher = DigestHasher()
        hasher.update(bytes)
        self = hasher.finish()
    }
}
