import MartletCore
import Testing

@testable import MartletPipeline

@Suite struct ExportGraphTests {
    private func step(_ name: String, after upstream: [String] = []) -> ExportStep {
        ExportStep(name: name, command: ["true"], upstream: upstream)
    }

    @Test func `each step comes after what it needs`() throws {
        let graph = try ExportGraph(project: "p", steps: [step("c", after: ["b", "b"]), step("d"), step("b", after: ["a"]), step("a")])
        let order = graph.steps.map(\.name)
        for step in graph.steps {
            for name in step.upstream { #expect(order.firstIndex(of: name) ?? .max < order.firstIndex(of: step.name) ?? .min) }
        }
        #expect(order.count == 4)
    }

    @Test func `a schedule takes the steps that it names and all that they need`() throws {
        let steps = [step("fetch"), step("clean", after: ["fetch"]), step("report", after: ["clean"]), step("other")]
        let schedule = ExportSchedule(name: "s", cron: "0 3 * * *", zone: "UTC", missed: .latest, steps: ["clean"])
        let all = ExportSchedule(name: "all", cron: "0 3 * * *", zone: "UTC", missed: .latest)
        let graph = try ExportGraph(project: "p", steps: steps, schedules: [schedule, all])
        #expect(Set(graph.parts[0].steps.map(\.name)) == ["fetch", "clean"])
        #expect(graph.parts[1].steps.count == 4)
        #expect(try ExportGraph(project: "p", steps: steps).parts.map(\.steps.count) == [4])
    }

    @Test func `what cannot be run is not exported`() throws {
        let faults: [(String, () throws -> ExportGraph)] = [
            ("step 'a' is there twice", { try ExportGraph(project: "p", steps: [step("a"), step("a")]) }),
            ("step 'a' needs 'z': the project has no such step", { try ExportGraph(project: "p", steps: [step("a", after: ["z"])]) }),
            (
                "steps 'a', 'b' wait for one another",
                { try ExportGraph(project: "p", steps: [step("a", after: ["b"]), step("b", after: ["a"]), step("c")]) }
            ),
            ("steps 'a' wait for one another", { try ExportGraph(project: "p", steps: [step("a", after: ["a"])]) }),
            ("the command of step 'a' has no program", { try ExportGraph(project: "p", steps: [ExportStep(name: "a", command: [])]) }),
            (
                "the condition of step 'a' has no program",
                { try ExportGraph(project: "p", steps: [ExportStep(name: "a", command: ["x"], condition: [""])]) }
            ),
            ("the character 0", { try ExportGraph(project: "p", steps: [ExportStep(name: "a", command: ["x", "\0"])]) }),
            (
                "step 'a' has -1.0 as its cores",
                { try ExportGraph(project: "p", steps: [ExportStep(name: "a", command: ["x"], resources: .init(cores: -1))]) }
            ),
            (
                "as its cores: expected a number",
                { try ExportGraph(project: "p", steps: [ExportStep(name: "a", command: ["x"], resources: .init(cores: .nan))]) }
            ),
            (
                "as its memory",
                { try ExportGraph(project: "p", steps: [ExportStep(name: "a", command: ["x"], resources: .init(memoryBytes: .max))]) }
            ),
            (
                "as its factor between waits",
                {
                    let retry = ExportStep.Retry(count: 1, wait: .zero, factor: .infinity)
                    return try ExportGraph(project: "p", steps: [ExportStep(name: "a", command: ["x"], retry: retry)])
                }
            ),
            (
                "schedule 's' runs 'z'",
                {
                    try ExportGraph(
                        project: "p", steps: [],
                        schedules: [ExportSchedule(name: "s", cron: "", zone: "", missed: .skip, steps: ["z"])])
                }
            ),
        ]
        for (words, make) in faults {
            let error = try #require(throws: MartletError.self) { try make() }
            #expect(error.message.contains(words), "\(error)")
        }
    }

    @Test func `a graph of ten thousand steps is sorted at once`() throws {
        let steps = (0..<10_000).map { step("s\($0)", after: $0 == 0 ? [] : ["s\($0 - 1)"]) }
        let graph = try ExportGraph(project: "p", steps: steps.reversed())
        #expect(graph.steps.map(\.name) == steps.map(\.name))
    }
}
