import MartletCore

/// Where the artifacts of an experiment are: what MLflow takes, and where those of a run lie within.
struct ArtifactLocation {
    /// The longest, in code points.
    static let lengthMax = 2048
    /// Schemes behind which there is a host that the server would talk to.
    static let hostSchemes: Set = ["ftp", "sftp", "hdfs", "viewfs", "http", "https", "r2", "b2", "abfss"]
    /// Schemes of which Python's `urlparse` cuts off parameters behind a semicolon.
    private static let parameterSchemes: Set = [
        "", "ftp", "hdl", "prospero", "http", "https", "imap", "mms", "rtsp", "rtsps", "rtspu", "sftp", "shttp", "sip", "sips",
    ]

    /// Schemes behind which Python's `urlunparse` writes `//` though there is no host.
    private static let authoritySchemes: Set = [
        "file", "ftp", "git", "git+ssh", "gopher", "http", "https", "imap", "itms-services", "mms", "nfs", "nntp", "prospero", "rsync",
        "rtsp", "rtsps", "rtspu", "sftp", "shttp", "snews", "svn", "svn+ssh", "telnet", "wais", "ws", "wss",
    ]

    let text: String
    private let scheme: String
    private let host: Substring
    private let path: Substring
    private let hasFragment: Bool
    private let hasParameters: Bool
    private let query: Substring

    /// Takes a location apart as Python's `urlparse` does.
    init(_ text: String) {
        self.text = text
        scheme = Self.scheme(of: text)
        var rest = scheme.isEmpty ? text[...] : text.dropFirst(scheme.utf8.count + 1)
        let fragment = rest.firstIndex(of: "#")
        hasFragment = fragment.map { rest.index(after: $0) != rest.endIndex } ?? false
        if let fragment { rest = rest[..<fragment] }
        let mark = rest.firstIndex(of: "?")
        query = mark.map { rest[rest.index(after: $0)...] } ?? ""
        if let mark { rest = rest[..<mark] }
        if rest.hasPrefix("//") {
            let authority = rest.dropFirst(2)
            host = authority.prefix { $0 != "/" }
            rest = authority.dropFirst(host.count)
        } else {
            host = ""
        }
        path = rest
        let last = rest.split(separator: "/", omittingEmptySubsequences: false).last ?? ""
        let parameters = last.firstIndex(of: ";").map { last[last.index(after: $0)...] } ?? ""
        hasParameters = Self.parameterSchemes.contains(scheme) && !parameters.isEmpty
    }

    /// The scheme in lower case; empty where there is none.
    static func scheme(of text: String) -> String {
        guard let colon = text.firstIndex(of: ":"), let first = text.unicodeScalars.first, first.isASCII, first.properties.isAlphabetic,
            text[..<colon].unicodeScalars.allSatisfy({
                $0.isASCII && (KeyRule.isWordCharacter($0) && $0 != "_" || "+-.".unicodeScalars.contains($0))
            })
        else { return "" }
        return text[..<colon].lowercased()
    }

    /// The location as an experiment keeps it. - Parameter folder: what a relative path is relative to.
    /// - Parameter allowedSchemes: of `hostSchemes`, those that may be used.
    func checked(relativeTo folder: String, allowedSchemes: Set<String>) throws(TrackingFault) -> String {
        if hasFragment || hasParameters { throw Self.refusal("'artifact_location' URL can't include fragments or params.") }
        if Self.hasParentReference(query) { throw Self.refusal("Invalid query string") }
        try checkHost(as: "artifact_location", allowedSchemes: allowedSchemes)
        if scheme == "file", !host.isEmpty, host != "localhost" {
            throw Self.refusal(
                "\(text) is not a valid remote uri. For remote access on windows, please consider using a different scheme such as SMB "
                    + "(e.g. smb://<hostname>/<path>).")
        }
        if text.hasPrefix("runs:/") { throw Self.refusal("Artifact location cannot be a runs:/ URI. Given: '\(text)'") }
        let resolved = resolved(relativeTo: folder)
        guard !KeyRule.isLonger(resolved, than: Self.lengthMax) else {
            throw Self.refusal(
                "Invalid artifact path length. The length of the artifact path cannot be greater than \(Self.lengthMax) characters. To "
                    + "configure this limit, please set the MLFLOW_ARTIFACT_LOCATION_MAX_LENGTH environment variable.")
        }
        return resolved
    }

    private func resolved(relativeTo folder: String) -> String {
        guard !folder.isEmpty, scheme.isEmpty || scheme == "file", !path.hasPrefix("/"), !text.hasPrefix("/") else { return text }
        let steps = (scheme.isEmpty ? text[...] : path).split(separator: "/").filter { $0 != "." }
        let whole = steps.isEmpty ? folder : Self.joined(folder, steps.joined(separator: "/"))
        return scheme.isEmpty ? whole : "file://" + whole + (query.isEmpty ? "" : "?\(query)")
    }

    /// Refuses a location behind a host that the server would talk to. - Parameter field: what it was sent as.
    func checkHost(as field: String, allowedSchemes: Set<String>) throws(TrackingFault) {
        let isForeign = Self.hostSchemes.contains(scheme) || (scheme == "mlflow-artifacts" && !host.isEmpty)
        guard isForeign, !allowedSchemes.contains(scheme) else { return }
        throw Self.refusal(
            "'\(field)' cannot use the '\(scheme)' scheme: the '\(scheme)' scheme addresses a host other than the tracking "
                + "server's configured artifact storage, so the server would connect to the host named in the URI. Set the "
                + "MLFLOW_ALLOWED_HOST_ADDRESSED_ARTIFACT_SCHEMES environment variable on the server to allow it.")
    }

    /// Where the artifacts of a run lie.
    func artifacts(ofRun run: String) -> String { appending("\(run)/artifacts") }

    /// Where the artifacts of a logged model lie.
    func artifacts(ofModel model: String) -> String { appending("models/\(model)/artifacts") }

    /// A path within, written as Python's `urlunparse` does it; a query stays at the end.
    private func appending(_ inner: String) -> String {
        guard !scheme.isEmpty else { return Self.joined(text, inner) }
        let whole = Self.joined(String(path), inner)
        let start =
            if !host.isEmpty {
                whole.hasPrefix("/") ? "//\(host)" : "//\(host)/"
            } else if path.hasPrefix("/"), !whole.hasPrefix("//"),
                Self.authoritySchemes.contains(scheme)
            { "//" } else { "" }
        return "\(scheme):\(start)\(whole)" + (query.isEmpty ? "" : "?\(query)")
    }

    private static func joined(_ folder: String, _ path: String) -> String {
        folder.isEmpty || folder.hasSuffix("/") ? folder + path : "\(folder)/\(path)"
    }

    /// Whether there is `..` in a query, however often it is escaped.
    private static func hasParentReference(_ query: Substring) -> Bool {
        var text = String(query)
        while true {
            if text.contains("..") { return true }
            let plain = PercentEscapes.removed(from: text)
            if plain == text { return false }
            text = plain
        }
    }

    private static func refusal(_ message: String) -> TrackingFault { TrackingFault(.invalidParameterValue, message) }
}

/// The escapes of URLs.
enum PercentEscapes {
    /// The text with each `%2e` replaced by what it means; what is no escape stays.
    static func removed(from text: String) -> String {
        guard text.utf8.contains(UInt8(ascii: "%")) else { return text }
        let bytes = Array(text.utf8)
        var plain: [UInt8] = []
        var place = 0
        while place < bytes.count {
            if bytes[place] == UInt8(ascii: "%"), place + 2 < bytes.count, let byte = UInt8(hexadecimal: bytes[place + 1], bytes[place + 2])
            {
                plain.append(byte)
                place += 3
            } else {
                plain.append(bytes[place])
                place += 1
            }
        }
        return String(decoding: plain, as: UTF8.self)
    }
}

extension UInt8 {
    fileprivate init?(hexadecimal high: UInt8, _ low: UInt8) {
        guard let high = Hexadecimal.digit(high), let low = Hexadecimal.digit(low) else { return nil }
        self = high << 4 | low
    }
}
