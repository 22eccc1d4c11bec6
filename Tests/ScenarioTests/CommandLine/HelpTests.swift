import Foundation
import MartletCore
import MartletTesting
import Testing

extension Scenarios {
    @Suite struct HelpTests {
        static let commands = [
            "martlet", "check", "run", "runs", "logs", "retry", "backfill", "reproduce", "schedules", "cost", "lineage", "cache", "export",
            "up", "deploy", "rollback", "history", "delivery", "score", "query", "replay", "monitor", "compact", "serve", "precision",
            "users", "tokens", "gc", "import",
        ]
        static let subcommands = ["import mlflow", "export airflow", "export argo", "step"]

        private func martlet(_ words: [String]) async throws -> ProcessResult {
            try await Command(try MartletBinary.path(), words, environment: ["COLUMNS": "80"]).run()
        }

        @Test(arguments: commands + subcommands)
        func `the help of each command reads as recorded`(command: String) async throws {
            let result = try await martlet(command == "martlet" ? ["--help"] : command.split(separator: " ").map(String.init) + ["--help"])
            #expect(result.status == 0)
            let golden = URL(filePath: #filePath).deletingLastPathComponent().appending(
                path: "Golden/\(command.replacing(" ", with: "-")).txt")
            if ProcessInfo.processInfo.environment["MARTLET_RECORD"] == "1" {
                try Data(result.output.utf8).write(to: golden)
            }
            let recorded = try String(contentsOf: golden, encoding: .utf8)
            #expect(result.output == recorded, "if the change is meant, record it with MARTLET_RECORD=1 and read the difference")
        }

        @Test func `every command that the help names has its help recorded`() async throws {
            let help = try await martlet(["--help"]).output
            let named = try #require(help.components(separatedBy: "SUBCOMMANDS:\n").last).matches(of: #/(?m)^  ([a-z]+)\s/#).map {
                String($0.1)
            }
            #expect(named.filter { $0 != "help" }.sorted() == Self.commands.dropFirst().sorted())
        }

        @Test(arguments: ["bash", "zsh", "fish"])
        func `a shell is told how to complete commands`(shell: String) async throws {
            let result = try await martlet(["--generate-completion-script", shell])
            #expect(result.status == 0)
            for command in Self.commands.dropFirst() { #expect(result.output.contains(command)) }
        }

        @Test(arguments: [
            ["run", "--frobnicate"], ["frobnicate"], ["deploy"], ["up", "--port", "70000"], ["query", "--limit", "0", "SELECT 1"],
        ])
        func `wrong usage ends with 64 and says what is wrong`(words: [String]) async throws {
            let result = try await martlet(words)
            #expect(result.status == 64)
            #expect(result.errors.hasPrefix("Error: "))
            #expect(result.output.isEmpty)
        }
    }
}
