import MartletCore

/// An element of an answer in XML: its text, or the elements in it. Attributes and what stands beside elements are passed over.
struct XMLTree: Equatable {
    /// How deep elements may lie in one another.
    static let depthMax = 16

    let name: String
    private(set) var text = ""
    private(set) var children: [XMLTree] = []

    /// The text of a child; `nil` where there is none.
    func text(_ name: String) -> String? { children.first { $0.name == name }?.text }

    /// Reads a document. - Returns: its root; `nil` where it is malformed, or deeper than `depthMax`.
    init?(_ bytes: [UInt8]) {
        var rest = bytes[...]
        var open: [XMLTree] = []
        while let markup = Self.take(upTo: UInt8(ascii: "<"), from: &rest) {
            if !open.isEmpty {
                guard let text = Self.unescaped(markup) else { return nil }
                open[open.count - 1].text += text
            }
            guard let tag = Self.take(upTo: UInt8(ascii: ">"), from: &rest), let first = tag.first else { return nil }
            if first == UInt8(ascii: "?") || first == UInt8(ascii: "!") { continue }
            let isEnd = first == UInt8(ascii: "/")
            if !isEnd {
                guard open.count < Self.depthMax else { return nil }
                open.append(XMLTree(name: Self.name(tag)))
            }
            guard isEnd || tag.last == UInt8(ascii: "/") else { continue }
            guard var done = open.popLast(), !isEnd || done.name == Self.name(tag.dropFirst()) else { return nil }
            if !done.children.isEmpty { done.text = "" }
            guard !open.isEmpty else {
                self = done
                return
            }
            open[open.count - 1].children.append(done)
        }
        return nil
    }

    private init(name: String) { self.name = name }

    /// What stands before a byte, which is taken as well; `nil`, with nothing taken, where it does not come.
    private static func take(upTo byte: UInt8, from rest: inout ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
        guard let place = rest.firstIndex(of: byte) else { return nil }
        defer { rest = rest[(place + 1)...] }
        return rest[..<place]
    }

    private static func name(_ tag: ArraySlice<UInt8>) -> String {
        let isEnd = { (byte: UInt8) in byte <= 0x20 || byte == UInt8(ascii: "/") }
        return String(decoding: tag.prefix { !isEnd($0) }, as: UTF8.self)
    }

    private static func unescaped(_ bytes: ArraySlice<UInt8>) -> String? {
        let text = String(decoding: bytes, as: UTF8.self)
        guard bytes.contains(UInt8(ascii: "&")) else { return text }
        var plain = ""
        var pieces = text.split(separator: "&", omittingEmptySubsequences: false)[...]
        plain += pieces.removeFirst()
        for piece in pieces {
            guard let end = piece.firstIndex(of: ";"), let character = character(piece[..<end]) else { return nil }
            plain.unicodeScalars.append(character)
            plain += piece[piece.index(after: end)...]
        }
        return plain
    }

    private static func character(_ name: Substring) -> Unicode.Scalar? {
        switch name {
        case "amp": return "&"
        case "lt": return "<"
        case "gt": return ">"
        case "quot": return "\""
        case "apos": return "'"
        default:
            guard name.hasPrefix("#") else { return nil }
            let isHex = name.hasPrefix("#x")
            return UInt32(name.dropFirst(isHex ? 2 : 1), radix: isHex ? 16 : 10).flatMap { Unicode.Scalar($0) }
        }
    }
}
