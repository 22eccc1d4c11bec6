import Glibc
import MartletCore
import MartletStore

/// What a command says, on disk as it comes, without its secrets, and bounded: the first part is kept, and the last.
///
/// The first part is the file `log`. What follows goes to pieces beside it, of which the oldest are removed; `finish()` puts those that are
/// left behind the first part, after a line that says how much is missing. Others may read at any time, see `StepLogReader`.
package final class StepLog {
    /// How much is kept.
    package struct Limits: Sendable, Equatable {
        /// Of the beginning, in bytes.
        package var headMaxBytes: Int
        /// Of the end, in bytes.
        package var tailMaxBytes: Int

        package init(headMaxBytes: Int = 32 << 20, tailMaxBytes: Int = 32 << 20) {
            self.headMaxBytes = max(0, headMaxBytes)
            self.tailMaxBytes = max(1, tailMaxBytes)
        }

        /// A piece of the end is so large: as two more may be there than are kept, the disk holds half as much again for a while.
        var pieceMaxBytes: Int { max(1, tailMaxBytes / 4) }
    }

    /// A piece of what follows the first part: `log.HEAD-START`, the size of the first part and of all before the piece.
    struct Piece {
        let head: Int
        let start: Int
        var sizeBytes = 0

        func path(_ log: String) -> String { "\(log).\(head)-\(start)" }
    }

    let path: String
    private let limits: Limits
    private var redactor: SecretRedactor
    private let head: OpenFile
    private var tail: OpenFile?
    private var pieces: [Piece] = []
    private var (headSizeBytes, sizeBytes) = (0, 0)
    /// The end of what was written, for messages.
    private(set) var lastBytes: [UInt8] = []

    /// How much of the end `lastBytes` has.
    static let lastBytesMax = 2_048

    /// Begins a log, in place of one that is there. - Throws: `storage`.
    package init(_ path: String, limits: Limits = Limits(), secrets: [String] = []) throws {
        self.path = path
        self.limits = limits
        redactor = SecretRedactor(SecretForms.patterns(of: secrets))
        for piece in try Self.pieces(of: path) { unlink(piece.path(path)) }
        head = try OpenFile(path, O_WRONLY | O_CREAT | O_TRUNC)
    }

    /// The pieces of a log that are there, in order; their sizes are not known.
    static func pieces(of path: String) throws -> [Piece] {
        let prefix = "\(path.split(separator: "/").last ?? "")."
        let pieces = try Directory.names(in: Directory.parent(of: path)).compactMap { name -> Piece? in
            guard name.hasPrefix(prefix) else { return nil }
            let numbers = name.dropFirst(prefix.count).split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
            guard numbers.count == 2, let head = numbers[0], let start = numbers[1] else { return nil }
            return Piece(head: head, start: start)
        }
        return pieces.sorted { $0.start < $1.start }
    }

    /// The line in place of what is left out.
    static func gap(_ sizeBytes: Int) -> [UInt8] { Array("\n[\(sizeBytes.grouped) bytes of this log were left out here]\n".utf8) }

    /// What the line at the beginning of some bytes says is left out there; `nil` where they begin with none.
    static func gapSize(_ bytes: [UInt8]) -> Int? {
        let digits = bytes.dropFirst(2).prefix { $0 != UInt8(ascii: " ") }.filter { $0 != UInt8(ascii: ",") }
        guard let size = Int(String(decoding: digits, as: UTF8.self)), bytes.starts(with: gap(size)) else { return nil }
        return size
    }

    /// More than the line has.
    static let gapSizeMaxBytes = 128

    /// Takes what the command said next. - Throws: `storage`, `full`.
    package func write(_ bytes: [UInt8]) throws { try append(redactor.add(bytes)) }

    /// Writes what is held back as a possible secret, and makes one file of it all. - Throws: `storage`.
    package func finish() throws {
        try append(redactor.finish())
        tail = nil
        let kept = pieces.reduce(0) { $0 + $1.sizeBytes }
        let tailSize = min(kept, limits.tailMaxBytes)
        let missing = sizeBytes - headSizeBytes - tailSize
        if missing > 0 { try appendToHead(Self.gap(missing)[...]) }
        var skipped = kept - tailSize
        for piece in pieces {
            try join(piece, from: min(skipped, piece.sizeBytes))
            skipped = max(0, skipped - piece.sizeBytes)
        }
        // The last first, so that a reader takes none of those that are gone for left out.
        for piece in pieces.reversed() { unlink(piece.path(path)) }
        pieces = []
    }

    private func join(_ piece: Piece, from start: Int) throws {
        let file = try OpenFile(piece.path(path), O_RDONLY)
        var position = start
        while position < piece.sizeBytes {
            let bytes = try file.read(at: position, countMax: min(1 << 20, piece.sizeBytes - position))
            guard !bytes.isEmpty else { break }
            try appendToHead(bytes[...])
            position += bytes.count
        }
    }

    private func append(_ bytes: [UInt8]) throws {
        guard !bytes.isEmpty else { return }
        lastBytes = Array((bytes.count < Self.lastBytesMax ? lastBytes + bytes : bytes).suffix(Self.lastBytesMax))
        let first = min(bytes.count, max(0, limits.headMaxBytes - sizeBytes))
        if first > 0 { try appendToHead(bytes[..<first]) }
        sizeBytes += first
        var rest = bytes[first...]
        while !rest.isEmpty { rest = try appendToTail(rest) }
    }

    private func appendToHead(_ bytes: ArraySlice<UInt8>) throws {
        try bytes.withUnsafeBytes { try head.write($0, at: headSizeBytes) }
        headSizeBytes += bytes.count
    }

    /// - Returns: what does not fit into the present piece.
    private func appendToTail(_ bytes: ArraySlice<UInt8>) throws -> ArraySlice<UInt8> {
        if pieces.last.map({ $0.sizeBytes >= limits.pieceMaxBytes }) ?? true { try beginPiece() }
        guard var piece = pieces.popLast() else { return [] }
        let part = bytes.prefix(limits.pieceMaxBytes - piece.sizeBytes)
        try write(part, at: piece.sizeBytes)
        piece.sizeBytes += part.count
        pieces.append(piece)
        sizeBytes += part.count
        return bytes.dropFirst(part.count)
    }

    private func write(_ part: ArraySlice<UInt8>, at offset: Int) throws {
        try part.withUnsafeBytes { try tail?.write($0, at: offset) }
    }

    private func beginPiece() throws {
        let kept = pieces.reduce(0) { $0 + $1.sizeBytes }
        if let oldest = pieces.first, kept - oldest.sizeBytes >= limits.tailMaxBytes {
            unlink(oldest.path(path))
            pieces.removeFirst()
        }
        let piece = Piece(head: limits.headMaxBytes, start: sizeBytes)
        tail = try OpenFile(piece.path(path), O_WRONLY | O_CREAT | O_TRUNC)
        pieces.append(piece)
    }
}
