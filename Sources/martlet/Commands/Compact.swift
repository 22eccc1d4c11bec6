import ArgumentParser
import MartletCore
import MartletEngines
import MartletMonitor
import MartletPlatform

/// Turns sealed log segments into Parquet.
struct Compact: ParsableCommand, ProjectCommand {
    static let configuration = CommandConfiguration(
        abstract: "Turn sealed log segments into Parquet; 'martlet up' does it when it ends.",
        discussion: """
            EXAMPLES
              martlet compact
              duckdb -c "SELECT * FROM '.martlet/log/price/answers/*.parquet'"
            """
    )

    @OptionGroup var options: ProjectOptions

    func run() throws {
        let platform = try options.platform()
        let connection = try DuckDBDatabase().connect()
        var count = 0
        for endpoint in platform.project.endpoints.keys.sorted() {
            for folder in LogFolder.allCases { count += try platform.archive(endpoint, folder).compact(connection) }
        }
        if options.json {
            Output.result(JSONValue.object(["segments": .integer(Int64(count))]).canonicalText)
        } else if count > 0 {
            Output.result("✓ \(count) log segments became Parquet")
        }
    }
}
