import ArgumentParser
import MartletCore
import MartletRegistry

/// Says which tokens let in whom.
struct Tokens: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Make and remove tokens, which let programs in.",
        discussion: """
            A token may all that its user may. Its secret is printed once: put it into MLFLOW_TRACKING_TOKEN.

            EXAMPLES
              martlet tokens add ci --label 'nightly training' --days 90
              martlet tokens list
              martlet tokens remove 3
            """,
        subcommands: [List.self, Add.self, Remove.self]
    )

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Show all tokens, without their secrets.")

        @OptionGroup var options: HomeOptions

        @Argument(help: "Only those of a user.")
        var user: String?

        func run() async throws {
            try await options.withAccess { access in
                let tokens = try await access.tokens(of: user)
                guard !options.json else {
                    return Output.result(JSONValue.object(["tokens": .array(tokens.map { $0.json() })]).prettyText)
                }
                var table = TextTable(">token", "user", "label", "since", "until")
                for token in tokens {
                    table.add("\(token.id)", token.user, token.label, "\(token.createdAt)", token.expiresAt.map { "\($0)" } ?? "")
                }
                Output.result(table.text)
            }
        }
    }

    struct Add: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Make a token, and print its secret.")

        @OptionGroup var options: HomeOptions

        @Argument(help: "The user's name.")
        var user: String

        @Option(help: "What it is for.")
        var label = ""

        @Option(help: "After how many days it expires; never where this is not said.")
        var days: Int?

        func validate() throws {
            guard (1...36_500).contains(days ?? 1) else { throw ValidationError("--days: expected 1 to 36500, found \(days ?? 0)") }
        }

        func run() async throws {
            try await options.withAccess { access in
                let (token, secret) = try await access.addToken(
                    of: user, label: label, expiresAt: days.map { .now + .seconds($0 * 86_400) }, by: options.actor)
                Output.result(options.json ? token.json(secret: secret).prettyText : secret)
            }
        }
    }

    struct Remove: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Remove a token, which lets nobody in from then on.")

        @OptionGroup var options: HomeOptions

        @Argument(help: "The token's number.")
        var token: Int64

        func run() async throws {
            try await options.withAccess { try await $0.removeToken(token, by: options.actor) }
        }
    }
}

extension AccessToken {
    fileprivate func json(secret: String? = nil) -> JSONValue {
        var members: [String: JSONValue] = [
            "token": .integer(id), "user": .string(user), "label": .string(label), "created": .string(createdAt.description),
            "expires": expiresAt.map { .string($0.description) } ?? .null,
        ]
        if let secret { members["secret"] = .string(secret) }
        return .object(members)
    }
}
