import ArgumentParser
import Foundation
import MartletCore
import MartletPlatform
import MartletRollout
import MartletStore

/// Says how often and how well releases are delivered.
struct Delivery: AsyncParsableCommand, ProjectCommand {
    static let configuration = CommandConfiguration(
        abstract: "Say how often and how well releases are delivered: the four measures of software delivery.",
        discussion: """
            The measures are those of DORA and of "Accelerate" (Forsgren, Humble and Kim, 2018), of an endpoint's pointer:
              deployment frequency    moves to another release a day; a move back is none
              lead time for changes   from a release's creation to its first deployment
                                      to any endpoint
              change failure rate     deployments that the next move took back within
                                      a day, among those whose day is over or that
                                      another move followed; with Wilson's interval
                                      at 95%
              time to restore         from a deployment that failed to the move back
            A move back is a rollback, or a deployment of a release that is older than the one it replaces.
            A few deployments say little: n is how many each figure is of.

            EXAMPLES
              martlet delivery
              martlet delivery price --since 30d
              martlet delivery --json | jq .change_failure_rate
            """
    )

    @OptionGroup var options: ProjectOptions

    @Argument(help: "The endpoint; all where none is named.")
    var endpoint: String?

    @Option(help: ArgumentHelp("How far back: days, hours, minutes, as 30d or 2d12h; a bare number is hours.", valueName: "age"))
    var since = Age(days: 90)

    func run() async throws {
        guard !options.hasProject else {
            let platform = try options.platform()
            if let endpoint, try !platform.records.routedEndpoints().contains(endpoint) { _ = try platform.endpoint(endpoint) }
            return try show(platform.records)
        }
        let home = try options.homeOptions(database: nil).folder()
        guard FileManager.default.fileExists(atPath: home.databasePath) else {
            throw MartletError(.notFound, "nothing was ever deployed in '\(home.path)'; see 'martlet deploy --help'")
        }
        let records = try RecordStore(path: home.databasePath)
        try show(records)
        try records.close()
    }

    private func show(_ records: RecordStore) throws {
        let names = try endpoint.map { [$0] } ?? records.routedEndpoints()
        let now = Timestamp.now
        let measures = try DeliveryMeasures(
            moves: try names.flatMap { try records.moves(endpoint: $0) }, releases: try records.routedReleases(),
            from: now - since.duration, to: now)
        Output.result(options.json ? measures.json.prettyText : DeliveryText(measures, of: endpoint).lines.joined(separator: "\n"))
    }
}
