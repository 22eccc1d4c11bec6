import Foundation
import Glibc
import MartletCore
import MartletRegistry
import MartletStore

/// A copy of a model's files, which is under way until it is moved to its place; removed with this value where it never is.
final class ModelCopy {
    /// The most files of a model.
    static let fileCountMax = 10_000
    /// The deepest that folders of a model may be nested.
    static let depthMax = 64
    private static let pieceSizeBytes = 1 << 20

    private let folder: String

    /// Makes an empty folder in the home.
    init(in home: Home) throws {
        folder = "\(home.temporaryPath)/\(UUID().uuidString)"
        try Directory.create(folder)
    }

    /// A failure is left to `Home.prepare`, which removes stale files.
    deinit { try? Self.removeAll(folder) }

    static func removeAll(_ path: String) throws {
        do {
            try FileManager.default.removeItem(atPath: path)
        } catch CocoaError.fileNoSuchFile {
            return
        } catch {
            throw MartletError(.storage, "cannot remove '\(path)'; remove it by hand", cause: error)
        }
    }

    /// Copies the files that lie at an address into a folder that is named for the version. - Returns: their digests by their paths.
    /// - Throws: `invalidInput` where they lie where this machine does not read them, `notFound`, `limitExceeded`, `storage`.
    func files(of location: String, from artifacts: any ArtifactRepository, version: Int64) async throws -> [String: Digest] {
        var digests: [String: Digest] = [:]
        for file in try await Self.listing(location, artifacts) {
            let opened = try await file.open()
            try DiskReserve.standard.check(folder)
            let digest = try await Self.copy(opened.content, sizeBytes: opened.sizeBytes, to: "\(folder)/\(version)/\(file.path)")
            guard opened.digest.map({ $0 == digest }) ?? true else {
                throw MartletError(.corrupt, "the artifact '\(file.path)' at '\(location)' is damaged; log the model again")
            }
            digests[file.path] = digest
        }
        guard !digests.isEmpty else {
            throw MartletError(.notFound, "there is no file at '\(location)'; was the model's logging interrupted?")
        }
        return digests
    }

    /// Where the files are to stay.
    func path(version: Int64) -> String { "\(folder)/\(version)" }

    /// Takes the place of nothing: where another copy came first, that one stays.
    func move(to destination: String) throws {
        guard rename(folder, destination) == 0 || [EEXIST, ENOTEMPTY].contains(errno) else {
            throw MartletError.io("rename to", destination, errno: errno)
        }
        try Directory.synchronize(Directory.parent(of: destination))
    }

    /// Takes the place of what is damaged there.
    func replace(_ destination: String) throws {
        let damaged = "\(folder).damaged"
        guard rename(destination, damaged) == 0 || errno == ENOENT else { throw MartletError.io("rename", destination, errno: errno) }
        try move(to: destination)
        try Self.removeAll(damaged)
    }

    // MARK: Reading

    /// A file of a model, wherever it lies.
    private struct Source {
        let path: String
        /// The digest is known of artifacts alone.
        let open: () async throws -> (content: OpenContent, sizeBytes: Int, digest: Digest?)
    }

    private static func listing(_ location: String, _ artifacts: any ArtifactRepository) async throws -> [Source] {
        let scheme = RunArtifacts.scheme(of: location)
        if RunArtifacts.proxiedSchemes.contains(scheme) {
            let root = try RunArtifacts.root(of: location)
            return try await paths(below: "") { folder in
                try await artifacts.list(try root.appending(ArtifactPath(reading: folder))).map { ($0.name, $0.isFolder) }
            }.map { path in
                Source(path: path) {
                    guard let found = try await artifacts.open(try root.appending(ArtifactPath(reading: path))) else {
                        throw MartletError(.notFound, "the artifact '\(path)' at '\(location)' went away; try again")
                    }
                    return (found.content, found.artifact.sizeBytes, found.artifact.digest)
                }
            }
        }
        let folder = scheme == "file" ? URL(string: location)?.path ?? "" : location
        guard folder.hasPrefix("/"), folder != "/" else {
            throw MartletError(
                .invalidInput,
                "the files of the model are at '\(location)', which martlet does not read; register it again from a run whose artifacts "
                    + "this server keeps, or serve a copy with 'martlet serve FOLDER'")
        }
        return try await paths(below: "") { try names(in: "\(folder)/\($0)") }
            .map { path in
                Source(path: path) {
                    let file = HeldFile(try OpenFile("\(folder)/\(path)", O_RDONLY | O_NOFOLLOW))
                    return (.file(file), try file.file.sizeBytes(), nil)
                }
            }
    }

    /// The paths of all files below a folder, each folder listed on its own.
    private static func paths(
        below folder: String, depth: Int = 0, list: (String) async throws -> [(name: String, isFolder: Bool)]
    ) async throws -> [String] {
        guard depth <= depthMax else {
            throw MartletError(.limitExceeded, "the model's folders are nested more than \(depthMax) deep, at '\(folder)'")
        }
        var paths: [String] = []
        for entry in try await list(folder) {
            let path = folder.isEmpty ? entry.name : "\(folder)/\(entry.name)"
            if entry.isFolder { paths += try await self.paths(below: path, depth: depth + 1, list: list) } else { paths.append(path) }
            guard paths.count <= fileCountMax else {
                throw MartletError(.limitExceeded, "the model has more than \(fileCountMax) files; is it a model's folder?")
            }
        }
        return paths
    }

    /// What is in a folder of this machine; links are passed over, as they could lead anywhere.
    private static func names(in folder: String) throws -> [(name: String, isFolder: Bool)] {
        try Directory.names(in: folder).compactMap { name in
            switch Directory.kind(of: "\(folder)/\(name)") {
            case S_IFDIR: (name, true)
            case S_IFREG: (name, false)
            default: nil
            }
        }
    }

    private static func copy(_ content: OpenContent, sizeBytes: Int, to path: String) async throws -> Digest {
        try Directory.create(Directory.parent(of: path))
        let file = try OpenFile(path, O_WRONLY | O_CREAT | O_EXCL)
        var hasher = DigestHasher()
        var offset = 0
        let pieces = try await Pieces(content, sizeBytes: sizeBytes)
        while let piece = try await pieces.next(at: offset) {
            hasher.update(piece)
            try piece.withUnsafeBytes { try file.write($0, at: offset) }
            offset += piece.count
        }
        try file.synchronize()
        return hasher.finish()
    }

    /// The bytes of a file, wherever it lies, one piece after another.
    private struct Pieces {
        private let content: OpenContent
        private let stream: (any ContentStream)?

        init(_ content: OpenContent, sizeBytes: Int) async throws {
            self.content = content
            guard case .remote(let remote) = content, sizeBytes > 0 else {
                stream = nil
                return
            }
            stream = try await remote.read(0..<sizeBytes)
        }

        func next(at offset: Int) async throws -> [UInt8]? {
            guard case .file(let held) = content else { return try await stream?.next() }
            let piece = try held.file.read(at: offset, countMax: ModelCopy.pieceSizeBytes)
            return piece.isEmpty ? nil : piece
        }
    }
}
