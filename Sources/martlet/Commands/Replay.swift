import ArgumentParser
import Foundation
import MartletCore
import MartletEngines
import MartletPlatform
import MartletServer

/// Sends held-out rows as traffic.
struct Replay: AsyncParsableCommand, ProjectCommand {
    static let configuration = CommandConfiguration(
        abstract: "Send the held-out rows as traffic to a running server, and tell it what really came of them.",
        discussion: """
            Requests that the log already holds an answer and an outcome for are not sent again.

            EXAMPLES
              martlet up &
              martlet replay price
            """
    )

    @OptionGroup var options: ProjectOptions

    @Argument(help: "The endpoint.")
    var endpoint: String

    @Option(help: "The most requests that are sent; all by default.")
    var limit: Int?

    func run() async throws {
        let platform = try options.platform()
        guard let (address, client) = try ServerPlace(platform.home).read() else {
            throw MartletError(.unavailable, "no server runs on this home; start one with 'martlet up'")
        }
        let traffic = try await HeldOutTraffic(platform, endpoint: endpoint)
        let done = try await finished(platform)
        let open = traffic.items.filter { !done.contains($0.requestID) }
        let items = limit.map { Array(open.prefix($0)) } ?? open
        let view = ProgressView(silent: options.json)
        view.begin("replay", "\(items.count.grouped) held-out requests to \(address)")
        let started = ContinuousClock.now
        let result = try await HTTPClient.withClient(address, configuration: client) { client in
            try await TrafficReplay(client, endpoint: endpoint).run(items) { count in
                view.update(
                    "replay", share: Double(count) / Double(max(1, items.count)), "\(count.grouped) of \(items.count.grouped) requests")
            }
        }
        let skipped = traffic.items.count - open.count
        view.end(
            "replay",
            "\(result.answered.grouped) requests in \(started.duration(to: .now).words)"
                + (result.withoutPrice > 0 ? ", \(result.withoutPrice.grouped) of them without an allowed price" : "")
                + (skipped > 0 ? ", \(skipped.grouped) were in the log already" : "")
        )
        if options.json {
            let answer: JSONValue = [
                "answered": .integer(Int64(result.answered)), "without_price": .integer(Int64(result.withoutPrice)),
                "outcomes": .integer(Int64(result.outcomes)), "skipped": .integer(Int64(skipped)),
            ]
            Output.result(answer.canonicalText)
        }
    }

    /// The requests that the log has both an answer and an outcome for.
    private func finished(_ platform: Platform) async throws -> Set<String> {
        let connection = try DuckDBDatabase().connect()
        try await platform.makeViews(connection)
        func view(_ folder: LogFolder) -> String { DuckDBConnection.quoted(identifier: "\(endpoint)_\(folder.rawValue)") }
        let ids = try connection.query("SELECT request_id FROM \(view(.answers)) INTERSECT SELECT request_id FROM \(view(.outcomes))")
        return Set((0..<ids.rowCount).map { ids.columns[0][$0].description })
    }
}
