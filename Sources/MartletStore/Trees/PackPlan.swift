import MartletCore

/// Which small files of a folder lie in one blob.
///
/// A file of a hundred bytes as a blob of its own would take a block of the disk, an inode and four calls of the operating system:
/// 600,000 of them take minutes and 2.4 GB. The distinct small files of a folder are laid one after another instead, in the order of
/// their first paths, and cut where the digest of a file says so, as a chunker does by bytes: a change of one file changes one pack.
/// The plan follows from the manifest alone, so that the place of a file in its pack need not be written down.
struct PackPlan: Sendable {
    /// The largest file in a pack; a larger one is a blob of its own, which other folders can share.
    static let fileBytesMax = 16 << 10
    /// The least of a pack but the last.
    static let sizeBytesMin = 128 << 10
    /// What a pack has beyond the least, on average.
    static let sizeBytesBeyond = 256 << 10
    /// The most of a pack.
    static let sizeBytesMax = 2 << 20

    struct Pack: Sendable {
        /// The records, each the first of its digest.
        var records: [Int] = []
        var sizeBytes = 0
    }

    private(set) var packs: [Pack] = []

    /// Whether a file belongs in a pack. An empty one needs no bytes.
    static func takes(_ record: Tree.Record) -> Bool { record.kind.isFile && record.sizeBytes <= fileBytesMax }

    init(_ tree: Tree) {
        var seen: Set<DigestBits> = []
        var pack = Pack()
        for (number, record) in tree.records.enumerated() where Self.takes(record) && record.sizeBytes > 0 {
            guard seen.insert(record.digest).inserted else { continue }
            if pack.sizeBytes + record.sizeBytes > Self.sizeBytesMax { end(&pack) }
            pack.records.append(number)
            pack.sizeBytes += record.sizeBytes
            if pack.sizeBytes >= Self.sizeBytesMin, Self.ends(record) { end(&pack) }
        }
        if !pack.records.isEmpty { end(&pack) }
    }

    private mutating func end(_ pack: inout Pack) {
        packs.append(pack)
        pack = Pack()
    }

    /// As likely as the file is long, so that packs of small and of larger files come out alike.
    private static func ends(_ record: Tree.Record) -> Bool {
        record.digest.words[0] / (UInt64.max / UInt64(sizeBytesBeyond)) < UInt64(record.sizeBytes)
    }
}
