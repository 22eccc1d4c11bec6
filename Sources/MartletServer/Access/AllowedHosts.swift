/// What clients may call a server: a web page of a name that was made to lead here (DNS rebinding) calls it something else.
///
/// This machine and private addresses are always allowed.
struct AllowedHosts: Sendable {
    private let patterns: [String]

    /// - Parameter patterns: names and addresses, with or without a port, in which `*` stands for anything.
    init(_ patterns: [String]) {
        self.patterns = patterns.map { pattern in
            // An address of version 6 is written without brackets where somebody listens on it.
            IPAddress(pattern)?.bytes.count == 16 ? "[\(pattern.lowercased())]" : pattern.lowercased()
        }
    }

    /// - Parameter field: the header `Host`.
    func allow(_ field: String?) -> Bool {
        if let field, Self.isLoopback(field) { return true }
        guard let field = field.flatMap(HostField.init) else { return patterns.contains("*") }
        if field.host == "localhost" || field.address?.isPrivate == true { return true }
        return patterns.contains { Self.matches($0, field.host) || Self.matches($0, field.text) }
    }

    /// Whether a field is what this machine mostly calls itself; every request of a decision is asked, so this looks at bytes alone.
    private static func isLoopback(_ field: String) -> Bool {
        loopbackNames.contains { name in
            guard field.utf8.starts(with: name.utf8) else { return false }
            let port = field.utf8.dropFirst(name.utf8.count)
            return port.isEmpty || (port.first == UInt8(ascii: ":") && port.dropFirst().allSatisfy { (48...57).contains($0) })
        }
    }

    private static let loopbackNames = ["127.0.0.1", "localhost"]

    /// Whether a pattern covers all of a text.
    private static func matches(_ pattern: String, _ text: String) -> Bool {
        guard pattern.contains("*") else { return pattern == text }
        var pieces = pattern.split(separator: "*", omittingEmptySubsequences: false)[...]
        guard let first = pieces.popFirst(), let last = pieces.popLast(), text.hasPrefix(first) else { return false }
        var rest = text.dropFirst(first.count)
        for piece in pieces where !piece.isEmpty {
            guard let found = rest.firstRange(of: piece) else { return false }
            rest = rest[found.upperBound...]
        }
        return rest.hasSuffix(last)
    }
}

extension IPAddress {
    /// Whether it belongs to this machine, or to a network that nobody else has a way into, as MLflow counts them.
    var isPrivate: Bool {
        switch (bytes[0], bytes[1]) {
        case (10, _), (127, _), (172, 16...31), (192, 168): bytes.count == 4
        case (0xfc...0xfd, _): bytes.count == 16
        default: bytes.dropLast().allSatisfy { $0 == 0 } && bytes.last == (bytes.count == 4 ? 0 : 1)
        }
    }
}
