import Glibc
import MartletCore

extension CacheRemoval {
    /// For how many files nobody can find content meanwhile.
    private static let groupCount = 256

    /// Removes what the plan says, but for what was used since.
    ///
    /// Lists go before what they name, and durably so: there is none at any time, not even after a loss of power, that names what is gone.
    /// Safe beside steps that run: who finds content makes all that it needs young under the same lock, and what is young stays.
    /// - Returns: how many bytes are free by it.
    /// - Throws: `storage`.
    @discardableResult
    package func carryOut(in home: Home) throws -> Int {
        let store = TreeStore(home: home)
        let lists = try remove(files.filter(\.isList), store)
        // A list that was found to be in use keeps all that it needs.
        let spared = try store.needs(of: lists.spared)
        let blobs = try remove(files.filter { !$0.isList && !spared.contains($0.digest) }, store)
        return lists.freedBytes + blobs.freedBytes
    }

    private func remove(_ files: [CacheInventory.StoredFile], _ store: TreeStore) throws -> (freedBytes: Int, spared: Set<Digest>) {
        var (freed, spared, folders): (Int, Set<Digest>, Set<String>) = (0, [], [])
        for start in stride(from: 0, to: files.count, by: Self.groupCount) {
            try store.lock.whileRemoving {
                for file in files[start..<min(start + Self.groupCount, files.count)] {
                    let path = file.isList ? store.lists.path(of: file.digest) : store.blobs.path(of: file.digest)
                    guard let status = try CacheInventory.status(path) else { continue }
                    guard status.usedAt < limit else {
                        spared.insert(file.digest)
                        continue
                    }
                    guard unlink(path) == 0 else { throw MartletError.io("remove", path, errno: errno) }
                    freed += status.sizeBytes
                    folders.insert(Directory.parent(of: path))
                }
            }
        }
        for folder in folders { try Directory.synchronize(folder) }
        return (freed, spared)
    }
}
