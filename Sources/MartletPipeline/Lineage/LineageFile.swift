import Glibc
package import MartletCore
package import MartletStore

/// A file of events, one a line, as OpenLineage's own clients write them. What was delivered survives a loss of power.
///
/// A file that has become too large gets the time into its name, and the next one begins; none is removed.
package struct LineageFile: LineageSink {
    /// How large a file may be before the next one begins.
    package static let sizeBytesMax = 64 << 20
    /// How long another process may hold the file.
    package static let waitAtMost = Duration.seconds(10)

    package let batchCountMax = 1_000
    /// Each delivery waits for the disk, on which a run has its own to wait for.
    package let rest = Duration.milliseconds(200)
    /// The file.
    package let path: String
    private let sizeBytesMax: Int
    private let now: @Sendable () -> Timestamp

    /// The file of a home: `lineage/events.jsonl`.
    package init(home: Home) { self.init(path: "\(home.path)/lineage/events.jsonl") }

    package init(
        path: String, sizeBytesMax: Int = LineageFile.sizeBytesMax, now: @escaping @Sendable () -> Timestamp = { .now }
    ) {
        self.path = path
        self.sizeBytesMax = sizeBytesMax
        self.now = now
    }

    package var name: String { "the file '\(path)'" }

    /// Appends all of them, or none. - Throws: `locked`, `storage`.
    package func deliver(_ events: [JSONValue]) throws {
        guard !events.isEmpty else { return }
        let folder = Directory.parent(of: path)
        try Directory.create(folder)
        let lock = try FileLock.acquire(path: "\(path).lock", purpose: "append events of lineage", waitAtMost: Self.waitAtMost)
        defer { lock.release() }
        let isNew = Directory.kind(of: path) == nil
        try append(Array(events.map { $0.canonicalText + "\n" }.joined().utf8))
        if isNew { try Directory.synchronize(folder) }
    }

    private func append(_ bytes: [UInt8]) throws {
        let size = try writeAtEnd(bytes)
        guard size >= sizeBytesMax else { return }
        let full = "\(path.hasSuffix(".jsonl") ? String(path.dropLast(6)) : path)-\(now().microseconds).jsonl"
        guard rename(path, full) == 0 else { throw MartletError.io("rename to", full, errno: errno) }
        try Directory.synchronize(Directory.parent(of: path))
    }

    /// - Returns: the file's size.
    private func writeAtEnd(_ bytes: [UInt8]) throws -> Int {
        let file = try OpenFile(path, O_RDWR | O_CREAT)
        let end = try Self.endOfLastLine(file)
        do {
            try bytes.withUnsafeBytes { try file.write($0, at: end) }
            try file.truncate(to: end + bytes.count)
            try file.synchronize()
        } catch {
            // On a full disk a part of a line may be there. Where this fails too, the next delivery cuts it off.
            try? file.truncate(to: end)
            throw error
        }
        return end + bytes.count
    }

    /// Where the last whole line ends: a process that was killed may have left a part of one behind it.
    private static func endOfLastLine(_ file: borrowing OpenFile) throws -> Int {
        var end = try file.sizeBytes()
        while end > 0 {
            let start = max(0, end - 65_536)
            let bytes = try file.read(at: start, countMax: end - start)
            if let newline = bytes.lastIndex(of: UInt8(ascii: "\n")) { return start + newline + 1 }
            end = start
        }
        return 0
    }
}
