import Foundation
import Glibc
import MartletCore
import MartletTesting
import Testing

extension Scenarios {
    /// What people look at runs with.
    @Suite struct PipelineCommandTests {
        private static let steps = """
            project: days
            steps:
              clean:
                run: 'echo "cleans $day"; grep -q "^$day$" good.txt && echo $day > $out'
                inputs: {good: good.txt}
                outputs: {out: day.txt}
                each: {day: [1, 2, 3]}
              fixed: {run: "echo fixed > $out", outputs: {out: o}}
              all: {run: "cat $days/* > $out", needs: {days: clean.out}, outputs: {out: all.txt}}
            """

        /// A project of which one instance fails.
        private func place(_ folder: String) async throws -> CommandPlace {
            let place = CommandPlace(folder)
            try place.write(Self.steps)
            try place.write("1\n3\n", "good.txt")
            let result = try await place.martlet("run")
            try #require(result.status != 0, "\(result.errors)")
            return place
        }

        private func json(_ place: CommandPlace, _ words: String...) async throws -> JSONValue {
            let result = try await place.command(words.prefix(1) + ["--json"] + words.dropFirst()).run()
            try #require(result.status == 0, "martlet \(words): \(result.errors)")
            return try JSONValue(parsing: result.output, as: "the output of martlet \(words)")
        }

        @Test func `runs are listed, and one is shown with its attempts, what was fresh and what failed for good`() async throws {
            try await withTemporaryFolder { folder in
                let place = try await place(folder)
                _ = try await place.martlet("run")
                let runs = try #require(try await json(place, "runs")["runs"]?.array)
                #expect(runs.map { $0["state"] } == ["failed", "failed"])
                #expect(runs[0]["cause"]?["kind"] == "manual")
                let id = try #require(runs[0]["run"]?.string)
                let run = try await json(place, "runs", String(id.prefix(6)))
                #expect(run["run"]?.string == id)
                #expect(run["fresh"]?.array?.compactMap(\.string) == ["clean[day=1]", "clean[day=3]", "fixed"])
                #expect(run["dead_letters"] == ["clean[day=2]"])
                let attempt = try #require(run["attempts"]?.array?.first)
                #expect(attempt["step"] == "clean[day=2]")
                #expect(attempt["state"] == "exit")
                let shown = try await place.martlet("runs", id)
                #expect(shown.output.contains("clean (2), fixed"), "\(shown.output)")
                #expect(shown.output.contains("Failed for good"))
                let table = try await place.martlet("runs", "--limit", "1")
                #expect(table.output.split(separator: "\n").count == 2, "\(table.output)")
                #expect(table.output.contains(String(id.prefix(8))))
                let unknown = try await place.martlet("runs", "nosuchrun")
                #expect(unknown.status == 66)
            }
        }

        @Test func `what a command said is shown, of the newest attempt or of a named one`() async throws {
            try await withTemporaryFolder { folder in
                let place = try await place(folder)
                #expect(try await place.martlet("logs", "clean[day=3]").output == "cleans 3\n")
                #expect(try await place.martlet("logs", "clean").output.hasPrefix("cleans "))
                let log = try await json(place, "logs", "clean[day=2]")
                #expect(log["log"] == "cleans 2\n")
                #expect(log["state"] == "exit")
                let first = try #require(log["run"]?.string)
                _ = try await place.martlet("run")
                #expect(try await place.martlet("logs", "clean[day=2]", "--run", first, "--attempt", "1").output == "cleans 2\n")
                #expect(try await json(place, "logs", "clean[day=2]")["run"]?.string != first)
            }
        }

        @Test func `a log that is not there is said to be so, with what to do`() async throws {
            try await withTemporaryFolder { folder in
                let place = try await place(folder)
                let mistyped = try await place.martlet("logs", "claen")
                #expect(mistyped.status == 66)
                #expect(mistyped.errors.contains("there is no step 'claen'; did you mean 'clean'?"), "\(mistyped.errors)")
                let instance = try await place.martlet("logs", "clean[day=4]")
                #expect(instance.errors.contains("did you mean 'clean[day="), "\(instance.errors)")
                let number = try await place.martlet("logs", "clean[day=3]", "--attempt", "7")
                #expect(number.errors.contains("there is no attempt 7 of step 'clean[day=3]'"), "\(number.errors)")
                try FileManager.default.removeItem(atPath: "\(folder)/.martlet/logs")
                let gone = try await place.martlet("logs", "clean[day=3]")
                #expect(gone.status == 66)
                #expect(gone.errors.contains("is gone"), "\(gone.errors)")
            }
        }

        @Test func `a log is followed from its beginning to the end of the attempt`() async throws {
            try await withTemporaryFolder { folder in
                let place = CommandPlace(folder)
                try place.write(
                    "project: p\nsteps:\n  slow: {run: 'echo one; until [ -e go ]; do sleep 0.05; done; echo two', always: true}\n")
                let run = try RunningProcess(try place.command(["run"]))
                defer { run.stop() }
                try await run.says("• slow")
                let deadline = ContinuousClock.now + .seconds(60)
                while try await place.martlet("logs", "slow").output != "one\n" { try #require(ContinuousClock.now < deadline) }
                let follower = try RunningProcess(try place.command(["logs", "slow", "--follow"]))
                defer { follower.stop() }
                try await waitUntil("the first line is told", atMost: .seconds(60)) { follower.output == "one\n" }
                #expect(follower.exitStatus == nil)
                try place.write("", "go")
                #expect(try await run.end().status == 0)
                let followed = try await follower.end(atMost: .seconds(60))
                #expect(followed.status == 0)
                #expect(followed.output == "one\ntwo\n")
            }
        }

        @Test func `who follows a log is let go when nobody reads it any more`() async throws {
            try await withTemporaryFolder { folder in
                let place = CommandPlace(folder)
                try place.write("project: p\nsteps:\n  slow: {run: 'until [ -e go ]; do echo more; sleep 0.05; done', always: true}\n")
                let run = try RunningProcess(try place.command(["run"]))
                defer { run.stop() }
                try await run.says("• slow")
                let deadline = ContinuousClock.now + .seconds(60)
                while try await place.martlet("logs", "slow").output.isEmpty { try #require(ContinuousClock.now < deadline) }
                let follower = try place.command(["logs", "slow", "--follow"])
                let ended = try await Command.script(
                    "\"$@\" | head -n 1", [follower.program] + follower.arguments, environment: follower.environment
                ).run(atMost: .seconds(60))
                #expect(ended.output == "more\n")
                try place.write("", "go")
                #expect(try await run.end().status == 0)
            }
        }

        @Test(arguments: [SIGINT, SIGTERM])
        func `a run that is told to stop lets its commands end, and is on record as cancelled`(signal: Int32) async throws {
            try await withTemporaryFolder { folder in
                let place = CommandPlace(folder)
                try place.write(
                    """
                    project: p
                    steps:
                      long:
                        run: trap 'echo saved > saved.txt; exit 1' TERM; echo begun > begun.txt; while true; do sleep 0.05; done
                        outputs: {out: o}
                      after: {run: cp $x $out, needs: {x: long.out}, outputs: {out: o}}
                    """)
                let run = try RunningProcess(try place.command(["run"]))
                defer { run.stop() }
                try await waitUntil("the step began", atMost: .seconds(60)) { place.read("begun.txt") == "begun\n" }
                run.send(signal)
                let ended = try await run.end(atMost: .seconds(60))
                #expect(ended.status == 130, "\(ended.errors)")
                #expect(place.read("saved.txt") == "saved\n")
                #expect(try await json(place, "runs")["runs"]?.array?.map { $0["state"] } == ["cancelled"])
            }
        }

        @Test func `what failed for good is listed, made again with one command, and off the list then`() async throws {
            try await withTemporaryFolder { folder in
                let place = try await place(folder)
                let listed = try await json(place, "retry", "--list")["letters"]?.array
                #expect(listed?.map { $0["step"] } == ["clean[day=2]"])
                #expect(listed?.first?["failure"] == "exit")
                let still = try await place.martlet("retry")
                #expect(still.status != 0)
                #expect(try await place.martlet("retry", "--list").output.hasPrefix("✗ clean[day=2]: exit, at "))
                try place.write("1\n2\n3\n", "good.txt")
                let made = try await place.martlet("retry", "clean[day=2]")
                #expect(made.status == 0, "\(made.errors)")
                #expect(made.errors.contains("✓ clean[day=2]"))
                #expect(!made.errors.contains("clean[day=1]"), "nobody asked for it: \(made.errors)")
                #expect(try await place.martlet("retry", "--list").output == "nothing failed for good\n")
                #expect(try await place.martlet("retry").output == "nothing failed for good\n")
                #expect(try await json(place, "runs", "--limit", "1")["runs"]?.array?.first?["cause"]?["kind"] == "retry")
                let unknown = try await place.martlet("retry", "fixed")
                #expect(unknown.status == 66)
                #expect(try await place.martlet("run").status == 0)
            }
        }

        @Test func `a letter about what is fresh again is answered by a retry`() async throws {
            try await withTemporaryFolder { folder in
                let place = CommandPlace(folder)
                let good = "project: p\nsteps:\n  a: {run: 'true', inputs: {text: in.txt}}\n"
                try place.write(good)
                try place.write("1", "in.txt")
                #expect(try await place.martlet("run").status == 0)
                try place.write(good.replacing("'true'", with: "'false'"))
                #expect(try await place.martlet("run").status != 0)
                try place.write(good)
                #expect(try await place.martlet("retry").status == 0)
                #expect(try await place.martlet("retry", "--list").output == "nothing failed for good\n")
            }
        }
    }

    /// A step that must not run twice, and that may have run.
    @Suite struct OnceOnlyCommandTests {
        /// The first run is killed while the step runs, which ends at once when it begins again.
        private func place(_ folder: String, outputs: String = "") async throws -> CommandPlace {
            let place = CommandPlace(folder)
            let makes = outputs.isEmpty ? "" : "; echo 1 > $out"
            let run = "echo began >> began.txt; until [ -e go ]; do sleep 0.05; done\(makes)"
            try place.write("project: p\nsteps:\n  pay: {run: '\(run)', once: true\(outputs)}\n")
            let killed = try RunningProcess(try place.command(["run"]))
            defer { killed.stop() }
            try await waitUntil("the step began", atMost: .seconds(60)) { place.read("began.txt") == "began\n" }
            killed.send(SIGKILL)
            _ = try await killed.end()
            let refused = try await place.martlet("run")
            try #require(refused.status != 0)
            try #require(refused.errors.contains("runs once only, and may have run"), "\(refused.errors)")
            // Not before, or the step that is about to be killed might end well.
            try place.write("", "go")
            return place
        }

        @Test func `it begins again when somebody says that it may`() async throws {
            try await withTemporaryFolder { folder in
                let place = try await place(folder, outputs: ", outputs: {out: o}")
                let wrong = try await place.martlet("retry", "--done", "pay")
                #expect(wrong.errors.contains("makes outputs, which nobody can say are there"), "\(wrong.errors)")
                #expect(place.read("began.txt") == "began\n")
                let again = try await place.martlet("retry", "--again", "pay")
                #expect(again.status == 0, "\(again.errors)")
                #expect(place.read("began.txt") == "began\nbegan\n")
                #expect(try await place.martlet("run").errors == "= pay: fresh\n")
                #expect(try await place.martlet("retry", "--list").output == "nothing failed for good\n")
                let said = try await place.martlet("retry", "--again", "pay")
                #expect(said.status == 66, "nothing keeps it from beginning: \(said.errors)")
            }
        }

        @Test func `it is done when somebody says so`() async throws {
            try await withTemporaryFolder { folder in
                let place = try await place(folder)
                let done = try await place.martlet("retry", "--done", "pay")
                #expect(done.status == 0, "\(done.errors)")
                #expect(done.output == "pay is done, as you say\n")
                #expect(try await place.martlet("run").errors == "= pay: fresh\n")
                #expect(place.read("began.txt") == "began\n")
                #expect(try await place.martlet("retry", "--list").output == "nothing failed for good\n")
            }
        }

        @Test func `words that do not fit are refused`() async throws {
            try await withTemporaryFolder { folder in
                let place = CommandPlace(folder)
                try place.write("project: p\nsteps:\n  a: {run: 'true'}\n")
                #expect(try await place.martlet("retry", "--again").status == 64)
                #expect(try await place.martlet("retry", "--again", "--done", "a").status == 64)
                let many = try await place.martlet("retry", "--again", "a")
                #expect(many.errors.contains("step 'a' may run more than once"), "\(many.errors)")
                #expect(try await place.martlet("retry", "--done", "b").status == 66)
            }
        }
    }
}
