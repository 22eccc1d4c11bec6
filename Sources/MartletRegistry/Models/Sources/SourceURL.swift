/// A source of a version, taken apart as Python's `urlsplit` does.
struct SourceURL {
    /// In lower case; empty where there is none.
    let scheme: String
    /// What stands between `//` and the path; `nil` where there is no `//`.
    let authority: Substring
    /// As it was written, without query and fragment.
    let path: String

    init(_ text: String, hasFragments: Bool = true) {
        let scalars = text.unicodeScalars.drop { $0.value <= 0x20 }.filter { !["\t", "\r", "\n"].contains($0) }
        let clean = String(String.UnicodeScalarView(scalars))
        scheme = ArtifactLocation.scheme(of: clean)
        var rest = scheme.isEmpty ? clean[...] : clean.dropFirst(scheme.utf8.count + 1)
        if rest.hasPrefix("//") {
            authority = rest.dropFirst(2).prefix { !["/", "?", "#"].contains($0) }
            rest = rest[authority.endIndex...]
        } else {
            authority = ""
        }
        if hasFragments { rest = rest.prefix { $0 != "#" } }
        path = String(rest.prefix { $0 != "?" })
    }

    /// The host without user and port, in lower case; empty where there is none.
    private var host: String {
        let place = authority.lastIndex(of: "@").map { authority[authority.index(after: $0)...] } ?? authority
        guard let bracket = place.firstIndex(of: "[") else { return place.prefix { $0 != ":" }.lowercased() }
        return place[place.index(after: bracket)...].prefix { $0 != "]" }.lowercased()
    }

    /// Whether a file would be on another machine.
    var isRemote: Bool { !host.isEmpty && host != "." && !host.hasPrefix("localhost") && !host.hasPrefix("127.0.0.1") }

    /// The parts of the path without their escapes, however often they are escaped.
    private var parts: [[UInt8]] {
        path.utf8.split(separator: UInt8(ascii: "/")).map { Array(Self.unescaped(String(decoding: $0, as: UTF8.self)).utf8) }
    }

    private static func unescaped(_ text: String) -> String {
        var text = text
        while true {
            let plain = PercentEscapes.removed(from: text)
            if plain.utf8.elementsEqual(text.utf8) { return text }
            text = plain
        }
    }

    /// Whether this is a place within another.
    func isWithin(_ root: SourceURL) -> Bool {
        scheme == root.scheme && authority.lowercased() == root.authority.lowercased() && !root.parts.isEmpty
            && parts.starts(with: root.parts)
    }

    /// Whether it is served by a tracking server as one of its artifacts.
    var isProxiedArtifact: Bool {
        if scheme == "mlflow-artifacts" { return true }
        guard scheme == "http" || scheme == "https" else { return false }
        let (parts, route) = (parts, ["api", "2.0", "mlflow-artifacts", "artifacts"].map { Array($0.utf8) })
        return parts.indices.contains { parts[$0...].starts(with: route) }
    }

    /// Whether a source that is no file has a whole path, which leads nowhere else.
    static func isAbsolute(_ source: String) -> Bool {
        var text = source
        while true {
            let plain = PercentEscapes.removed(from: String(String.UnicodeScalarView(text.unicodeScalars.map { $0 == "+" ? " " : $0 })))
            if plain.utf8.elementsEqual(text.utf8) { break }
            text = plain
        }
        let path = SourceURL(text).path
        let parts = path.utf8.split(separator: UInt8(ascii: "/")).map { String(decoding: $0, as: UTF8.self) }
        guard path.hasPrefix("/"), !parts.isEmpty, !path.utf8.contains(0) else { return false }
        return !parts.contains { $0 == "." || $0 == ".." } && !text.split(separator: "/").contains("..")
    }
}
