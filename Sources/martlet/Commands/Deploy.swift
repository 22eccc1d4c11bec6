import ArgumentParser
import Foundation
import MartletCore
import MartletPlatform
import MartletServer
import MartletStore

/// Lets a release answer.
struct Deploy: AsyncParsableCommand, ProjectCommand {
    static let configuration = CommandConfiguration(
        abstract: "Let a release answer.",
        discussion: """
            One pointer moves, in one transaction. A server that runs on this home switches within a fraction of a second;
            requests that run keep the release that they began with.

            EXAMPLES
              martlet deploy price                the newest release
              martlet deploy price v3 --reason 'new costs'
              martlet deploy price 4d13735b6b45
            """
    )

    @OptionGroup var options: ProjectOptions
    @OptionGroup var move: MoveOptions

    @Argument(help: "The release: a version (v3), a digest or its beginning, or latest.")
    var release = "latest"

    func run() async throws {
        let platform = try options.platform()
        let moved = try Deployment(platform).deploy(move.endpoint, release, by: move.mover, reason: move.reason)
        try await move.finish(moved, platform, json: options.json)
    }
}

/// Lets the release before answer again.
struct Rollback: AsyncParsableCommand, ProjectCommand {
    static let configuration = CommandConfiguration(
        abstract: "Let the release before the present one answer again.",
        discussion: """
            EXAMPLES
              martlet rollback price --reason 'complaints from store 5'
            """
    )

    @OptionGroup var options: ProjectOptions
    @OptionGroup var move: MoveOptions

    func run() async throws {
        let platform = try options.platform()
        let moved = try Deployment(platform).rollback(move.endpoint, by: move.mover, reason: move.reason)
        try await move.finish(moved, platform, json: options.json)
    }
}

/// What deploying and rolling back have in common.
struct MoveOptions: ParsableArguments {
    @Argument(help: "The endpoint.")
    var endpoint: String

    @Option(help: "Why, for the history.")
    var reason = ""

    @Option(help: ArgumentHelp("Who, for the history; by default the user's login.", valueName: "name"))
    var by: String?

    var mover: String { by ?? ProcessInfo.processInfo.userName }

    /// Says what moved, and waits for a server on this home to answer from the new release.
    func finish(_ moved: RouteMove, _ platform: Platform, json: Bool) async throws {
        let version = try platform.records.release(moved.release)?.version ?? 0
        let serving = try await confirmation(moved, platform)
        if json {
            let answer: JSONValue = [
                "endpoint": .string(moved.endpoint), "action": .string(moved.action.rawValue),
                "release": .string(moved.release.description), "version": .integer(Int64(version)),
                "previous": moved.previous.map { .string($0.description) } ?? .null, "at": .string(moved.at.description),
                "by": .string(moved.by), "reason": .string(moved.reason), "serving": .boolean(serving),
            ]
            return Output.result(answer.prettyText)
        }
        let previous = try moved.previous.flatMap { try platform.records.release($0)?.version }.map { ", before it v\($0)" } ?? ""
        Output.result("✓ \(endpoint): release v\(version) (\(moved.release.short))\(previous)")
        Output.result(serving ? "  it answers now" : "  no server runs on this home; 'martlet up' answers from it")
    }

    private func confirmation(_ moved: RouteMove, _ platform: Platform) async throws -> Bool {
        guard let address = ServerPlace(platform).read() else { return false }
        do {
            let answer = try await HTTPClient.withClient(address) { client in
                try await client.send(.post, "/v1/endpoints/\(endpoint)/refresh", body: [])
            }
            let release = try JSONValue(parsing: answer.body, as: "the server's answer")["release"]?.string
            return release == moved.release.description
        } catch {
            // The pointer has moved in any case; a server that cannot be asked follows by itself or does not run.
            return false
        }
    }
}
