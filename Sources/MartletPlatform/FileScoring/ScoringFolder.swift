import Foundation
import MartletCore
import MartletStore

/// What is finished of an output, in a folder beside it (`OUTPUT.martlet-parts`), which outlives a killed process.
///
/// A part is a file that was made durable and then renamed, so one that is there is whole. The manifest says what the parts are of;
/// the folder is removed when the output stands in its place. One process at a time, by a lock.
struct ScoringFolder {
    /// What is added to the output's name.
    static let suffix = ".martlet-parts"

    let path: String
    private let output: String
    private let lock: FileLock

    /// Makes the folder, or takes the one that is there. - Throws: `locked` where another process scores into this output; `storage`.
    init(output: String) throws {
        self.output = output
        path = output + Self.suffix
        try Directory.create(path)
        lock = try FileLock.acquire(path: "\(path)/lock", purpose: "martlet score", waitAtMost: .zero)
    }

    /// What parts that are found are of.
    enum Found: Equatable {
        case nothing
        case same
        /// Of something else, by the manifest's members that differ.
        case other([String])
    }

    /// Keeps the parts that are there if they are of the same manifest, and removes them if not. What was half made goes in any case.
    func open(_ manifest: JSONValue) throws -> Found {
        let found = try compare(manifest)
        for name in try Directory.names(in: path) where name != "lock" {
            let isKept = found == .same && !name.hasSuffix(".partial") && name != "spill"
            if !isKept { try remove(name) }
        }
        if found != .same { try write(manifest, "manifest.json") }
        return found
    }

    private func compare(_ manifest: JSONValue) throws -> Found {
        guard let bytes = FileManager.default.contents(atPath: "\(path)/manifest.json") else {
            let hasParts = try Directory.names(in: path).contains { $0.hasPrefix("part-") }
            return hasParts ? .other(["manifest"]) : .nothing
        }
        // A manifest that cannot be read is that of another program: all begins anew.
        guard let known = try? JSONValue(parsing: String(decoding: bytes, as: UTF8.self), as: "the manifest").object else {
            return .other(["manifest"])
        }
        let members = manifest.object ?? [:]
        let different = Set(members.keys).union(known.keys).filter { members[$0] != known[$0] }.sorted()
        return different.isEmpty ? .same : .other(different)
    }

    // MARK: Parts

    /// Where a part is, once it is whole.
    func part(_ number: Int) -> String { file("part-" + String(repeating: "0", count: max(0, 6 - "\(number)".count)) + "\(number)") }

    /// A file of the folder.
    func file(_ name: String) -> String { "\(path)/\(name)" }

    /// Where a file is until it is whole.
    static func partial(_ path: String) -> String { path + ".partial" }

    /// Whether a file is there, and so whole.
    func has(_ path: String) -> Bool { Directory.kind(of: path) == S_IFREG }

    /// Gives a file that was written as `partial` its place, when it is durable.
    static func keep(_ path: String) throws {
        try OpenFile(partial(path), O_RDONLY).synchronize()
        try move(partial(path), to: path)
    }

    private static func move(_ path: String, to destination: String) throws {
        guard rename(path, destination) == 0 else { throw MartletError.io("rename to", destination, errno: errno) }
        try Directory.synchronize(Directory.parent(of: destination))
    }

    // MARK: The end

    /// Lets the joined file take the output's place, and removes the folder.
    func finish(_ joined: String, rowCount: Int) throws {
        try write(["rows": .integer(Int64(rowCount)), "file": try Self.identity(of: joined)], "finished.json")
        try Self.move(joined, to: output)
        try remove()
    }

    /// The rows of the output, where it was put in its place and the process was killed before it removed this folder.
    func finishedRowCount(of manifest: JSONValue) throws -> Int? {
        guard try compare(manifest) == .same, has(output), let bytes = FileManager.default.contents(atPath: file("finished.json")) else {
            return nil
        }
        let finished = try JSONValue(parsing: String(decoding: bytes, as: UTF8.self), as: file("finished.json"))
        guard finished["file"] == (try Self.identity(of: output)) else { return nil }
        return finished["rows"]?.int.map(Int.init)
    }

    /// Removes the folder where it holds nothing that another run could use.
    func removeIfNothingIsFinished() throws {
        let names = try Directory.names(in: path).filter { !$0.hasSuffix(".partial") }
        if !names.contains(where: { $0.hasPrefix("part-") || $0.hasPrefix("converted") }) { try remove() }
    }

    /// Removes the folder and all that is in it.
    func remove() throws {
        do {
            try FileManager.default.removeItem(atPath: path)
        } catch {
            throw MartletError(.storage, "'\(path)' cannot be removed; the output is whole, remove the folder", cause: error)
        }
    }

    /// A renamed file is still the same file.
    private static func identity(of path: String) throws -> JSONValue {
        var status = stat()
        guard stat(path, &status) == 0 else { throw MartletError.io("look at", path, errno: errno) }
        return ["inode": .integer(Int64(bitPattern: UInt64(status.st_ino))), "size": .integer(Int64(status.st_size))]
    }

    private func write(_ value: JSONValue, _ name: String) throws {
        let file = TemporaryFile(in: path)
        try Array(value.canonicalText.utf8).withUnsafeBytes { try file.write($0) }
        try file.move(to: self.file(name))
    }

    private func remove(_ name: String) throws {
        do {
            try FileManager.default.removeItem(atPath: file(name))
        } catch {
            throw MartletError(.storage, "'\(file(name))' cannot be removed; remove it by hand", cause: error)
        }
    }
}
