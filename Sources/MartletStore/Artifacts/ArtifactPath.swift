import MartletCore

/// Where an artifact or a folder of them is: names between slashes, none of which leads out of the repository.
///
/// What clients send goes through here before anything else sees it; the rules and their order are MLflow's.
package struct ArtifactPath: Sendable, CustomStringConvertible {
    /// Why a text is no path.
    package enum Refusal: Error, Equatable {
        /// It would lead out of the repository, or cannot be told to stay within.
        case unsafe
        /// The folder of what is to be written resolves to another one.
        case notNormal(folder: String, resolved: String)
        /// The name is reserved for files under way.
        case reserved(name: String)
        case tooLong
    }

    /// The longest name between slashes, in bytes.
    package static let nameSizeMaxBytes = 255
    /// The longest path, in bytes.
    package static let sizeMaxBytes = 4_096
    /// How often percent-encodings are taken off before that must have come to an end.
    static let decodingsMax = 10
    private static let reservedPrefix = ".artifact.uploading."

    /// The root, which is a folder.
    package static let root = ArtifactPath(from: [])

    /// The names from the root on; none for the root.
    package let names: [String]

    private init(from names: [String]) { self.names = names }

    /// The path of what is to be read, listed or deleted. Empty names and `.` are passed over.
    package init(reading text: String) throws(Refusal) {
        try self.init(names: Self.names(of: Self.checked(text)))
    }

    /// The path of a file that is to be written. - Throws: `unsafe` also where there is no name.
    package init(writing text: String) throws(Refusal) {
        let text = try Self.checked(text)
        let slash = text.utf8.lastIndex(of: UInt8(ascii: "/"))
        let folder = slash.map { String(text[..<$0]) } ?? ""
        let name = slash.map { String(text[text.utf8.index(after: $0)...]) } ?? text
        guard !name.isEmpty, name != "." else { throw .unsafe }
        let resolved = Self.names(of: folder).joined(separator: "/")
        guard resolved.utf8.elementsEqual(folder.utf8) else {
            throw .notNormal(folder: folder, resolved: resolved.isEmpty ? "." : resolved)
        }
        guard !name.hasPrefix(Self.reservedPrefix) else { throw .reserved(name: name) }
        try self.init(names: Self.names(of: text))
    }

    /// The path whose `text` was kept.
    init(kept text: String) { names = text.split(separator: "/").map(String.init) }

    private init(names: [Substring]) throws(Refusal) {
        let size = names.reduce(names.count - 1) { $0 + $1.utf8.count }
        guard size <= Self.sizeMaxBytes, names.allSatisfy({ $0.utf8.count <= Self.nameSizeMaxBytes }) else { throw .tooLong }
        self.names = names.map(String.init)
    }

    /// The names with slashes between; empty for the root.
    package var text: String { names.joined(separator: "/") }

    package var isRoot: Bool { names.isEmpty }

    /// The last name; empty for the root.
    package var name: String { names.last ?? "" }

    /// The folder that this is in; the root for the root.
    package var folder: ArtifactPath { ArtifactPath(from: Array(names.dropLast())) }

    package var description: String { text }

    /// Whether this is a folder, or something in it.
    package func isWithin(_ folder: ArtifactPath) -> Bool {
        folder.names.count <= names.count && zip(folder.names, names).allSatisfy { $0.utf8.elementsEqual($1.utf8) }
    }

    /// What lies below this folder.
    package func appending(_ path: ArtifactPath) -> ArtifactPath { ArtifactPath(from: names + path.names) }
}

extension ArtifactPath: Equatable {
    /// Whether the bytes are equal: to `==` of texts, letters are equal that have other code points.
    package static func == (one: ArtifactPath, other: ArtifactPath) -> Bool { one.text.utf8.elementsEqual(other.text.utf8) }
}

// MARK: - The check

extension ArtifactPath {
    private static func names(of text: String) -> [Substring] {
        text.utf8.split(separator: UInt8(ascii: "/")).map { Substring($0) }.filter { $0 != "." }
    }

    private static func checked(_ text: String) throws(Refusal) -> String {
        let plain = withoutFileScheme(try decoded(text))
        let path = escapingControlCharacters(plain)
        guard !path.utf8.contains(UInt8(ascii: "#")), !isAbsolute(path),
            !path.utf8.split(separator: UInt8(ascii: "/")).contains(where: { $0.elementsEqual("..".utf8) })
        else { throw .unsafe }
        return path
    }

    private static func decoded(_ text: String) throws(Refusal) -> String {
        var text = text
        for _ in 0..<decodingsMax {
            let plain = PercentEncoding.removed(from: text)
            if plain.utf8.elementsEqual(text.utf8) { return text }
            text = plain
        }
        throw .unsafe
    }

    /// Absolute to POSIX, or to Windows: `C:\x`, `C:/x` and `\\host\share`.
    private static func isAbsolute(_ path: String) -> Bool {
        let start = Array(path.unicodeScalars.prefix(3))
        if start.first == "/" { return true }
        if start.count >= 2, start[0] == "\\", start[1] == "\\" || start[1] == "/" { return true }
        return start.count == 3 && start[1] == ":" && (start[2] == "/" || start[2] == "\\")
    }

    /// The path of a `file:` address, which must itself be a relative one.
    private static func withoutFileScheme(_ text: String) -> String {
        guard text.utf8.prefix(5).elementsEqual("file:".utf8) || text.prefix(5).lowercased() == "file:" else { return text }
        let rest = text.dropFirst(5)
        guard rest.hasPrefix("//") else { return String(rest) }
        return String(rest.dropFirst(2).drop { $0 != "/" })
    }

    private static func escapingControlCharacters(_ text: String) -> String {
        guard text.utf8.contains(where: { $0 < 0x20 || $0 == 0x7f }) else { return text }
        return text.unicodeScalars.reduce(into: "") { result, scalar in
            guard scalar.value < 0x20 || scalar.value == 0x7f else { return result.unicodeScalars.append(scalar) }
            result += "%" + (scalar.value < 0x10 ? "0" : "") + String(scalar.value, radix: 16)
        }
    }
}

/// The escapes of URLs.
enum PercentEncoding {
    /// The text with each `%2e` replaced by what it means; what is no escape stays, and what is no UTF-8 then becomes U+FFFD.
    static func removed(from text: String) -> String {
        guard text.utf8.contains(UInt8(ascii: "%")) else { return text }
        var plain: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%"), let high = rest.first.flatMap(Hexadecimal.digit),
                let low = rest.dropFirst().first.flatMap(Hexadecimal.digit)
            else {
                plain.append(byte)
                continue
            }
            plain.append(high << 4 | low)
            rest.removeFirst(2)
        }
        return String(decoding: plain, as: UTF8.self)
    }
}
