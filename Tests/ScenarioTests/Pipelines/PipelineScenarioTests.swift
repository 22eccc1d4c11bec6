import Foundation
import Glibc
import MartletCore
import MartletTesting
import Testing

extension Scenarios {
    @Suite struct PipelineScenarioTests {
        private static let steps = """
            project: words
            steps:
              split:
                run: sh split.sh
                inputs: {text: text.txt}
                outputs: {lines: lines.txt, names: names.json}
              count:
                run: wc -w < $lines > $counted; echo "counted $part" >&2
                needs: {lines: split.lines}
                outputs: {counted: counted.txt}
                each: {part: split.names}
                parameters: {unit: words}
              join:
                run: cat $counts/* | tr -d ' ' | tr '\\n' ' ' > $total
                needs: {counts: count.counted}
                outputs: {total: total.txt}
            """

        private func place(_ folder: String) throws -> CommandPlace {
            let place = CommandPlace(folder)
            try place.write(Self.steps)
            try place.write("one two\nthree\n", "text.txt")
            try place.write("# splits\ncp $text $lines\nprintf '[\"a\", \"b\"]' > $names\n", "split.sh")
            return place
        }

        @Test func `commands are run, fanned out by what a step found, and joined; a second run runs nothing`() async throws {
            try await withTemporaryFolder { folder in
                let place = try place(folder)
                let first = try await place.martlet("run", "--json")
                #expect(first.status == 0, "\(first.errors)")
                let outputs = try place.outputs(first)
                #expect(outputs.keys.sorted() == ["count[part=a]", "count[part=b]", "join", "split"])
                let second = try await place.martlet("run")
                #expect(second.status == 0)
                #expect(second.errors.split(separator: "\n").allSatisfy { $0.hasPrefix("= ") }, "\(second.errors)")
            }
        }

        @Test func `a changed line is told, and a rerun that makes the same stops there`() async throws {
            try await withTemporaryFolder { folder in
                let place = try place(folder)
                try await place.martlet("run")
                try place.write("# splits lines\ncp $text $lines\nprintf '[\"a\", \"b\"]' > $names\n", "split.sh")
                let explained = try await place.martlet("run", "--explain")
                #expect(explained.output.contains("• split: stale"))
                #expect(explained.output.contains("split.sh"))
                let rerun = try await place.martlet("run")
                #expect(rerun.errors.contains("✓ split"))
                #expect(rerun.errors.contains("= count[part=a]: fresh"))
                #expect(rerun.errors.contains("= join: fresh"))
            }
        }

        @Test func `a step that fails says what it said last, blocks what follows and nothing else`() async throws {
            try await withTemporaryFolder { folder in
                let place = CommandPlace(folder)
                try place.write(
                    """
                    project: broken
                    steps:
                      bad: {run: "echo 'no such table' >&2; exit 3", outputs: {out: o}}
                      after: {run: cp $x $out, needs: {x: bad.out}, outputs: {out: o}}
                      other: {run: "echo fine > $out", outputs: {out: o}}
                    """)
                let result = try await place.martlet("run")
                #expect(result.status != 0)
                #expect(result.errors.contains("step 'bad' ended with status 3; it said last: no such table"), "\(result.errors)")
                #expect(result.errors.contains("✓ other"))
                #expect(result.output.contains("after: blocked by 'bad'"))
            }
        }

        @Test func `an output that a command did not make is named`() async throws {
            try await withTemporaryFolder { folder in
                let place = CommandPlace(folder)
                try place.write("project: p\nsteps:\n  a: {run: 'true', outputs: {table: t.csv}}\n")
                let result = try await place.martlet("run")
                #expect(result.errors.contains("step 'a' ended well and made no file for its output 'table'"), "\(result.errors)")
            }
        }

        @Test func `a step over its memory or time is stopped with a message that names the limit`() async throws {
            try await withTemporaryFolder { folder in
                let place = CommandPlace(folder)
                try place.write(
                    """
                    project: p
                    steps:
                      long: {run: sleep 60, resources: {time: 300 ms}}
                      large:
                        run: [python3, -c, "x = bytearray(300 << 20); import time; time.sleep(30)"]
                        resources: {memory: 64 MiB}
                    """)
                let result = try await place.martlet("run")
                #expect(result.output.contains("long: failed") && result.output.contains("'resources.time'"), "\(result.output)")
                #expect(result.output.contains("large: failed") && result.output.contains("'resources.memory'"), "\(result.output)")
            }
        }

        @Test func `an output that was not made is an error as all others are, in words and in JSON`() async throws {
            try await withTemporaryFolder { folder in
                let place = CommandPlace(folder)
                try place.write("{project: p, steps: {idle: {run: echo idle, outputs: {x: x.txt}}}}")
                let words = try await place.martlet("run")
                #expect(
                    words.status == 70 && words.errors.contains("\nmartlet: step 'idle' ended well and made no file"), "\(words.errors)")
                let json = try await place.martlet("run", "--json")
                let error = try JSONValue(parsing: json.errors, as: "the error")["error"]
                #expect(error?["message"]?.string?.contains("made no file for its output 'x'") == true, "\(json.errors)")
                let answer = try JSONValue(parsing: json.output, as: "the run")
                #expect(answer["steps"] == [])
                #expect(answer["unmade"]?["idle"]?.string?.hasPrefix("failed: step 'idle' ended well and made no file") == true)
            }
        }

        @Test func `many instances of which the same is to be said are explained in one place`() async throws {
            try await withTemporaryFolder { folder in
                let place = CommandPlace(folder)
                func write(_ days: String) throws {
                    try place.write(
                        """
                        project: p
                        steps:
                          clean: {run: echo $day > $out, outputs: {out: out.txt}, each: {day: [\(days)]}}
                        """)
                }
                try write("1, 2, 3, 4")
                let first = try await place.martlet("run", "--explain").output
                #expect(first.hasPrefix("• clean[day=1] and 3 more: stale\n    it was not made yet\n"), "\(first)")
                try await place.martlet("run")
                try write("1, 2, 3, 4, 5, 6")
                let second = try await place.martlet("run", "--explain").output
                #expect(second.hasPrefix("= clean[day=1] and 3 more: fresh\n    their keys were made before"), "\(second)")
                #expect(second.contains("• clean[day=5]: stale\n") && second.contains("• clean[day=6]: stale\n"), "\(second)")
            }
        }

        @Test func `secrets reach the command and no log`() async throws {
            try await withTemporaryFolder { folder in
                let place = CommandPlace(folder)
                try place.write("project: p\nsteps:\n  a: {run: 'echo key is $API_TOKEN; test -n \"$API_TOKEN\"', secrets: [API_TOKEN]}\n")
                let result = try await place.martlet("run", environment: ["API_TOKEN": "hunter2hunter2"])
                #expect(result.status == 0, "\(result.errors)")
                let logs = try FileManager.default.subpathsOfDirectory(atPath: "\(folder)/.martlet").filter { $0.hasSuffix(".log") }
                #expect(logs.count == 1)
                for path in try FileManager.default.subpathsOfDirectory(atPath: "\(folder)/.martlet") {
                    let bytes = FileManager.default.contents(atPath: "\(folder)/.martlet/\(path)") ?? Data()
                    #expect(!String(decoding: bytes, as: UTF8.self).contains("hunter2hunter2"), "\(path)")
                }
                #expect(place.read(".martlet/\(logs[0])").contains("key is ***"))
            }
        }

        @Test func `a poisoned instance is set aside, the rest is joined, and a repair makes it again`() async throws {
            try await withTemporaryFolder { folder in
                let place = CommandPlace(folder)
                try place.write(
                    """
                    project: days
                    steps:
                      clean:
                        run: 'grep -q "^$day$" good.txt && echo $day > $out'
                        inputs: {good: good.txt}
                        outputs: {out: day.txt}
                        each: {day: [1, 2, 3, 4, 5]}
                        tolerate: 20%
                      all: {run: cat $days/* > $out, needs: {days: clean.out}, outputs: {out: all.txt}}
                    """)
                try place.write("1\n2\n4\n5\n", "good.txt")
                let first = try await place.martlet("run")
                #expect(first.status == 0, "\(first.errors)")
                #expect(first.errors.contains("! clean[day=3]: in quarantine: "), "\(first.errors)")
                #expect(first.errors.contains("✓ all"))
                try place.write("1\n2\n3\n4\n5\n", "good.txt")
                let second = try await place.martlet("run", "--json")
                #expect(second.status == 0)
                #expect(try place.outputs(second).count == 6)
            }
        }
    }

    /// The real program, killed at any moment, again and again.
    @Suite struct KillLoopTests {
        @Test(arguments: [1, 2, 3] as [UInt64])
        func `a run that is killed again and again ends with all made, and begins once-only steps once`(seed: UInt64) async throws {
            try await withTemporaryFolder { folder in
                let place = CommandPlace(folder)
                var steps = ""
                for number in 0..<10 {
                    let source = number < 2 ? "" : ", needs: {a: s\(number - 1).out, b: s\(number - 2).out}"
                    let read = number < 2 ? "" : "cat $a $b; "
                    let once = number % 4 == 1 ? ", once: true" : ""
                    steps +=
                        "  s\(number): {run: 'echo \(number) >> began; sleep 0.0\(number); (\(read)echo \(number)) > $out; echo \(number) >> ended'"
                    steps += ", outputs: {out: o}\(source)\(once)}\n"
                }
                try place.write("project: kills\nsteps:\n\(steps)")
                var random = SplitMix64(seed: seed)
                var kills = 0
                var approved: Set<String> = []
                while true {
                    let process = try RunningProcess(try place.command(["run", "--json"]))
                    let lifetime = Duration.milliseconds(30 + random.index(below: 400))
                    if kills < 25 {
                        try await Task.sleep(for: lifetime)
                        process.send(SIGKILL)
                        kills += 1
                    }
                    let result = try await process.end(atMost: .seconds(60))
                    let began = Self.counts(place.read("began"))
                    for number in 0..<10 where number % 4 == 1 && !approved.contains("\(number)") {
                        #expect(began["\(number)", default: 0] <= 1, "once-only step \(number) began more than once by itself")
                    }
                    if result.status == 0 { break }
                    for number in 0..<10 where result.errors.contains("step 's\(number)' runs once only, and may have run") {
                        approved.insert("\(number)")
                        let again = try await place.martlet("retry", "--again", "s\(number)")
                        #expect(again.status == 0, "\(again.errors)")
                    }
                    try #require(kills < 25 || result.status >= 0 && result.errors.contains("runs once only"), "\(result.errors)")
                }
                let clean = CommandPlace("\(folder)/clean")
                try clean.write("project: kills\nsteps:\n\(steps)")
                let (killed, whole) = (
                    try place.outputs(try await place.martlet("run", "--json")), try clean.outputs(try await clean.martlet("run", "--json"))
                )
                #expect(killed == whole)
            }
        }

        private static func counts(_ text: String) -> [String: Int] {
            text.split(separator: "\n").reduce(into: [:]) { $0[String($1), default: 0] += 1 }
        }
    }
}
