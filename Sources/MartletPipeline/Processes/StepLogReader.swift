import Glibc
import MartletCore
import MartletStore

/// Reads a log from its beginning while it is written, and afterwards.
package struct StepLogReader: Sendable {
    /// How much one call reads at most, in bytes.
    static let sizeMaxBytes = 1 << 20

    /// Where the next byte is.
    private enum Place {
        /// In the file of the first part, which is the whole once the log is finished.
        case file(offset: Int)
        /// In the pieces after a first part of a size, so many bytes after the beginning of all that the command said.
        case pieces(head: Int, position: Int)
    }

    private var path: String
    private var place = Place.file(offset: 0)

    /// - Parameter path: the log's, `AttemptFiles.log`.
    package init(_ path: String) { self.path = path }

    /// Goes on at the same place in the same log, which has another name now.
    mutating func move(to path: String) { self.path = path }

    /// What came since the last call, at most 1 MiB; empty where nothing did. What is no longer there is replaced by a line that says so.
    /// - Throws: `storage`; a log that does not exist yet is empty.
    package mutating func read() throws -> [UInt8] {
        // Asked for before the file is read: when that then ends where the pieces begin, none of them had been joined to it.
        let pieces = try Self.unlessAbsent([]) { try StepLog.pieces(of: path) }
        switch place {
        case .file(let offset):
            let bytes = try bytes(of: path, at: offset)
            place = .file(offset: offset + bytes.count)
            guard bytes.isEmpty, pieces.first?.head == offset else { return bytes }
            return try read(pieces, offset, offset)
        case .pieces(let head, let position):
            return try pieces.isEmpty ? rejoin(head, position) : read(pieces, head, position)
        }
    }

    private mutating func read(_ pieces: [StepLog.Piece], _ head: Int, _ position: Int) throws -> [UInt8] {
        place = .pieces(head: head, position: position)
        guard let first = pieces.first else { return [] }
        if first.start > position {
            place = .pieces(head: head, position: first.start)
            return StepLog.gap(first.start - position)
        }
        for piece in pieces.reversed() where piece.start <= position {
            let bytes = try bytes(of: piece.path(path), at: position - piece.start)
            place = .pieces(head: head, position: position + bytes.count)
            return bytes
        }
        return []
    }

    /// The log was finished meanwhile: finds the same place in the whole file.
    private mutating func rejoin(_ head: Int, _ position: Int) throws -> [UInt8] {
        let start = try bytes(of: path, at: head, countMax: StepLog.gapSizeMaxBytes)
        guard let missing = StepLog.gapSize(start) else {
            place = .file(offset: position)
            return try read()
        }
        let kept = max(position, head + missing)
        place = .file(offset: head + StepLog.gap(missing).count + kept - head - missing)
        return kept > position ? StepLog.gap(kept - position) : try read()
    }

    private func bytes(of path: String, at offset: Int, countMax: Int = Self.sizeMaxBytes) throws -> [UInt8] {
        try Self.unlessAbsent([]) { try OpenFile(path, O_RDONLY).read(at: offset, countMax: countMax) }
    }

    private static func unlessAbsent<Value>(_ absent: Value, _ read: () throws -> Value) throws -> Value {
        do {
            return try read()
        } catch let error as MartletError where error.code == .notFound {
            return absent
        }
    }
}
