import MartletRegistry

/// The address of a webhook.
struct WebhookURL: Sendable, Equatable {
    /// In lower case.
    let scheme: String
    /// A name, or an IP address without brackets.
    let host: String
    let port: Int
    /// A path and a query.
    let target: String
    /// As the header `Host` has it.
    let authority: String
    /// Where it leads, for messages.
    var address: ServerAddress { ServerAddress(host: host, port: port, scheme: scheme) }

    /// Reads an address. - Throws: `TrackingFault` in MLflow's words.
    init(_ text: String, allowedSchemes: [String]) throws(TrackingFault) {
        guard text.contains(where: { !$0.isWhitespace }) else {
            throw Self.refusal("Webhook URL cannot be empty or just whitespace: \(PythonText.quoted(text))")
        }
        let (scheme, rest) = Self.scheme(of: text)
        guard allowedSchemes.contains(scheme) else {
            throw Self.refusal(
                "Invalid webhook URL scheme: \(PythonText.quoted(scheme)). Allowed schemes are: \(allowedSchemes.joined(separator: ", ")).")
        }
        guard text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f && $0 != UInt8(ascii: "\\") }) else {
            throw Self.invalid(text, "expected ASCII without spaces, with all else percent-encoded")
        }
        let authority = rest.hasPrefix("//") ? rest.dropFirst(2).prefix { !"/?#".contains($0) } : ""
        guard !authority.contains("@") else {
            throw Self.refusal("Webhook URL must not include embedded credentials.")
        }
        let (host, port) = try Self.hostAndPort(authority, text)
        guard !host.isEmpty else { throw Self.refusal("Webhook URL must include a hostname: \(PythonText.quoted(text))") }
        let path = rest.dropFirst(2 + authority.count).prefix { $0 != "#" }
        self.scheme = scheme
        self.host = host
        self.port = port ?? (scheme == "https" ? 443 : 80)
        self.authority = String(authority)
        target = path.hasPrefix("/") ? String(path) : "/\(path)"
    }

    private static func scheme(of text: String) -> (String, Substring) {
        guard let colon = text.firstIndex(of: ":"), let first = text.first, first.isASCII, first.isLetter,
            text[..<colon].allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || "+-.".contains($0)) })
        else { return ("", text[...]) }
        return (text[..<colon].lowercased(), text[text.index(after: colon)...])
    }

    private static func hostAndPort(_ authority: Substring, _ text: String) throws(TrackingFault) -> (String, Int?) {
        let (host, rest): (Substring, Substring)
        if authority.hasPrefix("[") {
            guard let end = authority.firstIndex(of: "]") else { throw invalid(text, "a bracket is not closed") }
            (host, rest) = (authority[authority.index(after: authority.startIndex)..<end], authority[authority.index(after: end)...])
            guard host.contains(":"), IPAddress(String(host)) != nil else { throw invalid(text, "expected an IPv6 address in brackets") }
        } else {
            let end = authority.firstIndex(of: ":") ?? authority.endIndex
            (host, rest) = (authority[..<end], authority[end...])
            // The system's resolver would take `127.1` and `0177.0.0.1` for addresses.
            if !host.isEmpty, host.allSatisfy({ $0.isNumber || $0 == "." }), IPAddress(String(host)) == nil {
                throw refusal("Webhook URL host \(PythonText.quoted(String(host))) is not a canonical IP address literal.")
            }
        }
        if rest.isEmpty || rest == ":" { return (host.lowercased(), nil) }
        guard rest.hasPrefix(":"), rest.dropFirst().allSatisfy(\.isNumber), let port = Int(rest.dropFirst()), (1...65_535).contains(port)
        else { throw invalid(text, "expected a port from 1 to 65535") }
        return (host.lowercased(), port)
    }

    private static func refusal(_ message: String) -> TrackingFault { TrackingFault(.invalidParameterValue, message) }

    private static func invalid(_ text: String, _ reason: String) -> TrackingFault {
        refusal("Invalid webhook URL \(PythonText.quoted(text)): \(reason)")
    }
}
