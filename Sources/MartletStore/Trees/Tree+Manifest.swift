package import MartletCore

/// The bytes of a manifest, which are the same for ever: a folder's digest is their digest.
///
///     "martlet tree 1\n"
///     for each path, in the order of its bytes:
///       kind                  1 byte: f file, x executable, l link, d folder that holds nothing
///       shared                how many bytes the path begins with as the one before does (LEB128)
///       count, bytes          the rest of the path
///       size                  of the file, or of the link's target (LEB128)
///       digest or target      SHA-256 of the file's bytes, 32 bytes; a link's target itself; nothing for a folder
extension Tree {
    private static let magic = Array("martlet tree 1\n".utf8)

    /// The manifest.
    package func encoded() -> [UInt8] {
        var text = Self.magic
        text.reserveCapacity(text.count + 48 * records.count)
        var last: ArraySlice<UInt8> = []
        for record in records {
            let path = path(record)
            let shared = zip(path, last).prefix { $0 == $1 }.count
            text.append(record.kind.rawValue)
            text.appendVariable(shared)
            text.appendVariable(path.count - shared)
            text += path.dropFirst(shared)
            text.appendVariable(record.sizeBytes)
            switch record.kind {
            case .file, .executable: text += record.digest.bytes
            case .link: text += bytes[path.endIndex..<path.endIndex + record.sizeBytes]
            case .emptyFolder: break
            }
            last = path
        }
        return text
    }

    /// Reads a manifest, whose digest the caller has verified.
    /// - Throws: `corrupt` for what no folder has, such as a path that leads out of it.
    package init(manifest: [UInt8], digest: Digest) throws {
        var reader = ManifestReader(bytes: manifest)
        guard reader.take(Self.magic.count).map({ $0.elementsEqual(Self.magic) }) == true else { throw Self.damage(digest, at: 0) }
        var (bytes, records): ([UInt8], [Record]) = ([], [])
        var last = 0..<0
        while !reader.isAtEnd {
            guard let record = reader.record(&bytes, last), Self.isPath(bytes[record.start..<record.start + record.pathCount], record.kind),
                bytes[last].lexicographicallyPrecedes(bytes[record.start..<record.start + record.pathCount])
            else { throw Self.damage(digest, at: reader.position) }
            records.append(record)
            last = record.start..<record.start + record.pathCount
        }
        self.init(bytes: bytes, records: records, digest: digest)
    }

    /// Whether a path stays in its folder.
    private static func isPath(_ path: ArraySlice<UInt8>, _ kind: Kind) -> Bool {
        guard !path.contains(0), (path.last == 0x2F) == (kind == .emptyFolder) else { return false }
        let parts = (kind == .emptyFolder ? path.dropLast() : path).split(separator: 0x2F, omittingEmptySubsequences: false)
        return parts.allSatisfy { !$0.isEmpty && !$0.elementsEqual([0x2E]) && !$0.elementsEqual([0x2E, 0x2E]) }
    }

    private static func damage(_ digest: Digest, at position: Int) -> MartletError {
        MartletError(
            .corrupt, "the blob \(digest) is no manifest of a folder: expected a path and its content at byte \(position); make the folder again")
    }
}

private struct ManifestReader {
    let bytes: [UInt8]
    private(set) var position = 0

    var isAtEnd: Bool { position == bytes.count }

    init(bytes: [UInt8]) { self.bytes = bytes }

    mutating func take(_ count: Int) -> ArraySlice<UInt8>? {
        guard count >= 0, count <= bytes.count - position else { return nil }
        defer { position += count }
        return bytes[position..<position + count]
    }

    /// At most nine bytes, 63 bits.
    mutating func variable() -> Int? {
        var value = 0
        for shift in stride(from: 0, to: 63, by: 7) {
            guard let byte = take(1)?.first else { return nil }
            value |= Int(byte & 0x7F) << shift
            // A number has one form only, as equal folders have one manifest.
            if byte < 0x80 { return byte == 0 && shift > 0 ? nil : value }
        }
        return nil
    }

    /// - Parameters:
    ///   - paths: takes the record's path.
    ///   - last: where the path before is in it.
    mutating func record(_ paths: inout [UInt8], _ last: Range<Int>) -> Tree.Record? {
        guard let kind = take(1)?.first.flatMap(Tree.Kind.init), let shared = variable(), shared <= last.count,
            let count = variable(), let rest = take(count), let size = variable()
        else { return nil }
        let start = paths.count
        paths += paths[last.lowerBound..<last.lowerBound + shared]
        paths += rest
        let pathCount = shared + count
        switch kind {
        case .file, .executable:
            guard let digest = take(32) else { return nil }
            let bits = digest.withUnsafeBytes { DigestBits(bytes: $0) }
            return Tree.Record(kind: kind, start: start, pathCount: pathCount, sizeBytes: size, digest: bits)
        case .link:
            guard let target = take(size), !target.contains(0) else { return nil }
            paths += target
            return Tree.Record(kind: kind, start: start, pathCount: pathCount, sizeBytes: size, digest: .ofText(target))
        case .emptyFolder:
            guard size == 0 else { return nil }
            return Tree.Record(kind: kind, start: start, pathCount: pathCount, sizeBytes: 0, digest: .ofText([]))
        }
    }
}

extension DigestBits {
    /// The digest of a link's target, or of nothing.
    static func ofText(_ text: ArraySlice<UInt8>) -> DigestBits { text.withUnsafeBytes { DigestBits(of: $0) } }
}

extension [UInt8] {
    /// Seven bits a byte, the lowest first; the highest bit says that more follow.
    fileprivate mutating func appendVariable(_ value: Int) {
        precondition(value >= 0)
        var rest = UInt(value)
        while rest >= 0x80 {
            append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        append(UInt8(rest))
    }
}
