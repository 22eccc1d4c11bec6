import Glibc
import MartletCore

extension TreeStore {
    /// Makes a folder in a place where nothing is.
    func materialiseFolder(_ digest: Digest, at path: String, _ mode: Mode) throws {
        let tree = try tree(digest)
        guard mkdir(path, 0o755) == 0 else { throw MartletError.io("create the folder", path, errno: errno) }
        let folder = try OpenFile(path, O_RDONLY | O_DIRECTORY)
        try Self.createFolders(tree, in: folder.descriptor, path)
        let places = TreePlaces(tree)
        try unpack(tree, places, digest, in: folder.descriptor, path)
        let alone = tree.keptAlone
        try ParallelRanges.forEach(alone.count, size: 1) { range in
            for file in range.map({ alone[$0] }) {
                for record in places.of(file).map({ tree.records[$0] }) {
                    let target = TargetFile(folder: folder.descriptor, path: tree.cPath(record), isExecutable: record.kind == .executable)
                    try materialiseFile(file.digest.digest, at: target, mode)
                }
            }
        }
        // Links come last, so that no file is written through one.
        for record in tree.records where record.kind == .link { try Self.createLink(tree, record, in: folder.descriptor) }
    }

    private static func createFolders(_ tree: Tree, in folder: Int32, _ path: String) throws {
        var last: ArraySlice<UInt8> = []
        for record in tree.records {
            let parent = tree.path(record).dropLast(while: { $0 != 0x2F })
            if parent.elementsEqual(last) { continue }
            last = parent
            for end in parent.indices where parent[end] == 0x2F {
                let name = parent[..<end].map { CChar(bitPattern: $0) } + [0]
                guard mkdirat(folder, name, 0o755) == 0 || errno == EEXIST else {
                    throw MartletError.io("create the folder", "\(path)/\(String(decoding: parent[..<end], as: UTF8.self))", errno: errno)
                }
            }
        }
    }

    private static func createLink(_ tree: Tree, _ record: Tree.Record, in folder: Int32) throws {
        let end = record.start + record.pathCount
        let target = tree.bytes[end..<end + record.sizeBytes].map { CChar(bitPattern: $0) } + [0]
        guard symlinkat(target, folder, tree.cPath(record)) == 0 else {
            throw MartletError.io("create the link", String(decoding: tree.path(record), as: UTF8.self), errno: errno)
        }
    }

    private static func create(_ bytes: UnsafeRawBufferPointer, _ tree: Tree, _ record: Tree.Record, in folder: Int32) throws {
        let target = TargetFile(folder: folder, path: tree.cPath(record), isExecutable: record.kind == .executable)
        try target.create().write(bytes, at: 0)
    }

    /// Writes the files of all packs, each verified by its own digest, and those that are empty.
    private func unpack(_ tree: Tree, _ places: TreePlaces, _ digest: Digest, in folder: Int32, _ path: String) throws {
        let (packs, parts) = (PackPlan(tree).packs, try lists.list(of: digest)?.packs ?? [])
        guard packs.map(\.sizeBytes) == parts.map(\.sizeBytes) else { throw Self.damage(digest, lists.path(of: digest)) }
        try ParallelRanges.forEach(packs.count, size: 1) { range in
            for number in range {
                let file = try OpenFile(blobs.path(of: parts[number].digest), O_RDONLY)
                let bytes = try file.read(at: 0, countMax: parts[number].sizeBytes)
                guard bytes.count == parts[number].sizeBytes else { throw Self.damage(parts[number].digest, file.path) }
                try bytes.withUnsafeBytes { bytes in
                    var start = 0
                    for record in packs[number].records.map({ tree.records[$0] }) {
                        let piece = UnsafeRawBufferPointer(rebasing: bytes[start..<start + record.sizeBytes])
                        guard DigestBits(of: piece) == record.digest else { throw Self.damage(parts[number].digest, file.path) }
                        for place in places.of(record) { try Self.create(piece, tree, tree.records[place], in: folder) }
                        start += record.sizeBytes
                    }
                }
            }
        }
        for record in tree.records where record.kind.isFile && record.sizeBytes == 0 {
            try Self.create(UnsafeRawBufferPointer(start: nil, count: 0), tree, record, in: folder)
        }
    }
}

/// At which paths a folder has the same file.
private struct TreePlaces: Sendable {
    private var places: [DigestBits: [Int]] = [:]

    init(_ tree: Tree) {
        for (number, record) in tree.records.enumerated() where record.kind.isFile { places[record.digest, default: []].append(number) }
    }

    func of(_ record: Tree.Record) -> [Int] { places[record.digest] ?? [] }
}

extension ArraySlice {
    /// Without the elements at the end for which something holds.
    fileprivate func dropLast(while predicate: (Element) -> Bool) -> ArraySlice {
        self[..<((lastIndex { !predicate($0) }).map { $0 + 1 } ?? startIndex)]
    }
}
