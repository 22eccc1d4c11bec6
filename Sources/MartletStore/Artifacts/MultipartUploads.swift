import Foundation
import Glibc
package import MartletCore

/// Files that come in parts, in any order and from several connections, and are joined once all are here.
///
/// Each lies in a folder of the home's temporary files, a durable file a part, so that an upload outlives the server. What nobody
/// went on with is removed with the other stale files when the home is opened, and before another upload begins.
package struct MultipartUploads: Sendable {
    /// The largest number of a part; the smallest is 1.
    package static let partCountMax = 10_000
    /// The largest part, in bytes.
    package static let partSizeMaxBytes = 5 << 30
    /// Uploads that have begun and not ended.
    package static let uploadCountMax = 1_000
    /// Of these the most that one user has begun, so that nobody keeps the others from beginning any.
    package static let ownerUploadCountMax = 50
    /// How long ago the last part of an upload may have come before it counts as abandoned.
    package static let ageMax = Home.temporaryAgeMax

    /// A part, as the client names it when it has sent all.
    package struct Part: Sendable, Equatable {
        package let number: Int
        /// What it was told when it sent the part.
        package let tag: String

        /// Makes one.
        package init(number: Int, tag: String) {
            self.number = number
            self.tag = tag
        }
    }

    private static let prefix = "upload-"
    private static let joiningPrefix = "joining-"
    private static let pathName = "path"
    private static let ownerName = "owner"
    private static let ownerSizeMaxBytes = 4_096
    private static let copySizeBytes = 1 << 20

    private let folder: String
    private let reserve: DiskReserve
    private let clock: @Sendable () -> Timestamp

    /// The uploads of a home that was prepared.
    /// - Parameter reserve: what they leave free on the home's disk.
    package init(home: Home, reserve: DiskReserve = .standard, clock: @escaping @Sendable () -> Timestamp = { .now }) {
        folder = home.temporaryPath
        self.reserve = reserve
        self.clock = clock
    }

    /// Begins an upload. - Returns: its name, which nobody can guess.
    /// - Parameter owner: the user who begins it; empty where there are none.
    /// - Throws: `overloaded` where too many have begun, or too many of this owner.
    package func begin(_ path: ArtifactPath, by owner: String = "") throws -> String {
        try removeAbandoned()
        let names = try names()
        guard names.count < Self.uploadCountMax else {
            throw MartletError(
                .overloaded, "\(Self.uploadCountMax) uploads have begun and not ended; complete or abort some, then try again")
        }
        guard owner.isEmpty || names.count(where: { isBegun($0, by: owner) }) < Self.ownerUploadCountMax else {
            throw MartletError(
                .overloaded,
                "'\(owner)' has begun \(Self.ownerUploadCountMax) uploads that have not ended; complete or abort some, then try again")
        }
        let id = RandomName.make()
        try Directory.create("\(folder)/\(Self.prefix)\(id)")
        // Without its path an upload is none.
        if !owner.isEmpty { try write(owner, as: Self.ownerName, of: id) }
        try write(path.text, as: Self.pathName, of: id)
        return id
    }

    /// Where the whole of an upload is to lie. - Throws: `notFound` where there is no such upload.
    package func path(of id: String) throws -> ArtifactPath {
        try check(id)
        return ArtifactPath(kept: try keptPath(of: id))
    }

    /// Begins to take a part in. - Throws: `notFound` where there is no such upload, `invalidInput` for its number.
    package func makePart(_ number: Int, of id: String) throws -> ArtifactUpload {
        try check(id)
        guard (1...Self.partCountMax).contains(number) else {
            throw MartletError(.invalidInput, "the number of a part: expected 1 to \(Self.partCountMax), found \(number)")
        }
        return try ArtifactUpload(in: folder, reserve: reserve)
    }

    /// Keeps a part, durably, in place of what came under its number before. - Returns: its tag.
    package func keep(_ content: UploadedContent, as number: Int, of id: String) throws -> String {
        try check(id)
        try content.move(to: "\(place(id))/\(Self.name(number, content.digest))")
        for other in try parts(in: place(id)) where other.number == number && other.tag != content.digest.hex {
            unlink("\(place(id))/\(other.number)-\(other.tag)")
        }
        return content.digest.hex
    }

    /// Joins the parts, which are told in the order of their numbers, keeps the whole and ends the upload.
    /// - Parameter sizeMaxBytes: of the whole.
    /// - Throws: `invalidInput` where the parts are not those that came, `limitExceeded`, and as the repository does; the upload then
    ///   goes on.
    @discardableResult
    package func complete(
        _ id: String, at path: ArtifactPath, _ parts: [Part], sizeMaxBytes: Int = .max, in repository: any ArtifactRepository
    ) async throws -> Artifact {
        try check(id)
        try check(path, of: id)
        let parts = try checked(parts, of: id)
        let size = try parts.reduce(0) { try $0 + OpenFile("\(place(id))/\($1.number)-\($1.tag)", O_RDONLY).sizeBytes() }
        guard size <= sizeMaxBytes else {
            throw MartletError(.limitExceeded, "the upload '\(id)' has \(size) bytes, expected at most \(sizeMaxBytes); split the file")
        }
        let joining = "\(folder)/\(Self.joiningPrefix)\(id)"
        guard rename(place(id), joining) == 0 else {
            throw errno == ENOENT ? Self.unknown(id) : MartletError.io("move", place(id), errno: errno)
        }
        do {
            let upload = try repository.makeUpload()
            for part in parts { try Self.copy("\(joining)/\(part.number)-\(part.tag)", to: upload) }
            let artifact = try await repository.keep(try upload.finish(), at: path)
            try remove(joining)
            return artifact
        } catch {
            // Where even this fails the next start finds the upload, and the first error says more.
            rename(joining, place(id))
            throw error
        }
    }

    /// Lets the uploads go on whose parts a killed process was joining. Nobody else may be joining meanwhile.
    package func recover() throws {
        for name in try Directory.names(in: folder) where name.hasPrefix(Self.joiningPrefix) {
            let id = String(name.dropFirst(Self.joiningPrefix.count))
            guard rename("\(folder)/\(name)", place(id)) == 0 else { throw MartletError.io("move", "\(folder)/\(name)", errno: errno) }
        }
    }

    /// Ends an upload without keeping anything. One that is not there has ended. - Throws: `invalidInput` where it began for another path.
    package func abort(_ id: String, at path: ArtifactPath) throws {
        guard Self.isName(id) else { throw Self.unknown(id) }
        guard Directory.kind(of: place(id)) == S_IFDIR else { return }
        try check(path, of: id)
        try remove(place(id))
    }

    /// Removes the uploads to which nothing came for `ageMax`.
    package func removeAbandoned() throws {
        let limit = clock() - Self.ageMax
        for name in try names() {
            var status = stat()
            // It may have ended since it was listed.
            guard lstat("\(folder)/\(name)", &status) == 0 else { continue }
            if Int64(status.st_mtim.tv_sec) * 1_000_000 < limit.microseconds { try remove("\(folder)/\(name)") }
        }
    }
}

extension MultipartUploads {
    private func place(_ id: String) -> String { "\(folder)/\(Self.prefix)\(id)" }

    private static func name(_ number: Int, _ digest: Digest) -> String { "\(number)-\(digest.hex)" }

    private static func isName(_ id: String) -> Bool {
        id.utf8.count == 32 && id.utf8.allSatisfy { (48...57).contains($0) || (97...102).contains($0) }
    }

    private static func unknown(_ id: String) -> MartletError {
        MartletError(.notFound, "there is no upload '\(id.prefix(40))'; it ended, or nothing came for \(ageMax): begin another")
    }

    private func names() throws -> [String] {
        try Directory.names(in: folder).filter { $0.hasPrefix(Self.prefix) || $0.hasPrefix(Self.joiningPrefix) }
    }

    private func check(_ id: String) throws {
        guard Self.isName(id), Directory.kind(of: place(id)) == S_IFDIR else { throw Self.unknown(id) }
    }

    private func write(_ text: String, as name: String, of id: String) throws {
        let file = TemporaryFile(in: folder)
        try Array(text.utf8).withUnsafeBytes { try file.write($0) }
        try file.move(to: "\(place(id))/\(name)")
    }

    private func keptPath(of id: String) throws -> String {
        let bytes = try OpenFile("\(place(id))/\(Self.pathName)", O_RDONLY).read(at: 0, countMax: ArtifactPath.sizeMaxBytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    private func check(_ path: ArtifactPath, of id: String) throws {
        guard ArtifactPath(kept: try keptPath(of: id)) == path else {
            throw MartletError(.invalidInput, "the upload '\(id)' began for another path than '\(path)'; name the same path")
        }
    }

    private func isBegun(_ name: String, by owner: String) -> Bool {
        // What has ended since it was listed, and what nobody in particular began, has no such file.
        guard let file = try? OpenFile("\(folder)/\(name)/\(Self.ownerName)", O_RDONLY),
            let bytes = try? file.read(at: 0, countMax: Self.ownerSizeMaxBytes)
        else { return false }
        return bytes.elementsEqual(owner.utf8)
    }

    private func parts(in place: String) throws -> [Part] {
        try Directory.names(in: place).compactMap { name in
            let pieces = name.split(separator: "-", maxSplits: 1)
            guard pieces.count == 2, let number = Int(pieces[0]) else { return nil }
            return Part(number: number, tag: String(pieces[1]))
        }
    }

    /// The parts, which must be told from the first on, in order and without a gap: of a file none may be missing.
    private func checked(_ parts: [Part], of id: String) throws -> [Part] {
        let kept = Dictionary(try self.parts(in: place(id)).map { ($0.number, $0.tag) }) { $1 }
        guard !parts.isEmpty, parts.map(\.number) == Array(1...parts.count) else {
            let found = parts.prefix(20).map { String($0.number) }.joined(separator: ", ")
            throw MartletError(
                .invalidInput, "the upload '\(id)': expected the parts from 1 on in order, found [\(found)]; name all that were sent")
        }
        for part in parts where kept[part.number] != part.tag {
            let found = kept[part.number].map { "it has the tag '\($0)'" } ?? "it never came"
            throw MartletError(
                .invalidInput,
                "part \(part.number) of the upload '\(id)': expected the tag '\(part.tag.prefix(80))', but \(found); send it again")
        }
        return parts
    }

    private static func copy(_ path: String, to upload: ArtifactUpload) throws {
        let file = try OpenFile(path, O_RDONLY)
        var offset = 0
        while case let bytes = try file.read(at: offset, countMax: copySizeBytes), !bytes.isEmpty {
            try bytes.withUnsafeBytes { try upload.write($0) }
            offset += bytes.count
        }
    }

    private func remove(_ place: String) throws {
        do {
            try FileManager.default.removeItem(atPath: place)
        } catch CocoaError.fileNoSuchFile {
            return
        } catch {
            throw MartletError(.storage, "cannot remove the upload '\(place)'; remove it by hand", cause: error)
        }
    }
}
