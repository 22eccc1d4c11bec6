import ArgumentParser
import MartletCore
import MartletPlatform
import MartletRegistry
import MartletServer
import MartletStore

/// Says which release answered when, or what became of a registered model.
struct History: AsyncParsableCommand, ProjectCommand {
    static let configuration = CommandConfiguration(
        abstract: "Say which release answered, and when, or what became of a model.",
        discussion: """
            The pointer's moves are what was ordered; what a server really answered from is recorded by the server itself. Of a \
            registered model every version, stage and alias is told, with who changed it; --at tells the aliases at that time.

            EXAMPLES
              martlet history models:/price --home tracking
              martlet history models:/price --home tracking --at 2026-11-21T14:03:00Z
              martlet history price
              martlet history price --at 2026-11-21T14:03:00Z
            """
    )

    @OptionGroup var options: ProjectOptions

    @Argument(help: "The endpoint, or models:/NAME.")
    var endpoint: String

    @Option(help: ArgumentHelp("A time, ISO 8601 in UTC unless it says otherwise.", valueName: "time"))
    var at: String?

    private static let scheme = "models:/"

    func run() async throws {
        guard !endpoint.hasPrefix(Self.scheme) else { return try await showModel(String(endpoint.dropFirst(Self.scheme.count))) }
        let platform = try options.platform()
        _ = try platform.endpoint(endpoint)
        guard let at else { return try showMoves(platform) }
        try show(try time(at), platform)
    }

    private func time(_ text: String) throws -> Timestamp {
        guard let time = Timestamp(text) else {
            throw MartletError(.invalidInput, "--at: expected a time such as 2026-11-21T14:03:00Z, found '\(text)'")
        }
        return time
    }

    private func showModel(_ name: String) async throws {
        let home = try HomeOptions.parse((options.home.map { ["--home", $0] } ?? []) + (options.json ? ["--json"] : []))
        try await home.withDatabase { database in
            let models = try await ModelRegistry(TrackingStore(database))
            if let at { return try await showAliases(of: name, try time(at), models) }
            let events = try await models.history(of: name).elements
            guard !options.json else {
                return Output.result(JSONValue.object(["model": .string(name), "events": .array(events.map(\.json))]).prettyText)
            }
            guard !events.isEmpty else { throw MartletError(.notFound, "there never was a registered model '\(name)'") }
            var table = TextTable("at", "event", ">version", "alias", "from", "to", "who")
            for event in events {
                table.add(
                    "\(Timestamp(microseconds: event.at * 1_000))", event.kind.rawValue, event.version.map { "\($0)" } ?? "",
                    event.alias ?? "", event.from ?? "", event.to ?? "", event.note.who)
            }
            Output.result(table.text)
        }
    }

    private func showAliases(of name: String, _ time: Timestamp, _ models: ModelRegistry) async throws {
        let aliases = try await models.aliases(of: name, at: time.microseconds / 1_000)
        guard !options.json else {
            return Output.result(
                JSONValue.object([
                    "model": .string(name), "at": .string(time.description), "aliases": .array(aliases.map(\.json)),
                ]).prettyText)
        }
        guard !aliases.isEmpty else { return Output.result("'\(name)' had no alias at \(time)") }
        var table = TextTable("alias", ">version")
        for alias in aliases { table.add(alias.name, "\(alias.version)") }
        Output.result(table.text)
    }

    private func version(_ digest: Digest, _ platform: Platform) throws -> String {
        "v\(try platform.records.release(digest)?.version ?? 0) (\(digest.short))"
    }

    private func showMoves(_ platform: Platform) throws {
        let moves = try platform.records.moves(endpoint: endpoint)
        if options.json {
            let list = moves.map { move -> JSONValue in
                [
                    "at": .string(move.at.description), "action": .string(move.action.rawValue),
                    "release": .string(move.release.description), "previous": move.previous.map { .string($0.description) } ?? .null,
                    "by": .string(move.by), "reason": .string(move.reason),
                ]
            }
            return Output.result(JSONValue.object(["endpoint": .string(endpoint), "moves": .array(list)]).prettyText)
        }
        guard !moves.isEmpty else { return Output.result("endpoint '\(endpoint)' was never deployed") }
        var table = TextTable("at", "action", "release", "by", "reason")
        for move in moves {
            table.add("\(move.at)", move.action.rawValue, try version(move.release, platform), move.by, move.reason)
        }
        Output.result(table.text)
    }

    private func show(_ time: Timestamp, _ platform: Platform) throws {
        let pointer = try platform.records.pointer(endpoint: endpoint, at: time)
        let answered = try platform.records.activations(endpoint: endpoint, at: time)
        if options.json {
            let servers = answered.map { activation -> JSONValue in
                [
                    "release": .string(activation.release.description), "process": .string(activation.process),
                    "from": .string(activation.from.description), "until": activation.until.map { .string($0.description) } ?? .null,
                ]
            }
            let answer: JSONValue = [
                "endpoint": .string(endpoint), "at": .string(time.description),
                "pointer": pointer.map { .string($0.release.description) } ?? .null, "answered": .array(servers),
            ]
            return Output.result(answer.prettyText)
        }
        let ordered = try pointer.map { "\(try version($0.release, platform)), \($0.action.rawValue) by \($0.by) at \($0.at)" }
        Output.result("\(endpoint) at \(time)")
        Output.result("  pointer:  \(ordered ?? "nowhere yet")")
        if answered.isEmpty { Output.result("  answered: no server ran on this home") }
        for activation in answered {
            let end = activation.until.map { "to \($0)" } ?? "on"
            Output.result(
                "  answered: \(try version(activation.release, platform)), from \(activation.from) \(end), process \(activation.process)")
        }
    }
}
