import MartletCore

/// Reads the records of a log, also while it is written.
package enum SegmentReader {
    /// How much is read at once.
    private static let pieceSizeBytes = 1 << 20

    /// Calls `body` with each whole record after a position, and the position to go on from after it.
    ///
    /// Ends at the end, or at a torn record of the last segment, which its writer may just be writing. A segment that
    /// is missing is passed over. Records whose append failed may be seen if they are read at that very moment.
    /// - Returns: the position after the last record; the given one where there was none.
    /// - Throws: `corrupt` with segment and offset, `invalidInput` for a position inside a record, `notFound`,
    ///   `storage`, and what `body` throws.
    @discardableResult
    package static func forEach(
        in folder: SegmentFolder, from position: SegmentPosition? = nil, body: ([UInt8], SegmentPosition) throws -> Void
    ) throws -> SegmentPosition? {
        var position = position
        let segments = try folder.segments()
        for segment in segments where segment.number >= position?.segment ?? 0 {
            let start = segment.number == position?.segment ? position?.offset ?? 0 : 0
            let isLast = segment == segments.last
            guard let file = try open(segment) else { continue }
            try read(segment, file, from: start, isLast: isLast) { payload, next in
                try body(payload, next)
                position = next
            }
        }
        return position
    }

    /// `nil` where the writer has removed the segment, empty, since it was listed.
    private static func open(_ segment: Segment) throws -> StoredSegmentFile? {
        do {
            return try StoredSegmentFile(reading: segment.path)
        } catch let error as MartletError where error.code == .notFound {
            return nil
        }
    }

    private static func read(
        _ segment: Segment, _ file: StoredSegmentFile, from start: Int, isLast: Bool,
        body: ([UInt8], SegmentPosition) throws -> Void
    ) throws {
        try checkBoundary(segment, file, start)
        var (offset, pending) = (start, [UInt8]())
        while true {
            let piece = try file.read(at: offset + pending.count, countMax: pieceSizeBytes)
            pending += piece
            var line = 0
            while let newline = pending[line...].firstIndex(of: RecordLine.newline) {
                guard let payload = RecordLine.payload(of: pending[line..<newline]) else {
                    return try checkTorn(segment, file, offset + line, isLast: isLast)
                }
                line = newline + 1
                try body(payload, SegmentPosition(segment: segment.number, offset: offset + line))
            }
            pending.removeFirst(line)
            offset += line
            if piece.isEmpty { break }
        }
        if !pending.isEmpty { try checkTorn(segment, file, offset, isLast: isLast) }
    }

    /// A broken line is a torn tail only in the last segment, and only where no whole record follows.
    private static func checkTorn(_ segment: Segment, _ file: StoredSegmentFile, _ offset: Int, isLast: Bool) throws {
        let rest = try file.read(at: offset, countMax: max(0, file.sizeBytes() - offset))
        guard isLast, RecordLine.lastWhole(in: rest).brokenBefore == nil else {
            throw MartletError(brokenSegment: segment, offset: offset)
        }
    }

    private static func checkBoundary(_ segment: Segment, _ file: StoredSegmentFile, _ start: Int) throws {
        guard start > 0 else { return }
        // A position beyond the end is that of a record which the writer took back.
        let before = try file.read(at: start - 1, countMax: 1)
        guard before.isEmpty || before == [RecordLine.newline] else {
            throw MartletError(
                .invalidInput,
                "the position \(start) in '\(segment.path)' lies inside a record; start from the beginning"
            )
        }
    }
}
