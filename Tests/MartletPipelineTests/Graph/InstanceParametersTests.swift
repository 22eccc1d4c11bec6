import MartletCore
import MartletPipeline
import Testing

@Suite struct InstanceParametersTests {
    private func partition(_ number: Int) -> StepPartition { StepPartition(["number": "\(number)"]) }

    private func step(_ own: [StepPartition: [String: JSONValue]]) -> Step {
        var step = Step(name: "trial", code: "trial@1", inputs: [:], parameters: ["trees": 40], environment: [:]) { _ in
            StepResult(outputs: [:])
        }
        step.instanceParameters = own
        return step
    }

    private func key(_ step: Step, _ number: Int) -> StepKey { StepKey(step: step, partition: partition(number), inputs: [:]) }

    @Test func `an instance's own parameters are part of its key, beside those of all`() {
        let step = step([partition(0): ["rate": 0.1]])
        #expect(key(step, 0).parts["parameters"] == ["rate": 0.1, "trees": 40])
        #expect(key(step, 1).parts["parameters"] == ["trees": 40])
    }

    @Test func `another parameter of one instance leaves the key of the others, and is named`() {
        let before = step([partition(0): ["rate": 0.1], partition(1): ["rate": 0.2]])
        let after = step([partition(0): ["rate": 0.1], partition(1): ["rate": 0.3], partition(2): ["rate": 0.4]])
        #expect(key(before, 0) == key(after, 0))
        #expect(key(after, 1).differences(from: key(before, 1).parts) == ["parameters.rate: 0.2 → 0.3"])
    }
}
