import ArgumentParser
import MartletCore
import MartletEngines
import MartletPlatform

/// Asks the project's tables in SQL.
struct Query: AsyncParsableCommand, ProjectCommand {
    static let configuration = CommandConfiguration(
        abstract: "Ask the project's tables in SQL.",
        discussion: """
            TABLES
              every dataset by its name (its newest snapshot), its quarantine as NAME_quarantine
              and its profile as NAME_profile; every endpoint's log as NAME_answers and NAME_outcomes;
              runs, run_parameters, run_metrics, releases and moves.

            EXAMPLES
              martlet query 'SELECT brand, avg(profit) FROM sales GROUP BY brand ORDER BY brand'
              martlet query 'SELECT price, propensity, release FROM price_answers ORDER BY time DESC LIMIT 5'
              martlet query --json 'SELECT count(*) AS n FROM price_outcomes'
            """
    )

    @OptionGroup var options: ProjectOptions

    @Option(help: "The most rows that are printed.")
    var limit = 100

    @Argument(help: "A SELECT.")
    var sql: String

    func validate() throws {
        guard (1...1_000_000).contains(limit) else { throw ValidationError("--limit: expected 1 to 1000000, found \(limit)") }
    }

    func run() async throws {
        let platform = try options.platform()
        let connection = try DuckDBDatabase().connect()
        try await platform.makeViews(connection)
        let table = try answer(connection)
        let shown = table.rowCount > limit ? table.taking(Array(0..<limit)) : table
        if options.json {
            let rows = (0..<shown.rowCount).map { row in
                JSONValue.object(Dictionary(uniqueKeysWithValues: shown.columns.map { ($0.name, $0[row].json) }))
            }
            return Output.result(JSONValue.object(["rows": .array(rows), "truncated": .boolean(table.rowCount > limit)]).canonicalText)
        }
        var text = TextTable(
            shown.columns.map { column in
                if case .text = column.values { column.name } else { ">\(column.name)" }
            })
        for row in 0..<shown.rowCount { text.add(cells: shown.columns.map { "\($0[row])" }) }
        Output.result(text.text)
        if table.rowCount > limit { Output.error("… more rows than \(limit); raise --limit") }
    }
}

extension Query {
    /// The first rows, one more than are shown. A statement that DuckDB refuses is the asker's to mend.
    private func answer(_ connection: DuckDBConnection) throws -> Table {
        do {
            return try connection.query("SELECT * FROM (\(sql.trimmingSQL)) LIMIT \(limit + 1)")
        } catch let error as MartletError where error.code == .engine {
            throw MartletError(.invalidInput, error.message)
        }
    }
}

extension String {
    /// The statement without what ends it.
    fileprivate var trimmingSQL: String {
        var text = self[...]
        while let last = text.last, last.isWhitespace || last == ";" { text = text.dropLast() }
        return String(text)
    }
}
