import Foundation
import MartletCore
import MartletTesting
import Testing

extension Scenarios {
    @Suite struct ReproduceTests {
        /// A project of one command, in a folder of its own.
        private func withCommands(_ body: (Workplace, String) async throws -> Void) async throws {
            try await withTemporaryFolder { outer in
                let folder = "\(outer)/project"
                try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
                let text = """
                    project: again
                    steps:
                      clean:
                        run: sh clean.sh
                        inputs: {table: table.csv}
                        outputs: {rows: rows.csv, run: run.txt}

                    """
                try write(text, to: "\(folder)/martlet.yaml")
                try write(
                    "grep -v 0 \"$table\" > \"$rows\"; echo \"$MARTLET_RUN\" > \"$run\"; echo \"$MARTLET_RUN\" >> \"$PWD/../runs\"\n",
                    to: "\(folder)/clean.sh")
                try write("x,y\n1,2\n3,0\n", to: "\(folder)/table.csv")
                try await body(try Workplace(project: "\(folder)/martlet.yaml", home: "\(folder)/home"), folder)
            }
        }

        private func write(_ text: String, to path: String) throws { try Data(text.utf8).write(to: URL(filePath: path)) }

        /// Runs the project. - Returns: the run's id, which the command puts down.
        private func run(_ place: Workplace) async throws -> String {
            let result = try await place.run("run")
            try #require(result.status == 0, "\(result.errors)")
            let steps = try await place.steps()
            let digest = try #require(steps["clean"]?["outputs"]?["run"]?.string.flatMap(Digest.init))
            let blob = "\(place.home)/blobs/\(digest.hex.prefix(2))/\(digest.hex)"
            return try String(contentsOfFile: blob, encoding: .utf8).trimmingCharacters(in: .whitespacesAndNewlines)
        }

        @Test func `a run comes out equal after its files have changed, and the exit code says so`() async throws {
            try await withCommands { place, folder in
                let id = try await run(place)
                try write("x,y\n9,9\n", to: "\(folder)/table.csv")
                try write("false\n", to: "\(folder)/clean.sh")
                let again = try await place.run("reproduce", String(id.prefix(10)))
                #expect(again.status == 0, "\(again.output)\(again.errors)")
                #expect(again.output.contains("The environment is that of the run.\n"))
                #expect(again.output.contains("= clean: equal key, 2 of 2 outputs equal\n"))
                #expect(again.output.contains("The step came out as recorded.\n"))
                let answer = try await place.json("reproduce", id)
                #expect(answer["equal"] == true)
                #expect(answer["run"]?.string == id)
                #expect(answer["steps"]?.array?.map { $0["state"] } == ["equal"])
            }
        }

        @Test func `a run that comes out otherwise says where, with exit code 1`() async throws {
            try await withCommands { place, folder in
                try write("1\n", to: "\(folder)/../outside.txt")
                try write("cat '\(folder)/../outside.txt' > \"$rows\"; echo \"$MARTLET_RUN\" > \"$run\"\n", to: "\(folder)/clean.sh")
                let id = try await run(place)
                try write("2\n", to: "\(folder)/../outside.txt")
                let again = try await place.run("reproduce", id)
                #expect(again.status == 1, "\(again.output)\(again.errors)")
                #expect(again.output.contains("✗ clean: equal key, 1 of 2 outputs equal\n"))
                #expect(again.output.contains("    rows: column '1' is gone\n"))
                #expect(again.output.contains("0 of 1 steps came out as recorded.\n"))
            }
        }

        @Test func `a run whose files are kept nowhere is refused by their names`() async throws {
            try await withCommands { place, folder in
                try place.edit("project: again\n", to: "project: again\nkeep_inputs: 0 B\n")
                let id = try await run(place)
                try FileManager.default.removeItem(atPath: "\(folder)/table.csv")
                let again = try await place.run("reproduce", id)
                #expect(again.status == 66, "\(again.output)\(again.errors)")
                #expect(again.errors.contains("'table.csv' was "))
                let unknown = try await place.run("reproduce", "nobody")
                #expect(unknown.status == 66)
                #expect(unknown.errors.contains("there is no run 'nobody'"))
            }
        }

        @Test func `run --explain names the line and the column`() async throws {
            try await withCommands { place, folder in
                _ = try await run(place)
                try write("x,y\n1,2\n3,5\n", to: "\(folder)/table.csv")
                let clean = try String(contentsOfFile: "\(folder)/clean.sh", encoding: .utf8)
                try write(clean.replacing("grep -v 0", with: "grep -v 1"), to: "\(folder)/clean.sh")
                let reasons = try #require(try await place.explained()["clean"]?["reasons"]?.array).compactMap(\.string)
                #expect(reasons.count == 2)
                #expect(reasons.first?.hasPrefix("clean.sh line 1: 'grep -v 0") == true)
                #expect(reasons.last == "inputs.table: column 'y' changed")
            }
        }
    }
}
