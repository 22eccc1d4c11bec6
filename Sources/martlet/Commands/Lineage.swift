import ArgumentParser
import MartletCore
import MartletPipeline
import MartletPlatform

/// Says what things come from, and what depends on them.
struct Lineage: AsyncParsableCommand, ProjectCommand {
    static let configuration = CommandConfiguration(
        abstract: "Say what a step, dataset, file or column comes from, and what depends on it.",
        discussion: """
            Without a name all that the project declares is shown, what nobody reads first. An arrow (↑) marks what stands above already.
            Where columns come from is told by the 'select' of datasets and feature views, by contracts, history and formulas; of a table \
            that a step makes it is known once it was made. What a command does with columns nobody knows.

            Every run also writes events of OpenLineage 2.0.2 to lineage/events.jsonl in its home, and sends them to $OPENLINEAGE_URL where \
            that is set, with $OPENLINEAGE_API_KEY, to $OPENLINEAGE_ENDPOINT (by default api/v1/lineage). No run fails for that.

            EXAMPLES
              martlet lineage
              martlet lineage 'train demand'
              martlet lineage sales
              martlet lineage sales.price           a column of a dataset, view or source
              martlet lineage data/sales.csv
            """
    )

    @OptionGroup var options: ProjectOptions

    @Argument(help: "A step, STEP.OUTPUT, a dataset, a file of the project, or TABLE.COLUMN; all where nothing is named.")
    var name: String?

    func run() async throws {
        let platform = try options.platform()
        let map = LineageMap(platform.project, try ProjectPipeline(platform).graph())
        guard let name else { return showAll(map.whole, platform.project) }
        if let subject = map.find(name) { return show(name, map.sources(of: subject), map.dependents(of: subject)) }
        if name.contains("."), try await showColumn(platform) { return }
        _ = try map.subject(name)
    }

    /// - Returns: whether there is such a column.
    private func showColumn(_ platform: Platform) async throws -> Bool {
        guard let name else { return false }
        let columns = try await ColumnMap(platform)
        guard let column = try columns.column(name) else { return false }
        show(column.description, columns.sources(of: column), columns.dependents(of: column), notes: columns.notes)
        return true
    }

    private func showAll(_ trees: [LineageTree], _ project: Project) {
        guard !options.json else {
            return Output.result(
                JSONValue.object(["project": .string(project.name), "steps": .array(trees.map(\.json))]).prettyText)
        }
        trees.flatMap(\.lines).forEach(Output.result)
    }

    private func show(_ name: String, _ sources: [LineageTree], _ dependents: [LineageTree], notes: [String] = []) {
        guard !options.json else {
            return Output.result(
                JSONValue.object([
                    "name": .string(name), "comes_from": .array(sources.map(\.json)), "needed_by": .array(dependents.map(\.json)),
                    "notes": .array(notes.map(JSONValue.string)),
                ]).prettyText)
        }
        Output.result(name)
        for (heading, trees) in [("comes from", sources), ("is needed by", dependents)] {
            Output.result("\(heading)\(trees.isEmpty ? " nothing" : "")")
            LineageTree.lines(of: trees).forEach(Output.result)
        }
        for note in notes { Output.result("not known: \(note)") }
    }
}
