import NIOCore

#if canImport(Glibc)
import Glibc
#endif

/// An IP address as bytes in network order: 4 of version 4, or 16 of version 6.
struct IPAddress: Hashable, Sendable, CustomStringConvertible {
    let bytes: [UInt8]

    /// Reads an address in its usual form; `nil` for anything else, `127.1` and `0177.0.0.1` among it.
    init?(_ text: String) {
        var bytes = [UInt8](repeating: 0, count: 16)
        if inet_pton(AF_INET, text, &bytes) == 1 {
            self.bytes = Array(bytes.prefix(4))
        } else if inet_pton(AF_INET6, text, &bytes) == 1 {
            self.bytes = bytes
        } else {
            return nil
        }
    }

    /// `nil` for what is no IP address, such as the path of a socket.
    init?(_ address: SocketAddress) {
        guard let text = address.ipAddress else { return nil }
        self.init(text)
    }

    var description: String {
        guard bytes.count == 4 else {
            let groups = stride(from: 0, to: 16, by: 2).map { String(UInt16(bytes[$0]) << 8 | UInt16(bytes[$0 + 1]), radix: 16) }
            return groups.joined(separator: ":")
        }
        return bytes.map(String.init).joined(separator: ".")
    }

    /// Whether the address belongs to somebody in the open internet, and not to this machine, this network, a group or nobody.
    ///
    /// After the registries of special-purpose addresses of IANA (RFC 6890). An address that wraps one of version 4 is what that is.
    var isPublic: Bool {
        if bytes.count == 4 { return Self.isPublic(UInt32(bytes[...])) }
        if let wrapped { return Self.isPublic(wrapped) }
        // Only 2000::/3 was ever given out; 2001::/23 is for protocols, the others are for documentation.
        let isGivenOut = bytes[0] & 0xe0 == 0x20
        let isProtocol = bytes[0] == 0x20 && bytes[1] == 0x01 && bytes[2] < 0x02
        let isExample = bytes.starts(with: [0x20, 0x01, 0x0d, 0xb8]) || (bytes[0] == 0x3f && bytes[1] == 0xff && bytes[2] < 0x10)
        return isGivenOut && !isProtocol && !isExample
    }

    /// The address of version 4 in `::ffff:0:0/96`, `64:ff9b::/96` (RFC 6052) and `2002::/16` (RFC 3056).
    private var wrapped: UInt32? {
        let isMapped = bytes[..<10].allSatisfy { $0 == 0 } && bytes[10] == 0xff && bytes[11] == 0xff
        let isTranslated = bytes.starts(with: [0x00, 0x64, 0xff, 0x9b]) && bytes[4..<12].allSatisfy { $0 == 0 }
        if isMapped || isTranslated { return UInt32(bytes[12...]) }
        return bytes[0] == 0x20 && bytes[1] == 0x02 ? UInt32(bytes[2..<6]) : nil
    }

    private static func isPublic(_ address: UInt32) -> Bool {
        !specialBlocks.contains { address >> (32 - $0.length) == $0.start >> (32 - $0.length) }
    }

    private static let specialBlocks: [(start: UInt32, length: UInt32)] = [
        (0x0000_0000, 8), (0x0a00_0000, 8), (0x6440_0000, 10), (0x7f00_0000, 8), (0xa9fe_0000, 16), (0xac10_0000, 12), (0xc000_0000, 24),
        (0xc000_0200, 24), (0xc058_6300, 24), (0xc0a8_0000, 16), (0xc612_0000, 15), (0xc633_6400, 24), (0xcb00_7100, 24),
        // Groups, what is reserved, and everybody.
        (0xe000_0000, 4), (0xf000_0000, 4),
    ]
}

extension UInt32 {
    /// Four bytes in network order.
    fileprivate init(_ bytes: ArraySlice<UInt8>) { self = bytes.prefix(4).reduce(0) { $0 << 8 | UInt32($1) } }
}
