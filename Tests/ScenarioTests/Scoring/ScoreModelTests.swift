import Foundation
import Glibc
import MartletCore
import MartletTesting
import Testing

extension Scenarios {
    @Suite struct ScoreModelTests {
        @Test(arguments: ["out.parquet", "out.csv"])
        func `a run that is killed at any moment goes on, and scores no row twice and none never`(output: String) async throws {
            let seed = UInt64.random(in: .min ... .max)
            var random = SplitMix64(seed: seed)
            try await ScoringPlace.with(rowCount: 100_000) { place in
                try await place.score("whole-\(output)", "--part-rows", "2000")
                var kept = 0
                for _ in 0..<4 {
                    let process = try RunningProcess(place.command(output, ["--part-rows", "2000", "--threads", "2"]))
                    defer { process.stop() }
                    let enough = kept + random.index(below: 10)
                    try await waitUntil("there are \(enough) parts, seed \(seed)") {
                        place.partCount(output) >= enough || process.exitStatus != nil
                    }
                    process.send(SIGKILL)
                    #expect(try await process.end().status == -SIGKILL, "seed \(seed)")
                    kept = place.partCount(output)
                }
                let answer = try await place.score(output, "--part-rows", "2000")
                #expect(answer["rows"] == 100_000, "seed \(seed)")
                #expect(answer["resumed_rows"]?.int == Int64(kept * 2000), "seed \(seed)")
                #expect(try Digest(ofFile: place.file(output)) == Digest(ofFile: place.file("whole-\(output)")), "seed \(seed)")
                #expect(!FileManager.default.fileExists(atPath: place.file("\(output).martlet-parts")))
            }
        }

        @Test func `what it took is told to machines, and how it went to people`() async throws {
            try await ScoringPlace.with(rowCount: 5000) { place in
                let answer = try await place.score("out.jsonl")
                #expect(answer["rows"] == 5000)
                #expect(answer["resumed_rows"] == 0)
                #expect((answer["rows_per_cpu_second"]?.double ?? 0) > 0)
                #expect((answer["cpu_seconds"]?.double ?? 0) > 0)
                let lines = try String(contentsOfFile: place.file("out.jsonl"), encoding: .utf8).split(separator: "\n")
                #expect(lines.count == 5000)
                // By hand: a is 0.001 and b 0.007, so both trees go left, and right where it comes to b.
                #expect(lines[1] == #"{"id":1,"note":"n1","prediction":1.8027515189315122}"#)
                let people = try await place.command("again.jsonl").run()
                #expect(people.errors.contains("✓ score: 5,000 rows in "))
                #expect(people.output.isEmpty)
            }
        }

        @Test func `a model of the project is found by its name and alias`() async throws {
            try await withWorkplace { place in
                try await place.makeRelease()
                let folder = URL(filePath: place.project).deletingLastPathComponent().path
                try Data("store,week,brand\n1,2,3\n".utf8).write(to: URL(filePath: "\(folder)/rows.csv"))
                let words = ["--input", "\(folder)/rows.csv", "--output", "\(folder)/out.csv"]
                let live = try await place.command("score", ["--model", "models:/demand@live"] + words).run()
                #expect(live.status == 66)
                #expect(live.errors.contains("was never deployed"))
                let latest = try await place.command("score", ["--model", "models:/demand@latest"] + words).run()
                #expect(latest.status == 65)
                #expect(latest.errors.contains("does not have the columns that 'models:/demand@latest' reads:\n  column"))
            }
        }

        @Test func `a full disk is told, and the parts that fitted are kept`() async throws {
            try await ScoringPlace.with(rowCount: 100_000) { place in
                // The shell hands the limit on files' sizes on: the joined output does not fit, its parts do.
                let command = place.command("out.csv", ["--part-rows", "10000"])
                let limited = Command.script(
                    "ulimit -f 1500; exec \"$@\"", [command.program] + command.arguments, environment: command.environment)
                let result = try await limited.run()
                #expect(result.status == 74, "\(result.errors)")
                #expect(result.errors.contains("free some space"))
                #expect(place.partCount("out.csv") == 10)
                #expect(try await place.score("out.csv", "--part-rows", "10000")["resumed_rows"] == 100_000)
            }
        }

        @Test(arguments: [
            ([], 1, "exists; name another file, or replace it with --overwrite"), (["--features", "a"], 65, "--features names 1 columns"),
            (["--threads", "0"], 65, "expected 1 to 1024 threads"), (["--release", "v1"], 64, "--release goes with an endpoint"),
        ])
        func `what cannot be done ends with its exit code`(words: [String], status: Int32, message: String) async throws {
            try await ScoringPlace.with(rowCount: 10) { place in
                if words.isEmpty { try place.write("precious", "out.csv") }
                let result = try await place.command("out.csv", words).run()
                #expect(result.status == status)
                #expect(result.errors.contains(message), "\(result.errors)")
            }
        }

        @Test func `an endpoint or a model has to be named, and not both`() async throws {
            try await ScoringPlace.with(rowCount: 1) { place in
                let files = ["--input", place.file("in.csv"), "--output", place.file("out.csv")]
                let neither = try await place.martlet("score", files[0], files[1], files[2], files[3])
                #expect(neither.status == 64 && neither.errors.contains("Name an endpoint, or a model with --model."))
                let both = try await place.martlet("score", "price", "--model", "m", files[0], files[1], files[2], files[3])
                #expect(both.status == 64 && both.errors.contains("not both"))
                let stray = try await place.martlet("score", "price", "--raw", files[0], files[1], files[2], files[3])
                #expect(stray.status == 64 && stray.errors.contains("go with --model"))
            }
        }
    }
}
