import MartletCore
import MartletTesting
import Testing

extension Scenarios {
    @Suite struct OutputTests {
        /// A command as a script's `"$@"`.
        private func script(_ text: String, _ command: Command) -> Command {
            .script(text, [command.program] + command.arguments, environment: command.environment)
        }

        private func manyRows(_ place: Workplace) -> Command {
            place.command("query", ["--limit", "1000000", "SELECT * FROM range(100000)"])
        }

        @Test func `every command prints JSON for machines`() async throws {
            try await withWorkplace { place in
                #expect(try await place.json("check")["project"] == "pricing")
                #expect(try await place.json("run")["steps"]?.array?.count == 5)
                #expect(try await place.json("run", "--explain")["steps"]?.array?.count == 5)
                #expect(try await place.json("deploy", "price")["version"] == 1)
                #expect(try await place.json("history", "price")["moves"]?.array?.count == 1)
                let replayed = try await place.withServer { _ in try await place.json("replay", "price", "--limit", "40") }
                #expect(replayed["answered"] == 40)
                #expect(try await place.json("monitor", "price")["withOutcome"] == 40)
                #expect(try await place.json("query", "SELECT 1 AS one")["rows"] == [["one": 1]])
                #expect(try await place.json("compact")["segments"] == 0, "a killed server sealed nothing")
            }
        }

        @Test func `an error of a command is JSON too where that is asked for`() async throws {
            try await withWorkplace { place in
                let result = try await place.run("history", "--json", "prize")
                #expect(result.status == 66)
                let error = try JSONValue(parsing: result.errors, as: "the error")["error"]
                #expect(error?["code"] == "notFound")
                #expect(error?["message"]?.string?.contains("did you mean 'price'?") == true)
            }
        }

        @Test func `a reader that goes away early does no harm`() async throws {
            try await withWorkplace { place in
                let result = try await script("\"$@\" | head -n 1; echo ${PIPESTATUS[0]}", manyRows(place)).run()
                #expect(result.output.split(separator: "\n").last == "0", "\(result.errors)")
            }
        }

        @Test func `a result that cannot be written is not called a success`() async throws {
            try await withWorkplace { place in
                let result = try await script("exec \"$@\" > /dev/full", manyRows(place)).run()
                #expect(result.status == 74)
                #expect(result.errors.contains("the result is incomplete"))
            }
        }

        @Test func `closed standard streams do no harm to the home`() async throws {
            try await withWorkplace { place in
                let result = try await script("exec \"$@\" <&- >&- 2>&-", place.command("run")).run()
                #expect(result.status == 0)
                let again = try await place.run("run")
                #expect(again.errors.split(separator: "\n").allSatisfy { $0.hasSuffix(": fresh") }, "\(again.errors)")
            }
        }
    }
}
