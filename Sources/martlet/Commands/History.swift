import ArgumentParser
import Foundation
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
            registered model every version, stage and alias is told, with who changed it, and why; --at tells the aliases at that time.

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

    @OptionGroup private var tracking: TrackingDatabaseOption

    var database: String? { tracking.database }

    private static let scheme = "models:/"

    func run() async throws {
        guard !endpoint.hasPrefix(Self.scheme) else { return try await showModel(String(endpoint.dropFirst(Self.scheme.count))) }
        guard options.hasProject else { return try showInHome() }
        let platform = try options.platform(database: database)
        _ = try platform.endpoint(endpoint)
        try show(platform.records)
    }

    /// In a home without a project only the records are looked at.
    private func showInHome() throws {
        let home = try options.homeOptions(database: database).folder()
        guard FileManager.default.fileExists(atPath: home.databasePath) else {
            throw MartletError(.notFound, "nothing was ever deployed in '\(home.path)'; see 'martlet deploy --help'")
        }
        let records = try RecordStore(path: home.databasePath)
        try show(records)
        try records.close()
    }

    private func show(_ records: RecordStore) throws {
        guard let at else { return try showMoves(records) }
        try show(try time(at), records)
    }

    private func time(_ text: String) throws -> Timestamp {
        guard let time = Timestamp(text) else {
            throw MartletError(.invalidInput, "--at: expected a time such as 2026-11-21T14:03:00Z, found '\(text)'")
        }
        return time
    }

    private func showModel(_ name: String) async throws {
        try await options.homeOptions(database: database).withDatabase { database in
            let models = try await ModelRegistry(TrackingStore(database))
            if let at { return try await showAliases(of: name, try time(at), models) }
            let events = try await models.wholeHistory(of: name)
            guard !options.json else {
                return Output.result(JSONValue.object(["model": .string(name), "events": .array(events.map(\.json))]).prettyText)
            }
            guard !events.isEmpty else { throw MartletError(.notFound, "there never was a registered model '\(name)'") }
            var table = TextTable("at", "event", ">version", "alias", "from", "to", "who", "why")
            for event in events {
                table.add(
                    "\(Timestamp(microseconds: event.at * 1_000))", event.kind.rawValue, event.version.map { "\($0)" } ?? "",
                    event.alias ?? "", event.from ?? "", event.to ?? "", event.note.who, event.note.why ?? "")
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

    /// A release as people know it: by the version of its endpoint, or of the registered model that it came from.
    private func version(_ digest: Digest, _ records: RecordStore) throws -> String {
        guard let record = try records.release(digest) else { return digest.short }
        return "\(try ModelRelease(record: record)?.address ?? "v\(record.version)") (\(digest.short))"
    }

    private func showMoves(_ records: RecordStore) throws {
        guard !options.json else { return Output.result(try records.moves(of: endpoint).prettyText) }
        let moves = try records.moves(endpoint: endpoint)
        guard !moves.isEmpty else { return Output.result("endpoint '\(endpoint)' was never deployed") }
        var table = TextTable("at", "action", "release", "by", "reason")
        for move in moves {
            table.add("\(move.at)", move.action.rawValue, try version(move.release, records), move.by, move.reason)
        }
        Output.result(table.text)
    }

    private func show(_ time: Timestamp, _ records: RecordStore) throws {
        guard !options.json else { return Output.result(try records.answering(endpoint, at: time).prettyText) }
        let pointer = try records.pointer(endpoint: endpoint, at: time)
        let answered = try records.activations(endpoint: endpoint, at: time)
        let ordered = try pointer.map { "\(try version($0.release, records)), \($0.action.rawValue) by \($0.by) at \($0.at)" }
        Output.result("\(endpoint) at \(time)")
        Output.result("  pointer:  \(ordered ?? "nowhere yet")")
        if answered.isEmpty { Output.result("  answered: no server ran on this home") }
        for activation in answered {
            let end = activation.until.map { "to \($0)" } ?? "on"
            Output.result(
                "  answered: \(try version(activation.release, records)), from \(activation.from) \(end), process \(activation.process)")
        }
    }
}
