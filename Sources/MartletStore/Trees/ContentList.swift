import Foundation
import Glibc
import MartletCore

/// Of which blobs content is made that is not a blob itself: the text of `chunks/ab/abcdef…`, named by the content's digest.
///
///     martlet content 1 file 73400320
///     chunk 4f… 1048901           the file, or the folder's manifest, is these one after another; none where it is a blob itself
///     pack 9a… 402113             the folder's small files are in these
///     end 1a2b3c4d                CRC-32C of all before
struct ContentList: Sendable, Equatable {
    struct Part: Sendable, Equatable {
        let digest: Digest
        let sizeBytes: Int
    }

    let kind: KeptContent.Kind
    /// Of the file, or of all files of the folder.
    let sizeBytes: Int
    var chunks: [Part] = []
    var packs: [Part] = []

    /// All blobs that are named here.
    var parts: [Part] { chunks + packs }
}

extension ContentList {
    private static let magic = "martlet content 1"

    var text: String {
        var text = "\(Self.magic) \(kind.rawValue) \(sizeBytes)\n"
        for part in chunks { text += "chunk \(part.digest.hex) \(part.sizeBytes)\n" }
        for part in packs { text += "pack \(part.digest.hex) \(part.sizeBytes)\n" }
        return text + "end \(String(CRC32C.checksum(Array(text.utf8)), radix: 16))\n"
    }

    /// Reads a text; `nil` where it is damaged.
    init?(_ text: some StringProtocol) {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        guard lines.count >= 3, lines.last?.isEmpty == true, let first = lines.first else { return nil }
        let words = first.split(separator: " ")
        guard words.count == 5, words[0...2].joined(separator: " ") == Self.magic, let kind = KeptContent.Kind(rawValue: String(words[3])),
            let size = Int(words[4])
        else { return nil }
        self.init(kind: kind, sizeBytes: size)
        for line in lines.dropFirst().dropLast(2) {
            let words = line.split(separator: " ")
            guard words.count == 3, let digest = Digest(String(words[1])), let size = Int(words[2]), size >= 0 else { return nil }
            let part = Part(digest: digest, sizeBytes: size)
            switch words[0] {
            case "chunk": chunks.append(part)
            case "pack": packs.append(part)
            default: return nil
            }
        }
        // The last line is the checksum of the others, so that writing again what was read must give the same.
        guard self.text == String(text) else { return nil }
    }
}

/// The lists of a home.
struct ContentLists: Sendable {
    let path: String

    init(home: Home) { path = "\(home.path)/chunks" }

    func path(of digest: Digest) -> String { "\(path)/\(digest.hex.prefix(2))/\(digest.hex)" }

    /// The list of some content; `nil` where it has none.
    /// - Throws: `corrupt`, `storage`.
    func list(of digest: Digest) throws -> ContentList? {
        let file: OpenFile
        do {
            file = try OpenFile(path(of: digest), O_RDONLY)
        } catch let error as MartletError where error.code == .notFound {
            return nil
        }
        let bytes = try file.read(at: 0, countMax: file.sizeBytes())
        guard let list = ContentList(String(decoding: bytes, as: UTF8.self)) else {
            throw MartletError(.corrupt, "'\(file.path)' is no list of chunks; remove it, and run the step that makes the content again")
        }
        return list
    }

    /// The content that has a list, in order.
    func digests() throws -> [Digest] {
        guard Directory.kind(of: path) != nil else { return [] }
        return try Directory.names(in: path).flatMap { try Directory.names(in: "\(path)/\($0)").compactMap { Digest($0) } }
    }
}
