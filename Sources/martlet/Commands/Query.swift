import ArgumentParser
import MartletCore
import MartletEngines
import MartletPlatform
import MartletSearch

/// Asks the project's tables in SQL, and its indexes for what is near.
struct Query: AsyncParsableCommand, ProjectCommand {
    static let configuration = CommandConfiguration(
        abstract: "Ask tables in SQL, or an index for what is near.",
        discussion: """
            TABLES
              every dataset by its name (its newest snapshot), its quarantine as NAME_quarantine
              and its profile as NAME_profile; every endpoint's log as NAME_answers and NAME_outcomes;
              runs, run_parameters, run_metrics, releases and moves.

            INDEXES
              the newest of a step with 'index', by the step's name; equally near rows come by their ids.

            EXAMPLES
              martlet query 'SELECT brand, avg(profit) FROM sales GROUP BY brand ORDER BY brand'
              martlet query 'SELECT price, propensity, release FROM price_answers ORDER BY time DESC LIMIT 5'
              martlet query --json 'SELECT count(*) AS n FROM price_outcomes'
              martlet query similar --id 1f0c --exact
              martlet query similar --vector '[0.1, 2, -3]' -k 5
            """
    )

    @OptionGroup var options: ProjectOptions

    @Option(help: "The most rows that are printed.")
    var limit = 100

    @OptionGroup(title: "Indexes") var near: NeighbourOptions

    @Argument(help: ArgumentHelp("A SELECT, or with --vector or --id a step that makes an index.", valueName: "sql"))
    var subject: String

    func validate() throws {
        guard (1...1_000_000).contains(limit) else { throw ValidationError("--limit: expected 1 to 1000000, found \(limit)") }
    }

    func run() async throws {
        let platform = try options.platform()
        if near.isIndex { return try await show(platform.index(of: subject)) }
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
    private func show(_ index: VectorIndex) throws {
        let neighbours = try near.neighbours(in: index)
        if options.json {
            let rows = neighbours.map { JSONValue.object(["id": .string($0.id), "distance": .number($0.distance)]) }
            return Output.result(JSONValue.object(["metric": .string(index.metric.rawValue), "neighbours": .array(rows)]).canonicalText)
        }
        var text = TextTable("id", ">\(index.metric.rawValue)")
        for neighbour in neighbours { text.add(neighbour.id, neighbour.distance.formatted(places: 6)) }
        Output.result(text.text)
    }

    /// The first rows, one more than are shown. A statement that DuckDB refuses is the asker's to mend.
    private func answer(_ connection: DuckDBConnection) throws -> Table {
        do {
            return try connection.query("SELECT * FROM (\(subject.trimmingSQL)) LIMIT \(limit + 1)")
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
