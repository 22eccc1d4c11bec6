import Foundation

/// Which variables of this process' environment a child that runs what others wrote sees: not this program's own, and none whose name
/// says that it is a secret, unless it is named.
package enum InheritedVariables {
    /// Variables whose names begin so are this program's own; nobody gets them.
    private static let ownPrefix = "MARTLET_"
    /// What one of the words of a secret's name, between underscores, ends with.
    private static let secretEndings = [
        "SECRET", "SECRETS", "TOKEN", "PASSWORD", "PASSWD", "PASSPHRASE", "PASSFILE", "CREDENTIAL", "CREDENTIALS", "KEY", "KEYS",
    ]

    /// - Parameter named: secrets that it sees nevertheless.
    package static func passed(_ named: Set<String>, of environment: [String: String] = ProcessInfo.processInfo.environment) -> [String:
        String]
    {
        environment.filter { name, _ in !name.hasPrefix(ownPrefix) && (named.contains(name) || !isSecret(name)) }
    }

    package static func isSecret(_ name: String) -> Bool {
        name.uppercased().split(separator: "_").contains { word in secretEndings.contains { word.hasSuffix($0) } }
    }
}
