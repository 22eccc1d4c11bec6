/// A file of records.
package struct Segment: Sendable, Hashable {
    /// Its number, from 1. Numbers rise; some may be missing.
    package let number: Int
    /// The file.
    package let path: String
}

/// The place after a record; what follows it is read next.
package struct SegmentPosition: Sendable, Hashable, Comparable, Codable {
    /// The number of the segment.
    package let segment: Int
    /// The offset in it, in bytes.
    package let offset: Int

    /// Makes a position.
    package init(segment: Int, offset: Int) {
        self.segment = segment
        self.offset = offset
    }

    /// Orders as the log was written.
    package static func < (left: SegmentPosition, right: SegmentPosition) -> Bool {
        (left.segment, left.offset) < (right.segment, right.offset)
    }
}

/// The folder of a log: `00000001.seg`, `00000002.seg`, …, of which the last may be written to.
package struct SegmentFolder: Sendable {
    /// The folder.
    package let path: String

    /// Names a folder; touches nothing.
    package init(path: String) { self.path = path.hasSuffix("/") ? String(path.dropLast()) : path }

    /// All segments, in order; other files are passed over. - Throws: `notFound`, `storage`.
    package func segments() throws -> [Segment] {
        try Directory.names(in: path).compactMap { name in
            guard name.hasSuffix(".seg"), let number = Int(name.dropLast(4)), number > 0 else { return nil }
            return name == fileName(number) ? segment(number) : nil
        }.sorted { $0.number < $1.number }
    }

    /// The segments that never change again: all but the last.
    package func sealedSegments() throws -> [Segment] { try segments().dropLast() }

    func segment(_ number: Int) -> Segment { Segment(number: number, path: "\(path)/\(fileName(number))") }

    private func fileName(_ number: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, 8 - digits.count)) + digits + ".seg"
    }
}
