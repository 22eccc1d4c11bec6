import Foundation
import MartletCore

/// The pieces that words are made of, each with its number: the lines of a `vocab.txt`.
struct WordPieceVocabulary: Sendable {
    /// The most bytes that a vocabulary may have.
    static let sizeBytesMax = 64 << 20

    private static let root: UInt32 = 0
    /// Where a byte leads from a node of the tree of all pieces; a key is the node times 256 plus the byte.
    private var edges: [UInt64: UInt32] = [:]
    /// The piece that ends at a node; -1 where none does.
    private var ends: [Int32] = [-1]
    /// The node from which pieces go on that do not begin a word: that of `##`.
    private var continuation: UInt32?

    /// How many pieces there are.
    let count: Int

    /// Reads the lines; the first has number 0, and the last of two equal ones counts.
    init(_ text: [UInt8]) {
        var lines = text.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        if lines.last?.isEmpty == true { lines.removeLast() }
        count = lines.count
        edges.reserveCapacity(text.count)
        for (number, line) in lines.enumerated() {
            add(line.last == UInt8(ascii: "\r") ? line.dropLast() : line, number: Int32(clamping: number))
        }
        continuation = node(of: "##")
    }

    /// Reads a file. - Throws: `notFound` without it; `invalidInput` beyond 64 MiB.
    init(path: String) throws {
        guard let size = try? FileManager.default.attributesOfItem(atPath: path)[.size] as? Int else {  // told below
            throw MartletError(.notFound, "vocabulary '\(path)' is not there; expected a vocab.txt with one piece a line")
        }
        guard size <= Self.sizeBytesMax else {
            throw MartletError(.invalidInput, "vocabulary '\(path)' has \(size) bytes, at most \(Self.sizeBytesMax) are read")
        }
        self.init([UInt8](try Data(contentsOf: URL(filePath: path))))
    }

    /// The number of a piece.
    func number(of piece: String) -> Int32? {
        guard let node = node(of: piece), ends[Int(node)] >= 0 else { return nil }
        return ends[Int(node)]
    }

    /// Appends the pieces of a word, always the longest that fits, or what stands for the unknown where none does.
    func appendPieces(of word: [UInt8], unknown: Int32, to numbers: inout [Int32]) {
        let before = numbers.count
        var start = 0
        while start < word.count {
            guard let (number, end) = longestPiece(of: word, from: start) else {
                numbers.removeSubrange(before...)
                numbers.append(unknown)
                return
            }
            numbers.append(number)
            start = end
        }
    }

    private func longestPiece(of word: [UInt8], from start: Int) -> (number: Int32, end: Int)? {
        guard var node = start == 0 ? Self.root : continuation else { return nil }
        var longest: (number: Int32, end: Int)?
        for position in start..<word.count {
            guard let next = edges[Self.key(node, word[position])] else { break }
            node = next
            if ends[Int(node)] >= 0 { longest = (ends[Int(node)], position + 1) }
        }
        return longest
    }

    private mutating func add(_ piece: some Sequence<UInt8>, number: Int32) {
        var node = Self.root
        for byte in piece {
            let key = Self.key(node, byte)
            if let next = edges[key] {
                node = next
            } else {
                node = UInt32(ends.count)
                edges[key] = node
                ends.append(-1)
            }
        }
        if node != Self.root { ends[Int(node)] = number }
    }

    private func node(of piece: String) -> UInt32? {
        var node = Self.root
        for byte in piece.utf8 {
            guard let next = edges[Self.key(node, byte)] else { return nil }
            node = next
        }
        return node
    }

    private static func key(_ node: UInt32, _ byte: UInt8) -> UInt64 { UInt64(node) << 8 | UInt64(byte) }
}
