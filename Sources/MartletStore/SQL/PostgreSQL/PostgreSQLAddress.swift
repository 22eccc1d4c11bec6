import Foundation
import MartletCore

/// Where a PostgreSQL database is, and with which name and password it is opened: a URL as libpq reads it.
///
/// Its description has neither; the URL itself is for libpq alone.
struct PostgreSQLAddress: Sendable, CustomStringConvertible {
    private static let schemes = ["postgresql://", "postgres://"]
    private static let expected = """
        the URL of the database is no 'postgresql://user:password@host:port/database?sslmode=require', in which other characters than \
        letters, digits, '-', '.', '_' and '~' of user and password are percent-encoded
        """

    /// With the password.
    let url: String
    let description: String
    private let secrets: [String]

    /// - Throws: `invalidInput`, without a part of the URL. libpq would repeat what it does not understand, also of a password.
    init(parsing url: String) throws {
        guard let scheme = Self.schemes.first(where: url.hasPrefix), url.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7f }),
            Self.isPercentEncoded(url)
        else { throw MartletError(.invalidInput, Self.expected) }
        let main = url.dropFirst(scheme.count).prefix { $0 != "?" }
        let query = url.dropFirst(scheme.count + main.count).dropFirst()
        let parts = main.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        let sides = parts[0].split(separator: "@", omittingEmptySubsequences: false)
        guard sides.count <= 2, !query.contains("@"), !query.contains("?"), parts.count < 2 || !parts[1].contains(where: "/@:".contains)
        else { throw MartletError(.invalidInput, Self.expected) }
        let host = sides[sides.count - 1]
        guard Self.hasNumberedPorts(host) else { throw MartletError(.invalidInput, Self.expected) }
        self.url = url
        description = "postgresql://\(host)/\(parts.count > 1 ? String(parts[1]) : "")"
        secrets = Self.secrets(sides.count > 1 ? sides[0] : "", query)
    }

    /// A text without the password, should it be in there.
    func withoutSecrets(_ text: String) -> String { secrets.reduce(text) { $0.replacingOccurrences(of: $1, with: "***") } }

    private static func isPercentEncoded(_ url: String) -> Bool {
        url.split(separator: "%", omittingEmptySubsequences: false).dropFirst().allSatisfy { part in
            let digits = part.prefix(2)
            return digits.utf8.count == 2 && digits.allSatisfy(\.isHexDigit) && digits != "00"
        }
    }

    /// Of several hosts, and of addresses in brackets.
    private static func hasNumberedPorts(_ hosts: Substring) -> Bool {
        hosts.split(separator: ",", omittingEmptySubsequences: false).allSatisfy { host in
            let name = host.hasPrefix("[") ? host.drop { $0 != "]" }.dropFirst() : host.drop { $0 != ":" }
            return name.isEmpty || (name.hasPrefix(":") && name.dropFirst().utf8.allSatisfy { (0x30...0x39).contains($0) })
        }
    }

    private static func secrets(_ user: Substring, _ query: Substring) -> [String] {
        let password = user.firstIndex(of: ":").map { user[user.index(after: $0)...] }
        let named = query.split(separator: "&").filter { $0.contains("password=") }.map { $0.drop { $0 != "=" }.dropFirst() }
        return ([password].compactMap { $0 } + named).flatMap { [String($0), $0.removingPercentEncoding ?? ""] }.filter { !$0.isEmpty }
    }
}
