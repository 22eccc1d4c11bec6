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
    /// What every manifest begins with.
    static let magic = Array("martlet tree 1\n".utf8)

    /// The manifest.
    package func encoded() -> [UInt8] {
        var text = Self.magic
        text.reserveCapacity(text.count + 48 * records.count)
        bytes.withUnsafeBufferPointer { bytes in
            var last = 0..<0
            for record in records {
                let path = record.start..<record.start + record.pathCount
                let shared = Self.sharedCount(bytes, last, path)
                text.append(record.kind.rawValue)
                text.appendVariable(shared)
                text.appendVariable(path.count - shared)
                text.append(contentsOf: bytes[path.dropFirst(shared)])
                text.appendVariable(record.sizeBytes)
                switch record.kind {
                case .file, .executable: record.digest.append(to: &text)
                case .link: text.append(contentsOf: bytes[path.upperBound..<path.upperBound + record.sizeBytes])
                case .emptyFolder: break
                }
                last = path
            }
        }
        return text
    }

    private static func sharedCount(_ bytes: UnsafeBufferPointer<UInt8>, _ left: Range<Int>, _ right: Range<Int>) -> Int {
        let countMax = min(left.count, right.count)
        var count = 0
        while count < countMax, bytes[left.lowerBound + count] == bytes[right.lowerBound + count] { count += 1 }
        return count
    }

    /// Reads a manifest, whose digest the caller has verified.
    /// - Throws: `corrupt` for what no folder has, such as a path that leads out of it.
    package init(manifest: [UInt8], digest: Digest) throws {
        var (bytes, records): ([UInt8], [Record]) = ([], [])
        let damagedAt = manifest.withUnsafeBytes { manifest -> Int? in
            var reader = ManifestReader(bytes: manifest)
            guard reader.take(Self.magic.count)?.elementsEqual(Self.magic) == true else { return 0 }
            var last: Range<Int>?
            while !reader.isAtEnd {
                guard let record = reader.record(&bytes, last ?? 0..<0) else { return reader.position }
                let path = record.start..<record.start + record.pathCount
                guard Self.isPath(bytes, path, record.kind), last.map({ Self.precedes(bytes, $0, path) }) ?? true else {
                    return reader.position
                }
                records.append(record)
                last = path
            }
            return nil
        }
        guard let damagedAt else {
            self.init(bytes: bytes, records: records, digest: digest)
            return
        }
        throw MartletError(
            .corrupt,
            "the blob \(digest) is no manifest of a folder: expected a path and its content before byte \(damagedAt); make the folder again"
        )
    }

    private static func precedes(_ bytes: [UInt8], _ left: Range<Int>, _ right: Range<Int>) -> Bool {
        bytes.withUnsafeBufferPointer { bytes in
            let count = sharedCount(bytes, left, right)
            guard count < left.count, count < right.count else { return left.count < right.count }
            return bytes[left.lowerBound + count] < bytes[right.lowerBound + count]
        }
    }

    /// Whether a path stays in its folder: no part of it is empty, `.` or `..`, and none holds a zero byte.
    private static func isPath(_ bytes: [UInt8], _ path: Range<Int>, _ kind: Kind) -> Bool {
        guard let last = path.last, (bytes[last] == 0x2F) == (kind == .emptyFolder) else { return false }
        var (dots, count) = (0, 0)
        for index in path {
            switch bytes[index] {
            case 0: return false
            case 0x2F:
                if count == 0 || (dots == count && count <= 2) { return false }
                (dots, count) = (0, 0)
            case 0x2E: (dots, count) = (dots + 1, count + 1)
            default: count += 1
            }
        }
        return kind == .emptyFolder || !(dots == count && count <= 2)
    }
}

private struct ManifestReader {
    let bytes: UnsafeRawBufferPointer
    private(set) var position = 0

    var isAtEnd: Bool { position == bytes.count }

    init(bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    mutating func take(_ count: Int) -> UnsafeRawBufferPointer? {
        guard count >= 0, count <= bytes.count - position else { return nil }
        defer { position += count }
        return UnsafeRawBufferPointer(rebasing: bytes[position..<position + count])
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
        // A slice of the array would let it be copied as a whole.
        for index in last.prefix(shared) { paths.append(paths[index]) }
        paths.append(contentsOf: rest)
        let pathCount = shared + count
        switch kind {
        case .file, .executable:
            guard let digest = take(32) else { return nil }
            return Tree.Record(kind: kind, start: start, pathCount: pathCount, sizeBytes: size, digest: DigestBits(bytes: digest))
        case .link:
            guard let target = take(size), !target.contains(0) else { return nil }
            paths.append(contentsOf: target)
            return Tree.Record(kind: kind, start: start, pathCount: pathCount, sizeBytes: size, digest: DigestBits(of: target))
        case .emptyFolder:
            return size == 0 ? Tree.Record(kind: kind, start: start, pathCount: pathCount, sizeBytes: 0, digest: .ofNothing) : nil
        }
    }
}

extension DigestBits {
    /// What empty folders have.
    static let ofNothing = DigestBits(of: UnsafeRawBufferPointer(start: nil, count: 0))

    fileprivate func append(to text: inout [UInt8]) {
        for index in 0..<4 { withUnsafeBytes(of: words[index].bigEndian) { text.append(contentsOf: $0) } }
    }
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
