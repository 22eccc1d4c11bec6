import MartletCore
import MartletPipeline
import MartletTesting
import Testing

@testable import MartletPlatform

@Suite struct StepReaderTests {
    /// A member of `steps`, and the faults that it has; lines are counted from that of the member.
    struct Fault: CustomTestStringConvertible, Sendable {
        let step: String
        let expected: [String]

        init(_ step: String, _ expected: String...) {
            self.step = step
            self.expected = expected
        }

        var testDescription: String { step }
    }

    private static let kinds = "lost, exit, signal, time, memory, cpu, heartbeat, start, output"

    static let faults = [
        // What it does.
        Fault("a: {outputs: {x: x}}", "steps.a: expected one of run, deploy, score, index, monitor, evaluate, found a mapping"),
        Fault("a: {run: 'true', deploy: price}", "steps.a: expected one of run, deploy, score, index, monitor, evaluate, found a mapping"),
        Fault("a: {run: []}", "steps.a.run: expected a program and its arguments, found a list"),
        Fault("my step: {run: 'true'}", "steps.my step: expected a name of letters, digits, '-' and '_' (at most 64), found 'my step'"),
        Fault("a: {deploy: price, outputs: {x: x}}", "steps.a.outputs: 'outputs' is for steps with 'run'; remove it"),
        Fault(
            "a: {index: {id: x}, inputs: {rows: r.csv}}", "steps.a.index: the key 'vector' is missing; add it"),
        Fault(
            "a: {index: {id: x, vector: v, metric: cosin, m: 1}, inputs: {rows: r.csv}}",
            "steps.a.index.metric: expected one of cosine, l2, dot, found 'cosin'; did you mean 'cosine'?",
            "steps.a.index.m: expected a whole number from 2 to 128, found '1'"),
        Fault(
            "a: {index: {id: x, vector: v}, inputs: {table: r.csv}}",
            "steps.a.inputs.table: 'index' reads a table 'rows' alone; remove 'table', or call it 'rows'"),
        Fault(
            "a: {index: {id: x, vector: v}, inputs: {rows: r.csv}, needs: {more: split.train}}",
            "steps.a.needs.more: 'index' reads a table 'rows' alone; remove 'more', or call it 'rows'"),
        Fault(
            "a: {index: {id: x, vector: v}}",
            "steps.a.index: 'index' reads a table: name it 'rows', under 'inputs' for a file or under 'needs' for an output"),
        Fault(
            "a: {score: price, needs: {table: split.train}}",
            "steps.a.needs.table: 'score' reads a table 'rows' alone; remove 'table', or call it 'rows'"),
        Fault(
            "a: {score: price}",
            "steps.a.score: 'score' reads a table: name it 'rows', under 'inputs' for a file or under 'needs' for an output"),
        Fault("a: {deploy: price, needs: {x: split.train}}", "steps.a.needs: 'deploy' reads nothing that is declared; remove 'needs'"),
        Fault("a: {monitor: price, inputs: {x: x}}", "steps.a.inputs: 'monitor' reads nothing that is declared; remove 'inputs'"),
        Fault(
            "a: {score: price, inputs: {rows: r.csv}, parameters: {x: 1}}",
            "steps.a.parameters: 'parameters' is for steps with 'run'; remove it"),
        Fault("a: {deploy: price, heartbeat: 5 s}", "steps.a.heartbeat: 'heartbeat' is for steps with 'run'; remove it"),
        Fault("a: {run: 'true', slices: [x]}", "steps.a.slices: 'slices' is for steps with 'evaluate'; remove it"),
        // What it reads and makes.
        Fault(
            "a: {run: 'true', inputs: {event: {webhook: x}}}",
            "steps.a.inputs.event.webhook: there is no trigger with the webhook 'x'; declare one under 'triggers'"),
        Fault(
            "a: {score: price, inputs: {rows: {webhook: x}}}",
            "steps.a.inputs.rows: what a webhook was sent is for steps with 'run'; name a file or folder"),
        Fault(
            "a: {run: 'true', inputs: {Big: x}}",
            "steps.a.inputs.Big: expected a name of small letters, digits and '_' that begins with a letter, found 'Big'"),
        Fault(
            "a: {run: 'true', inputs: {http_proxy: x}}",
            "steps.a.inputs.http_proxy: 'http_proxy' means something to many programs; choose another name"),
        Fault("a: {run: 'true', inputs: [x]}", "steps.a.inputs: expected a mapping of names, found a list"),
        Fault("a: {run: 'true', inputs: {x: ''}}", "steps.a.inputs.x: expected a text, found nothing"),
        Fault("a: {run: 'true', needs: {x: b}}", "steps.a.needs.x: expected an output of a step, such as split.train, found 'b'"),
        Fault("a: {run: 'true', needs: {x: split.trains}}", "steps.a: the step 'split' makes no output 'trains'; did you mean 'train'?"),
        Fault("a: {run: 'true', needs: {x: splat.train}}", "steps.a: there is no step 'splat'; did you mean 'split'?"),
        Fault("a: {run: 'true', needs: {x: nothing.train}}", "steps.a: there is no step 'nothing'; declare it"),
        Fault(
            "a: {run: 'true', outputs: {x: a/b}}",
            "steps.a.outputs.x: expected the name of a file such as model.txt, or of a folder such as parts/, found 'a/b'"),
        Fault(
            "a: {run: 'true', outputs: {x: ..}}",
            "steps.a.outputs.x: expected the name of a file such as model.txt, or of a folder such as parts/, found '..'"),
        Fault("a: {run: 'true', parameters: {x: [1]}}", "steps.a.parameters.x: expected a text, a number or true or false, found a list"),
        Fault(
            "a: {run: 'true', environment: {1X: y}}",
            "steps.a.environment.1X: expected the name of a variable, of letters, digits and '_', found '1X'"),
        Fault(
            "a: {run: 'true', inherits: [A-B]}",
            "steps.a.inherits.0: expected the name of a variable, of letters, digits and '_', found 'A-B'"),
        Fault(
            "a: {run: 'true', secrets: [A=B]}",
            "steps.a.secrets.0: expected the name of a variable, of letters, digits and '_', found 'A=B'"),
        Fault(
            "a: {run: 'true', inputs: {x: y}, outputs: {x: z}}",
            "steps.a: 'x' names two things of this step, which its command would see as one variable; rename one"),
        // Fanning out.
        Fault("a: {run: 'true', each: {x: [1, 1]}}", "steps.a.each.x: expected values that differ, found one twice"),
        Fault("a: {run: 'true', each: {x: {days: {to: 2026-01-01}}}}", "steps.a.each.x.days: the key 'from' is missing; add it"),
        Fault(
            "a: {run: 'true', each: {x: {days: {from: 2026-13-01}}}}",
            "steps.a.each.x.days: from: expected a day such as '2013-01-05', found '2026-13-01'"),
        Fault(
            "a: {run: 'true', each: {x: {days: {from: 2026-01-02, to: 2026-01-01}}}}",
            "steps.a.each.x.days: to: expected '2026-01-02' (from) or later, found '2026-01-01'; exchange them"),
        Fault("a: {run: 'true', each: {x: {}}}", "steps.a.each.x: expected one of hours, days, weeks, months, found a mapping"),
        Fault(
            "a: {run: 'true', each: {x: 2024}}",
            "steps.a.each.x: expected a list of values, a range such as {days: {from: 2024-01-01}}, or an output of a step such as "
                + "split.parts, found '2024'"),
        Fault("a: {run: 'true', each: {x: split.trains}}", "steps.a: the step 'split' makes no output 'trains'; did you mean 'train'?"),
        Fault(
            "a: {run: 'true', needs: {x: near.indx}}", "steps.a: the step 'near' makes no output 'indx'; did you mean 'index'?"),
        Fault(
            "a: {run: 'true', each: {x: many.list}}",
            "steps.a: 'many.list' says what 'a' is fanned out by, and is fanned out itself; join it first"),
        Fault(
            "a: {run: 'true', inputs: {x: raw/$dya.csv}, each: {day: split.train}}",
            "steps.a.inputs.x: expected one of day behind a '$', found '$dya' in 'raw/$dya.csv'; did you mean '$day'?"),
        Fault(
            "a: {run: 'true', inputs: {x: raw/$day.csv}}",
            "steps.a.inputs.x: expected no key, as the step has no 'each', behind a '$', found '$day' in 'raw/$day.csv'; write '$$' where a "
                + "dollar is meant"),
        Fault(
            "a: {run: 'true', inputs: {x: $day/../y}, each: {day: [1]}}",
            "steps.a.inputs.x: expected no '.', '..' and empty names behind a '$', found '$day/../y'; leave them out"),
        Fault(
            "a: {run: 'true', inputs: {x: raw/$day$n.csv}, each: {n: [1], day: [a, ../b]}}",
            "steps.a.inputs.x: with day = '../b', n = '…' the path 'raw/../b….csv' may lead out of its folder: expected values without "
                + "empty names, '.' and '..' between '/'; give it other values, or name the file by another key"),
        Fault("a: {run: 'true', tolerate: 10%}", "steps.a: 'tolerate' is for a step that is fanned out with 'each'; remove it"),
        Fault("a: {run: 'true', each: {x: [1]}, tolerate: 110%}", "steps.a.tolerate: expected a share from 0.0% to 100.0%, found '110%'"),
        Fault("a: {run: 'true', when: checked}", "steps.a.when: expected an output of a step, such as split.train, found 'checked'"),
        // What it holds, and what happens.
        Fault("a: {run: 'true', resources: {cores: -1}}", "steps.a.resources.cores: expected a number from 0.0 to 4096.0, found '-1'"),
        Fault(
            "a: {run: 'true', resources: {memory: 2 Gigs}}",
            "steps.a.resources.memory: expected a size such as 512 MiB or 2 GiB, found '2 Gigs'"),
        Fault(
            "a: {run: 'true', resources: {memory: 1 B}}",
            "steps.a.resources.memory: expected a size from 1048576 to 1125899906842624 bytes, found '1 B'"),
        Fault("a: {run: 'true', resources: {accelerators: 0.5}}", "steps.a.resources.accelerators: expected a whole number, found '0.5'"),
        Fault(
            "a: {run: 'true', resources: {time: soon}}",
            "steps.a.resources.time: expected a duration such as 500 ms, 30 s, 10 min, 2 h or 1 day, found 'soon'"),
        Fault("a: {run: 'true', resources: {tokens: 0}}", "steps.a.resources.tokens: expected a whole number from 1 to 1000000, found '0'"),
        Fault("a: {run: 'true', retry: 101}", "steps.a.retry: expected a whole number from 0 to 100, found '101'"),
        Fault(
            "a: {run: 'true', retry: {time: 3}}",
            "steps.a.retry.time: expected one of times, wait, factor, wait_max, on, found the key 'time'; did you mean 'times'?"),
        Fault("a: {run: 'true', retry: {factor: 0.5}}", "steps.a.retry.factor: expected a number from 1.0 to 100.0, found '0.5'"),
        Fault(
            "a: {run: 'true', retry: {on: [exits]}}", "steps.a.retry.on.0: expected one of \(kinds), found 'exits'; did you mean 'exit'?"),
        Fault("a: {run: 'true', retry: {on: [refused]}}", "steps.a.retry.on.0: expected one of \(kinds), found 'refused'"),
        Fault(
            "a: {run: 'true', heartbeat: 1 ms}", "steps.a.heartbeat: expected a duration from 1.0 seconds to 86400.0 seconds, found '1 ms'"),
        Fault("a: {run: 'true', once: maybe}", "steps.a.once: expected true or false, found 'maybe'"),
        Fault(
            "a: {run: 'true', always: true, expires: 1 day}",
            "steps.a.expires: the step always runs, so that nothing expires; remove 'expires' or 'always'"),
    ]

    private static let others = """
        project: steps
        steps:
          split: {run: 'true', outputs: {train: train.csv, test: test.csv}}
          many: {run: 'true', each: {n: [1, 2]}, outputs: {list: list.json}}
          near: {index: {id: id, vector: [x]}, inputs: {rows: rows.csv}}

        """

    private func diagnostics(_ text: String) throws -> [Diagnostic] {
        try #require(#expect(throws: SpecificationError.self) { try Project.parse(text, file: "martlet.yaml", folder: ".") }).diagnostics
    }

    @Test(arguments: faults) func `a fault of a step is told with its place and what to do`(fault: Fault) throws {
        let found = try diagnostics("\(Self.others)  \(fault.step)\n")
        #expect(found.map { "\($0.path): \($0.message)" } == fault.expected)
        #expect(found.allSatisfy { $0.file == "martlet.yaml" && $0.line == 6 })
    }

    @Test func `a step may not have the name of one of Martlet's own`() throws {
        let text = """
            project: taken
            datasets:
              sales: {source: sales.csv, contract: sales.odcs.yaml}
            steps:
              use: {run: 'true', needs: {table: dataset sales.snapshot}}
              other: {run: 'true', needs: {table: dataset sale.snapshot}}

            """
        #expect(try diagnostics(text).map(\.message) == ["there is no step 'dataset sale'; did you mean 'dataset sales'?"])
    }

    // MARK: Capacity and what is kept

    static let capacities = [
        ("{tokens: 0}", "capacity.tokens: expected a whole number from 1 to 1000000, found '0'"),
        ("{Tokens: 1}", "capacity.Tokens: expected a name of small letters, digits and '_' that begins with a letter, found 'Tokens'"),
        ("{tokens: {failures: 3}}", "capacity.tokens: the key 'count' is missing; add it"),
        (
            "{tokens: {count: 1, pauses: 1 s}}",
            "capacity.tokens.pauses: expected one of count, failures, pause, found the key 'pauses'; did you mean 'pause'?"
        ),
        ("{tokens: {count: 1, failures: 0}}", "capacity.tokens.failures: expected a whole number from 1 to 1000000, found '0'"),
        (
            "{tokens: {count: 1, pause: 1 ms}}",
            "capacity.tokens.pause: expected a duration from 0.01 seconds to 86400.0 seconds, found '1 ms'"
        ),
        ("[tokens]", "capacity: expected a mapping of names, found a list"),
    ]

    @Test(arguments: capacities) func `a fault of a capacity is told with its place`(capacity: String, fault: String) throws {
        #expect(try diagnostics("project: p\ncapacity: \(capacity)\n").map { "\($0.path): \($0.message)" } == [fault])
    }

    @Test func `capacities are read as they were written`() throws {
        let text = "project: p\ncapacity: {tokens: 2, disk: {count: 1, failures: 3, pause: 5 min}}\n"
        let project = try Project.parse(text, file: "martlet.yaml", folder: ".")
        #expect(
            project.capacity == [
                "tokens": CapacitySpecification(count: 2), "disk": CapacitySpecification(count: 1, failures: 3, pause: .seconds(300)),
            ])
    }

    @Test func `how much of inputs is kept is 1 GiB unless the project says otherwise`() throws {
        func kept(_ line: String) throws -> Int64 {
            try Project.parse("project: p\n\(line)", file: "martlet.yaml", folder: ".").keepInputsBytesMax
        }
        #expect(try kept("") == 1 << 30)
        #expect(try kept("keep_inputs: 0 B\n") == 0)
        #expect(try kept("keep_inputs: 2.5 MiB\n") == 2_621_440)
        #expect(
            try diagnostics("project: p\nkeep_inputs: all\n").map(\.message) == ["expected a size such as 512 MiB or 2 GiB, found 'all'"])
    }
}
