import Foundation
import Glibc
import MartletCore
import MartletStore

/// One of two contents that are compared: where its bytes are, if they are anywhere.
struct ComparedContent: Sendable {
    let digest: Digest
    /// The home that may hold it.
    let home: Home
    /// The file or folder of the project that may still hold it.
    var path: String?
    /// How the digest of a file or folder is told.
    var files: ProjectFiles?
    /// Bytes that are nowhere else.
    var given: [UInt8]?

    /// What was found of it.
    enum Found {
        case folder(Tree)
        case kept(sizeBytes: Int)
        case file(String, sizeBytes: Int)
        case bytes([UInt8])

        /// `nil` for a folder.
        var sizeBytes: Int? {
            switch self {
            case .folder: nil
            case .kept(let size), .file(_, let size): size
            case .bytes(let bytes): bytes.count
            }
        }
    }

    private var trees: TreeStore { TreeStore(home: home) }

    /// Looks for it in the home, then among the files of the project; `nil` where it is in neither any more.
    /// - Throws: `corrupt`, `storage`.
    func find() throws -> Found? {
        if let given { return .bytes(given) }
        if let kept = try trees.content(digest) {
            return kept.kind == .folder ? .folder(try trees.tree(digest)) : .kept(sizeBytes: kept.sizeBytes)
        }
        guard let path, let files, FileManager.default.fileExists(atPath: path) else { return nil }
        if FilePlaces.isFolder(path) {
            let tree = try files.index.digest(ofFolder: path)
            return tree.digest == digest ? .folder(tree) : nil
        }
        guard try files.digest(path) == digest else { return nil }
        return .file(path, sizeBytes: try OpenFile(path, O_RDONLY).sizeBytes())
    }

    /// All bytes of a file.
    func bytes(_ found: Found) throws -> [UInt8] {
        switch found {
        case .folder: throw MartletError(.invalidInput, "the content \(digest.short) is a folder; expected a file")
        case .kept: return try trees.bytes(of: digest)
        case .file(let path, let size): return try OpenFile(path, O_RDONLY).read(at: 0, countMax: size)
        case .bytes(let bytes): return bytes
        }
    }

    /// Where a file can be read by its path, under a name that tells what it is. - Parameter folder: a fresh one.
    func place(_ found: Found, named name: String, in folder: String) throws -> String {
        if case .file(let path, _) = found { return path }
        let place = "\(folder)/\(name)"
        try Directory.create(folder)
        if case .bytes(let bytes) = found {
            try Data(bytes).write(to: URL(filePath: place))
        } else {
            try trees.materialise(digest, at: place, mode: .link)
        }
        return place
    }
}

/// What is asked of paths here.
enum FilePlaces {
    /// Whether a path leads to a folder, links followed.
    static func isFolder(_ path: String) -> Bool {
        var isFolder: ObjCBool = false
        return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && isFolder.boolValue
    }
}
