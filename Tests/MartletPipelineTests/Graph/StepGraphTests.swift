import MartletCore
import Testing

@testable import MartletPipeline

@Suite struct StepGraphTests {
    private func step(_ name: String, from sources: [String] = []) -> Step {
        let inputs = sources.map { ($0, Step.Input.output(step: $0, name: "out")) }
        return Step(
            name: name, code: "1", inputs: Dictionary(uniqueKeysWithValues: inputs), parameters: [:], environment: [:]
        ) { _ in StepResult(outputs: [:]) }
    }

    @Test func `a step comes after those that it reads from`() throws {
        let graph = try StepGraph([
            step("release", from: ["gate", "train"]), step("gate", from: ["train"]), step("train"),
        ])
        #expect(graph.steps.map(\.name) == ["train", "gate", "release"])
    }

    @Test func `steps that are ready keep the order in which they were declared`() throws {
        let graph = try StepGraph([step("b"), step("c", from: ["z"]), step("a"), step("z")])
        #expect(graph.steps.map(\.name) == ["b", "a", "z", "c"])
    }

    @Test func `a graph of no steps is a graph`() throws {
        let graph = try StepGraph([])
        #expect(graph.steps.isEmpty)
    }

    @Test func `two steps of one name are refused`() {
        let error = #expect(throws: MartletError.self) { try StepGraph([step("train"), step("train")]) }
        #expect(error?.message == "two steps are named 'train'; rename one")
    }

    @Test func `a source that is no step is refused with both names`() {
        let error = #expect(throws: MartletError.self) { try StepGraph([step("gate", from: ["trian"])]) }
        #expect(error?.message == "step 'gate' reads from 'trian', which is no step")
    }

    @Test func `a circle is refused, naming its steps and what hangs on it`() {
        let steps = [step("first"), step("a", from: ["b"]), step("b", from: ["a"]), step("after", from: ["a"])]
        let error = #expect(throws: MartletError.self) { try StepGraph(steps) }
        #expect(error?.message == "these steps read from one another in a circle: a, b, after")
    }

    @Test func `a step that reads itself is a circle`() {
        let error = #expect(throws: MartletError.self) { try StepGraph([step("a", from: ["a"])]) }
        #expect(error?.code == .invalidInput)
    }
}
