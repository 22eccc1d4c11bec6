/// What a client calls a server: the header `Host`, or the end of an `Origin`.
struct HostField: Sendable, Equatable {
    /// All of it, in lower case.
    let text: String
    /// A name, or an address, which has brackets where it is of version 6; in lower case.
    let host: String

    /// Takes a field apart; `nil` where it is not a host and perhaps a port.
    init?(_ field: String) {
        guard !field.isEmpty, !field.contains(where: { $0 == "/" || $0 == "@" }) else { return nil }
        text = field.lowercased()
        let end = text.hasPrefix("[") ? text.firstIndex(of: "]").map(text.index(after:)) : text.firstIndex(of: ":")
        host = String(text[..<(end ?? text.endIndex)])
        let port = text[host.endIndex...]
        guard !host.isEmpty, port.isEmpty || (port.first == ":" && port.dropFirst().allSatisfy { $0.isASCII && $0.isNumber }) else {
            return nil
        }
    }

    /// The host as an address; `nil` where it is a name.
    var address: IPAddress? { IPAddress(host.hasPrefix("[") ? String(host.dropFirst().dropLast()) : host) }
}
