import ArgumentParser
import Foundation
import MartletCore
import MartletPlatform
import MartletServer
import MartletStore

/// Lets a release, or a version of a registered model, answer.
struct Deploy: AsyncParsableCommand, ProjectCommand {
    static let configuration = CommandConfiguration(
        abstract: "Let a release, or a version of a registered model, answer.",
        discussion: """
            One pointer moves, in one transaction. A server that runs on this home switches within a fraction of a second;
            requests that run keep the release that they began with.

            In a home without a project, versions of registered models are deployed. What the address means now is: moving an \
            alias later changes nothing of what answers. The version's files are copied into the home and loaded once before the \
            pointer moves. LightGBM's and XGBoost's Boosters and ONNX run in the server, every other flavour in processes of \
            Python.

            EXAMPLES
              martlet deploy price                the newest release
              martlet deploy price v3 --reason 'new costs'
              martlet deploy price 4d13735b6b45
              martlet deploy models:/price@champion --home tracking
              martlet deploy models:/price/3 --as price-eu --home tracking
            """
    )

    @OptionGroup var options: ProjectOptions
    @OptionGroup var move: MoveOptions

    @Argument(help: "The release: a version (v3), a digest or its beginning, or latest.")
    var release: String?

    @Option(
        name: .customLong("as"),
        help: ArgumentHelp("The name that a registered model answers under; by default its own.", valueName: "name"))
    var name: String?

    func validate() throws {
        guard move.endpoint.hasPrefix(RegisteredModelMoves.scheme) else {
            guard name == nil else {
                throw ValidationError("--as goes with models:/…; an endpoint has the name that its project gives it.")
            }
            return
        }
        guard release == nil else {
            throw ValidationError("'\(release ?? "")' is too much: the address \(move.endpoint) says which version is meant.")
        }
    }

    func run() async throws {
        guard !move.endpoint.hasPrefix(RegisteredModelMoves.scheme) else {
            return try await RegisteredModelMoves(options, move).deploy(move.endpoint, as: name)
        }
        let platform = try options.platform(database: move.database)
        let moved = try Deployment(platform).deploy(move.endpoint, release ?? "latest", by: move.mover, reason: move.reason)
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
              martlet rollback price-eu --home tracking       a registered model, in a home without a project
            """
    )

    @OptionGroup var options: ProjectOptions
    @OptionGroup var move: MoveOptions

    func run() async throws {
        guard options.hasProject else { return try await RegisteredModelMoves(options, move).rollback(move.endpoint) }
        let platform = try options.platform(database: move.database)
        let moved = try Deployment(platform).rollback(move.endpoint, by: move.mover, reason: move.reason)
        try await move.finish(moved, platform, json: options.json)
    }
}

/// What deploying and rolling back have in common.
struct MoveOptions: ParsableArguments {
    @Argument(help: "The endpoint; or the address of a registered model's version, such as models:/NAME@ALIAS.")
    var endpoint: String

    @Option(help: "Why, for the history.")
    var reason = ""

    @Option(help: ArgumentHelp("Who, for the history; by default the user's login.", valueName: "name"))
    var by: String?

    @OptionGroup private var tracking: TrackingDatabaseOption

    var database: String? { tracking.database }

    var mover: String { by ?? ProcessInfo.processInfo.userName }

    /// Says what moved, and waits for a server on this home to answer from the new release.
    func finish(_ moved: RouteMove, _ platform: Platform, json: Bool) async throws {
        do {
            try await platform.tracking().noteReleases(of: moved.endpoint)
        } catch {
            Output.error("martlet: the pointer has moved, but its alias in the registry has not, until 'martlet up' starts next: \(error)")
        }
        let version = try platform.records.release(moved.release)?.version ?? 0
        let serving = try await confirmation(moved, platform)
        if json { return Output.result(moved.json(version: Int64(version), serving: serving).prettyText) }
        let previous = try moved.previous.flatMap { try platform.records.release($0)?.version }.map { ", before it v\($0)" } ?? ""
        Output.result("✓ \(endpoint): release v\(version) (\(moved.release.short))\(previous)")
        Output.result(serving ? "  it answers now" : "  no server runs on this home; 'martlet up' answers from it")
    }

    private func confirmation(_ moved: RouteMove, _ platform: Platform) async throws -> Bool {
        do {
            guard let (address, configuration) = try ServerPlace(platform.home).read() else { return false }
            let answer = try await HTTPClient.withClient(address, configuration: configuration) { client in
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

extension RouteMove {
    /// For machines. - Parameter serving: whether a server answers from it already.
    func json(version: Int64, serving: Bool) -> JSONValue {
        [
            "endpoint": .string(endpoint), "action": .string(action.rawValue), "release": .string(release.description),
            "version": .integer(version), "previous": previous.map { .string($0.description) } ?? .null,
            "at": .string(at.description), "by": .string(by), "reason": .string(reason), "serving": .boolean(serving),
        ]
    }
}
