import ArgumentParser
import MartletCore
import MartletRegistry

/// Says who is let in.
struct Users: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Say who is let in, and what they may do.",
        discussion: """
            Without users everybody who reaches the server may do everything. The first user, who has to be an administrator, closes \
            it: MLflow's clients then need MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or MLFLOW_TRACKING_TOKEN. A running \
            server follows within a second.

            ROLES
              none    not even see that it is there
              read    see
              write   log, register, tag, delete what can be restored
              admin   delete for good

            EXAMPLES
              martlet users add ann --administrator
              martlet users add ci --role write --no-password
              martlet users grant ci write --model price
              martlet users list
              martlet users events
            """,
        subcommands: [List.self, Add.self, Change.self, Password.self, Remove.self, Grant.self, Revoke.self, Events.self]
    )

    /// What a role is granted on.
    struct SubjectOptions: ParsableArguments {
        @Option(help: ArgumentHelp("An experiment, by its id.", valueName: "id"))
        var experiment: Int64?

        @Option(help: ArgumentHelp("A registered model.", valueName: "name"))
        var model: String?

        func validate() throws {
            guard (experiment == nil) != (model == nil) else { throw ValidationError("expected either --experiment or --model") }
        }

        var subject: AccessSubject { experiment.map { .experiment($0) } ?? .model(model ?? "") }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Show all users.")

        @OptionGroup var options: HomeOptions

        func run() async throws {
            try await options.withAccess { access in
                let users = try await access.users()
                guard !options.json else {
                    return Output.result(JSONValue.object(["users": .array(users.map(\.json))]).prettyText)
                }
                guard !users.isEmpty else {
                    return Output.result("there are no users: everybody who reaches the server may do everything")
                }
                var table = TextTable("user", "role", "since")
                for user in users { table.add(user.name, user.isAdministrator ? "administrator" : "\(user.role)", "\(user.createdAt)") }
                Output.result(table.text)
            }
        }
    }

    struct Add: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Add a user; the password comes from the terminal or standard input.")

        @OptionGroup var options: HomeOptions

        @Argument(help: "The user's name.")
        var user: String

        @Option(help: "What they may do where nothing else is granted.")
        var role = RoleWord(.read)

        @Flag(help: "They may do everything.")
        var administrator = false

        @Flag(inversion: .prefixedNo, help: "Whether they have a password, or tokens alone.")
        var password = true

        func run() async throws {
            try await options.withAccess(makesHome: true) { access in
                if try await !access.hasUsers(), !administrator {
                    throw MartletError(.invalidInput, "the first user has to be an administrator; add --administrator")
                }
                let secret = password ? try PasswordPrompt.read(for: user) : nil
                let added = try await access.addUser(
                    user, password: secret, role: role.role, isAdministrator: administrator, by: options.actor)
                Output.result(
                    options.json ? added.json.prettyText : "added \(user), \(administrator ? "an administrator" : "role \(role.role)")")
            }
        }
    }

    struct Change: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Change what a user may do where nothing else is granted.")

        @OptionGroup var options: HomeOptions

        @Argument(help: "The user's name.")
        var user: String

        @Option(help: "What they may do where nothing else is granted.")
        var role = RoleWord(.read)

        @Flag(help: "They may do everything.")
        var administrator = false

        func run() async throws {
            try await options.withAccess {
                try await $0.setRole(role.role, isAdministrator: administrator, of: user, by: options.actor)
            }
        }
    }

    struct Password: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Give a user another password; it comes from the terminal or standard input.")

        @OptionGroup var options: HomeOptions

        @Argument(help: "The user's name.")
        var user: String

        func run() async throws {
            try await options.withAccess { try await $0.setPassword(PasswordPrompt.read(for: user), of: user, by: options.actor) }
        }
    }

    struct Remove: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Remove a user with their tokens and grants.")

        @OptionGroup var options: HomeOptions

        @Argument(help: "The user's name.")
        var user: String

        func run() async throws {
            try await options.withAccess { try await $0.removeUser(user, by: options.actor) }
        }
    }

    struct Grant: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Say what a user may do with one experiment or model.")

        @OptionGroup var options: HomeOptions

        @Argument(help: "The user's name.")
        var user: String

        @Argument(help: "What they may do.")
        var role: RoleWord

        @OptionGroup var subject: SubjectOptions

        func run() async throws {
            try await options.withAccess { try await $0.grant(role.role, to: user, on: subject.subject, by: options.actor) }
        }
    }

    struct Revoke: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Take back what was granted; the user's own role counts again.")

        @OptionGroup var options: HomeOptions

        @Argument(help: "The user's name.")
        var user: String

        @OptionGroup var subject: SubjectOptions

        func run() async throws {
            try await options.withAccess { try await $0.revoke(from: user, on: subject.subject, by: options.actor) }
        }
    }

    struct Events: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show who was refused, signed in, deleted something or changed what others may do.")

        @OptionGroup var options: HomeOptions

        @Option(help: "At most as many, the newest first.")
        var limit = 100

        func validate() throws {
            guard (1...100_000).contains(limit) else { throw ValidationError("--limit: expected 1 to 100000, found \(limit)") }
        }

        func run() async throws {
            try await options.withAccess { access in
                let events = try await access.events(limit: limit)
                guard !options.json else {
                    return Output.result(JSONValue.object(["events": .array(events.map(\.json))]).prettyText)
                }
                var table = TextTable("at", "who", "from", "what", "whom")
                for event in events { table.add("\(event.at)", event.user, event.address, event.action, event.subject) }
                Output.result(table.text)
            }
        }
    }
}

extension User {
    fileprivate var json: JSONValue {
        [
            "name": .string(name), "administrator": .boolean(isAdministrator), "role": .string(role.description),
            "created": .string(createdAt.description),
        ]
    }
}

extension AccessEvent {
    fileprivate var json: JSONValue {
        [
            "at": .string(at.description), "user": .string(user), "address": .string(address), "action": .string(action),
            "subject": .string(subject),
        ]
    }
}
