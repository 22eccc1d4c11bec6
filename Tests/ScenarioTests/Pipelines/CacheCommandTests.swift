import Foundation
import MartletCore
import MartletStore
import MartletTesting
import Testing

extension Scenarios {
    @Suite struct CacheCommandTests {
        private func place(_ folder: String, seed: Int = 1) async throws -> CommandPlace {
            let place = CommandPlace(folder)
            try write(place, seed: seed)
            try await run(place)
            return place
        }

        private func write(_ place: CommandPlace, seed: Int) throws {
            try place.write(
                """
                project: p
                steps:
                  make:
                    run: seq $seed 3 1500000 > $table
                    parameters: {seed: \(seed)}
                    outputs: {table: t.txt}
                  count: {run: "wc -l < $table > $n", needs: {table: make.table}, outputs: {n: n.txt}}
                """)
        }

        private func run(_ place: CommandPlace) async throws {
            let result = try await place.martlet("run")
            try #require(result.status == 0, "\(result.errors)")
        }

        private func json(_ place: CommandPlace, _ words: [String]) async throws -> JSONValue {
            let result = try await place.command(words.prefix(1) + ["--json"] + words.dropFirst()).run()
            try #require(result.status == 0, "martlet \(words): \(result.errors)")
            return try JSONValue(parsing: result.output, as: "the output of martlet \(words)")
        }

        private func shares(_ answer: JSONValue) -> [String: Int64] {
            (answer["shares"]?.array ?? []).reduce(into: [:]) { $0[$1["for"]?.string ?? ""] = $1["bytes"]?.int }
        }

        /// Lets all content be so old.
        private func age(_ folder: String, hours: Double) throws {
            let time = Date(timeIntervalSinceNow: -hours * 3_600)
            for part in ["blobs", "chunks"] {
                for name in try FileManager.default.subpathsOfDirectory(atPath: "\(folder)/.martlet/\(part)") where name.contains("/") {
                    try FileManager.default.setAttributes([.modificationDate: time], ofItemAtPath: "\(folder)/.martlet/\(part)/\(name)")
                }
            }
        }

        @Test func `what is kept is shown by who refers to it`() async throws {
            try await withTemporaryFolder { folder in
                let place = try await place(folder)
                let answer = try await json(place, ["cache"])
                let shares = shares(answer)
                #expect(try #require(shares["step make"]) > 1 << 20)
                #expect(shares["step count"] == 7)
                #expect(shares["runs"] != nil)
                #expect(answer["leaving"] == nil)
                let text = try await place.martlet("cache")
                #expect(text.output.contains("step make"), "\(text.output)")
            }
        }

        @Test func `by a policy old outputs go, and the step runs again when it is needed`() async throws {
            try await withTemporaryFolder { folder in
                let place = try await place(folder)
                try age(folder, hours: 24 * 40)
                let shown = try await json(place, ["cache", "--unused", "30d"])
                #expect(shown["leaving"]?.array?.isEmpty == false)
                #expect(shown["cleared"] == false)
                // Showing removes nothing, and what keeps steps fresh is used by that.
                #expect(try await place.martlet("run").errors == "= make: fresh\n= count: fresh\n")
                #expect(try await json(place, ["cache", "--unused", "30d"])["leaving"] == [])
                try age(folder, hours: 24 * 40)
                let cleared = try await json(place, ["cache", "--unused", "30d", "--clear"])
                #expect(cleared["cleared"] == true)
                let explained = try await place.martlet("run", "--explain")
                #expect(explained.output.contains("its outputs are gone: table"), "\(explained.output)")
                try await run(place)
                #expect(try await place.martlet("run").errors == "= make: fresh\n= count: fresh\n")
            }
        }

        @Test func `the last executions of each step stay`() async throws {
            try await withTemporaryFolder { folder in
                let place = try await place(folder)
                try write(place, seed: 2)
                try await run(place)
                try age(folder, hours: 48)
                let answer = try await json(place, ["cache", "--keep-last", "1", "--clear"])
                let leaving = (answer["leaving"]?.array ?? []).compactMap { $0["for"]?.array }.filter { $0 != ["runs"] }
                #expect(leaving == [["step make"]], "\(answer.prettyText)")
                #expect(try await place.martlet("run").errors == "= make: fresh\n= count: fresh\n")
                try write(place, seed: 1)
                #expect(try await place.martlet("run", "--explain").output.contains("its outputs are gone"))
            }
        }

        @Test func `nothing young goes, and nothing without a policy`() async throws {
            try await withTemporaryFolder { folder in
                let place = try await place(folder)
                #expect(try await json(place, ["cache", "--max-size", "0", "--clear"])["leaving"] == [])
                #expect(try await place.martlet("cache", "--clear").status == 64)
                #expect(try await place.martlet("cache", "--max-size", "ten").status == 64)
                try age(folder, hours: 2)
                let all = try await json(place, ["cache", "--max-size", "0KiB", "--older-than", "1h"])
                #expect(all["leaving"]?.array?.isEmpty == false)
            }
        }

        @Test func `gc leaves what outputs in chunks are made of, and removes those of nobody`() async throws {
            try await withTemporaryFolder { folder in
                let place = try await place(folder)
                let home = Home(path: "\(folder)/.martlet")
                try place.write(String(repeating: "of nobody 0123456789\n", count: 200_000), "other")
                let other = try TreeStore(home: home).put(file: "\(folder)/other").digest
                try age(folder, hours: 48)
                let words = ["gc", "--home", home.path, "--delete", "--json"]
                let result = try await Command(
                    try MartletBinary.path(), words, environment: ["MARTLET_HOME": "", "MARTLET_DATABASE_URL": ""]
                ).run()
                try #require(result.status == 0, "\(result.errors)")
                let answer = try JSONValue(parsing: result.output, as: "gc")
                #expect(answer["parts"]?.array?.compactMap { $0["digest"]?.string } == [other.description])
                #expect(answer["blobs"] == [])
                #expect(try !TreeStore(home: home).contains(other))
                #expect(try await place.martlet("run").errors == "= make: fresh\n= count: fresh\n")
            }
        }
    }
}
