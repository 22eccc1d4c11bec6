import ArgumentParser
import Foundation
import MartletCore
import MartletPipeline
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
        try project.checkCircles()
        let code = try project.followedCode(in: ProcessInfo.processInfo.environment).filter { !$0.value.unfollowed.isEmpty }
        let counts = [
            ("datasets", project.datasets.count), ("features", project.features.count), ("models", project.models.count),
            ("endpoints", project.endpoints.count), ("steps", project.steps.count),
        ]
        if options.json {
            let parts = Dictionary(uniqueKeysWithValues: counts.map { ($0.0, JSONValue.integer(Int64($0.1))) })
            var answer: [String: JSONValue] = ["project": .string(project.name), "declares": .object(parts), "diagnostics": []]
            if !code.isEmpty { answer["unfollowed"] = .object(code.mapValues { .array($0.unfollowed.map(JSONValue.string)) }) }
            Output.result(JSONValue.object(answer).canonicalText)
        } else {
            let words = zip(["dataset", "feature view", "model", "endpoint", "step"], counts).compactMap { word, count in
                count.1 > 0 ? "\(count.1) \(word)\(count.1 == 1 ? "" : "s")" : nil
            }
            Output.result(
                "✓ \(options.projectFile): project '\(project.name)' declares \(words.isEmpty ? "nothing" : words.joined(separator: ", "))")
            for (step, found) in code.sorted(by: { $0.key < $1.key }) {
                Output.result("  step '\(step)':")
                found.unfollowedLines.forEach { Output.result("    \($0)") }
            }
        }
    }
}
