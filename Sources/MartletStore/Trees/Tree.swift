package import MartletCore

/// The content of a folder: what its digest names. Equal folders have equal trees wherever and whenever they are looked at.
///
/// Kept is what a program can depend on: paths, bytes, whether a file can be executed, where links point, and folders that hold nothing;
/// not kept are times, owners and other permissions. Names need not be UTF-8.
package struct Tree: Sendable {
    /// What is at a path.
    package enum Kind: UInt8, Sendable {
        case file = 0x66
        case executable = 0x78
        case link = 0x6C
        case emptyFolder = 0x64

        var isFile: Bool { self == .file || self == .executable }
    }

    /// What is at one path.
    package struct Entry: Sendable, Equatable {
        package let kind: Kind
        /// The bytes of the path from the folder on; that of an empty folder ends with a slash.
        package let path: [UInt8]
        /// The size of a file; the length of a link's text.
        package let sizeBytes: Int
        /// The digest of a file's bytes, or of a link's text.
        package let digest: Digest
        /// Where a link points; empty for others.
        package let target: [UInt8]

        /// The path for people; bytes that are no UTF-8 are replaced.
        package var name: String { String(decoding: path, as: UTF8.self) }
    }

    struct Record: Sendable {
        let kind: Kind
        /// Where the path is in `bytes`; a link's target follows it.
        let start: Int
        let pathCount: Int
        let sizeBytes: Int
        let digest: DigestBits
    }

    private(set) var bytes: [UInt8] = []
    private(set) var records: [Record] = []
    /// The name of the folder's content: the digest of its manifest.
    package private(set) var digest = Digest(of: "")
    /// Bytes of all files.
    package private(set) var sizeBytes = 0

    /// A tree of what was found, in the order of the paths' bytes.
    init(bytes: [UInt8], records: [Record], digest: Digest? = nil) {
        self.bytes = bytes
        self.records = records
        sizeBytes = records.reduce(0) { $1.kind.isFile ? $0 + $1.sizeBytes : $0 }
        self.digest = digest ?? Digest(of: encoded())
    }

    /// How many paths there are.
    package var count: Int { records.count }

    /// What is at a path, by its place in the order of the paths' bytes.
    package subscript(index: Int) -> Entry {
        let record = records[index]
        let end = record.start + record.pathCount
        return Entry(
            kind: record.kind, path: Array(bytes[record.start..<end]), sizeBytes: record.sizeBytes, digest: record.digest.digest,
            target: record.kind == .link ? Array(bytes[end..<end + record.sizeBytes]) : [])
    }

    /// All paths in order.
    package var entries: some Sequence<Entry> { (0..<count).lazy.map { self[$0] } }

    func path(_ record: Record) -> ArraySlice<UInt8> { bytes[record.start..<record.start + record.pathCount] }
}

extension Tree: Equatable {
    /// Whether two folders have the same content.
    package static func == (left: Tree, right: Tree) -> Bool { left.digest == right.digest }
}

/// How one path of a folder differs from what was there before.
package struct TreeChange: Sendable, Equatable {
    package enum Kind: Sendable { case added, removed, changed }

    package let kind: Kind
    /// The path for people.
    package let path: String

    /// Makes one.
    package init(_ kind: Kind, _ path: String) {
        self.kind = kind
        self.path = path
    }
}

extension Tree {
    /// The paths at which this tree differs from an older one, in order. - Complexity: O(paths).
    package func changes(since old: Tree) -> [TreeChange] {
        var changes: [TreeChange] = []
        var (mine, other) = (0, 0)
        while mine < count || other < old.count {
            let order = mine == count ? 1 : other == old.count ? -1 : Self.order(path(records[mine]), old.path(old.records[other]))
            if order < 0 {
                changes.append(TreeChange(.added, self[mine].name))
            } else if order > 0 {
                changes.append(TreeChange(.removed, old[other].name))
            } else if records[mine].digest != old.records[other].digest || records[mine].kind != old.records[other].kind {
                changes.append(TreeChange(.changed, self[mine].name))
            }
            if order <= 0 { mine += 1 }
            if order >= 0 { other += 1 }
        }
        return changes
    }

    /// Below, at or above zero as the first of two paths comes before, is the same as, or comes after the other.
    static func order(_ left: ArraySlice<UInt8>, _ right: ArraySlice<UInt8>) -> Int {
        if left.elementsEqual(right) { return 0 }
        return left.lexicographicallyPrecedes(right) ? -1 : 1
    }
}
