import ArgumentParser
import MartletCore
import MartletPlatform
import MartletStore

/// Says which release answered when.
struct History: ParsableCommand, ProjectCommand {
    static let configuration = CommandConfiguration(
        abstract: "Say which release answered, and when.",
        discussion: """
            The pointer's moves are what was ordered; what a server really answered from is recorded by the server itself.

            EXAMPLES
              martlet history price
              martlet history price --at 2026-11-21T14:03:00Z
            """
    )

    @OptionGroup var options: ProjectOptions

    @Argument(help: "The endpoint.")
    var endpoint: String

    @Option(help: ArgumentHelp("A time, ISO 8601 in UTC unless it says otherwise.", valueName: "time"))
    var at: String?

    func run() throws {
        let platform = try options.platform()
        _ = try platform.endpoint(endpoint)
        guard let at else { return try showMoves(platform) }
        guard let time = Timestamp(at) else {
            throw MartletError(.invalidInput, "--at: expected a time such as 2026-11-21T14:03:00Z, found '\(at)'")
        }
        try show(time, platform)
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
