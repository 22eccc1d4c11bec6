import ArgumentParser
import MartletCore
import MartletPlatform

/// Says what is wrong with a project.
struct Check: ParsableCommand, ProjectCommand {
    static let configuration = CommandConfiguration(
        abstract: "Say what is wrong with the project file and its contracts.",
        discussion: """
            Every fault is named with file, line and column, what was expected, what came, and the nearest valid key. Nothing is run.

            EXAMPLES
              martlet check
              martlet check --project pricing/martlet.yaml --json
            """
    )

    @OptionGroup var options: ProjectOptions

    func run() throws {
        let project = try options.project()
        try project.checkContracts()
        let counts = [
            ("datasets", project.datasets.count), ("features", project.features.count), ("models", project.models.count),
            ("endpoints", project.endpoints.count), ("steps", project.steps.count),
        ]
        if options.json {
            let parts = Dictionary(uniqueKeysWithValues: counts.map { ($0.0, JSONValue.integer(Int64($0.1))) })
            Output.result(
                JSONValue.object(["project": .string(project.name), "declares": .object(parts), "diagnostics": []]).canonicalText)
        } else {
            let words = zip(["dataset", "feature view", "model", "endpoint", "step"], counts).compactMap { word, count in
                count.1 > 0 ? "\(count.1) \(word)\(count.1 == 1 ? "" : "s")" : nil
            }
            Output.result("✓ \(options.projectFile): project '\(project.name)' declares \(words.isEmpty ? "nothing" : words.joined(separator: ", "))")
        }
    }
}
