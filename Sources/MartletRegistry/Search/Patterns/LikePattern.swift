/// A pattern of `LIKE` and `ILIKE`: `%` stands for any text, `_` for one character, and there is no escape, as in SQLite.
///
/// MLflow compares with case in `LIKE` (it sets `case_sensitive_like`), and in `ILIKE` by SQLite's `lower`, which knows ASCII only.
/// A store on PostgreSQL finds the same with `ESCAPE ''` and a collation that lowers ASCII only. A character is a code point.
package struct LikePattern: Sendable, Hashable {
    /// Bytes between two `%`; 0xFF, which UTF-8 does not have, stands for `_`.
    private struct Piece: Hashable {
        let bytes: [UInt8]
        let wildcardCount: Int
        /// For each prefix the length of its longest proper suffix that is a prefix too; empty with a wildcard.
        let borders: [Int]
    }

    private static let anyCharacter: UInt8 = 0xff

    private let pieces: [Piece]
    private let foldsCase: Bool

    /// Reads a pattern; every text is one. - Complexity: O(length).
    package init(_ pattern: String, foldsCase: Bool = false) {
        self.foldsCase = foldsCase
        pieces = pattern.utf8.split(separator: UInt8(ascii: "%"), omittingEmptySubsequences: false).map { part in
            Self.piece(part.map { $0 == UInt8(ascii: "_") ? Self.anyCharacter : foldsCase ? Self.folded($0) : $0 })
        }
    }

    /// Whether a text as a whole is as the pattern says.
    ///
    /// - Complexity: O(text) where no piece between two `%` holds a `_`, and O(text · longest such piece) otherwise.
    package func matches(_ text: String) -> Bool {
        var text = text
        return text.withUTF8 { matches($0) }
    }

    private static func folded(_ byte: UInt8) -> UInt8 { (0x41...0x5a).contains(byte) ? byte | 0x20 : byte }

    private static func piece(_ bytes: [UInt8]) -> Piece {
        let wildcardCount = bytes.reduce(0) { $0 + ($1 == anyCharacter ? 1 : 0) }
        var borders: [Int] = []
        if wildcardCount == 0 {
            borders = Array(repeating: 0, count: bytes.count)
            var length = 0
            for place in bytes.indices.dropFirst() {
                while length > 0, bytes[length] != bytes[place] { length = borders[length - 1] }
                if bytes[length] == bytes[place] { length += 1 }
                borders[place] = length
            }
        }
        return Piece(bytes: bytes, wildcardCount: wildcardCount, borders: borders)
    }

    // MARK: Matching

    private func matches(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
        guard let first = pieces.first, let last = pieces.last else { return text.isEmpty }
        guard let start = end(of: first, in: text, at: 0, limit: text.count) else { return false }
        if pieces.count == 1 { return start == text.count }
        guard let limit = startOfLast(last, in: text, from: start) else { return false }
        var place = start
        for piece in pieces[1..<pieces.count - 1] where !piece.bytes.isEmpty {
            guard let end = find(piece, in: text, from: place, limit: limit) else { return false }
            place = end
        }
        return true
    }

    /// Where a piece that stands at a place ends; `nil` where it does not stand there.
    private func end(of piece: Piece, in text: UnsafeBufferPointer<UInt8>, at start: Int, limit: Int) -> Int? {
        var place = start
        for byte in piece.bytes {
            guard place < limit else { return nil }
            if byte == Self.anyCharacter {
                place = Self.next(in: text, after: place)
            } else {
                guard byte == read(text[place]) else { return nil }
                place += 1
            }
        }
        return place <= limit ? place : nil
    }

    /// Where the last piece begins so that it ends the text, at or after a place.
    private func startOfLast(_ piece: Piece, in text: UnsafeBufferPointer<UInt8>, from start: Int) -> Int? {
        var place = text.count
        for byte in piece.bytes.reversed() {
            guard place > start else { return nil }
            place -= 1
            if byte == Self.anyCharacter {
                while place > start, text[place] & 0xc0 == 0x80 { place -= 1 }
            } else if byte != read(text[place]) {
                return nil
            }
        }
        return place
    }

    /// Where the first occurrence of a piece ends.
    private func find(_ piece: Piece, in text: UnsafeBufferPointer<UInt8>, from start: Int, limit: Int) -> Int? {
        if piece.wildcardCount == 0 { return findPlain(piece, in: text, from: start, limit: limit) }
        var place = start
        while place < limit {
            if let end = end(of: piece, in: text, at: place, limit: limit) { return end }
            place = Self.next(in: text, after: place)
        }
        return nil
    }

    /// Knuth, Morris and Pratt's search, "Fast pattern matching in strings", SIAM Journal on Computing 6 (1977).
    private func findPlain(_ piece: Piece, in text: UnsafeBufferPointer<UInt8>, from start: Int, limit: Int) -> Int? {
        var length = 0
        for place in start..<limit {
            let byte = read(text[place])
            while length > 0, piece.bytes[length] != byte { length = piece.borders[length - 1] }
            if piece.bytes[length] == byte { length += 1 }
            if length == piece.bytes.count { return place + 1 }
        }
        return nil
    }

    private func read(_ byte: UInt8) -> UInt8 { foldsCase ? Self.folded(byte) : byte }

    private static func next(in text: UnsafeBufferPointer<UInt8>, after place: Int) -> Int {
        var next = place + 1
        while next < text.count, text[next] & 0xc0 == 0x80 { next += 1 }
        return next
    }
}
