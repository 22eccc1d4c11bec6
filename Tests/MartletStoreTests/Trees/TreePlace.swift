import Foundation
import Glibc
import MartletCore
import Synchronization

@testable import MartletStore

/// A folder with a home, and content to put into it.
struct TreePlace {
    let folder: TemporaryFolder
    let home: Home
    let store: TreeStore

    init() throws {
        folder = try TemporaryFolder()
        home = try folder.preparedHome()
        store = TreeStore(home: home)
    }

    func file(_ name: String) -> String { folder.file(name) }

    func write(_ bytes: [UInt8], to name: String, mode: Int = 0o644) throws {
        let url = URL(fileURLWithPath: folder.file(name))
        try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(bytes).write(to: url)
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: url.path)
    }

    func write(_ text: String, to name: String, mode: Int = 0o644) throws { try write(Array(text.utf8), to: name, mode: mode) }

    func read(_ name: String) throws -> [UInt8] { Array(try Data(contentsOf: URL(fileURLWithPath: folder.file(name)))) }

    func makeFolder(_ name: String) throws {
        try FileManager.default.createDirectory(atPath: folder.file(name), withIntermediateDirectories: true)
    }

    /// The digests of all blobs.
    func blobs() throws -> Set<Digest> {
        Set(try folder.names(in: "home/blobs").flatMap { try folder.names(in: "home/blobs/\($0)").compactMap { Digest($0) } })
    }

    func tree(of name: String) throws -> Tree {
        try FileIndex(root: folder.path, file: folder.file("no-index")).digest(ofFolder: name)
    }

    /// Lets all blobs and lists be so old.
    func age(by duration: Duration, _ digests: Set<Digest>? = nil) throws {
        let time = Date(timeIntervalSinceNow: -(duration / .seconds(1)))
        for place in ["home/blobs", "home/chunks"] where FileManager.default.fileExists(atPath: file(place)) {
            for shard in try folder.names(in: place) {
                for name in try folder.names(in: "\(place)/\(shard)") where Digest(name).map({ digests?.contains($0) ?? true }) ?? false {
                    try FileManager.default.setAttributes([.modificationDate: time], ofItemAtPath: file("\(place)/\(shard)/\(name)"))
                }
            }
        }
    }
}

/// Bytes that no chunker finds a pattern in.
func randomBytes(_ count: Int, seed: UInt64) -> [UInt8] {
    var random = SplitMix64(seed: seed)
    let words = (0..<(count + 7) / 8).map { _ in random.next().littleEndian }
    return words.withUnsafeBytes { Array($0.prefix(count)) }
}
