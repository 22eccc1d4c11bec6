import Testing

@testable import MartletInference

@Suite struct ForestTransformTests {
    private func apply(_ transform: ForestTransform, _ scores: [Double], groups: Int = 1) -> [Double] {
        var scores = scores
        transform.apply(to: &scores, groupCount: groups)
        return scores
    }

    @Test func `scores beyond what exp can hold stay sound`() {
        #expect(apply(.sigmoid(slope: 1), [-1e6, 0, 1e6]) == [0, 0.5, 1])
        #expect(apply(.softplus, [-1e6, 1e6]) == [0, 1e6])
        #expect(apply(.softmax, [1e6, 1e6, -1e6, 0], groups: 2) == [0.5, 0.5, 0, 1])
        #expect(apply(.exponential, [-1e6, 0]) == [0, 1])
    }

    @Test func `squares keep their sign and steps need more than zero`() {
        #expect(apply(.signedSquare, [-3, 0, 2]) == [-9, 0, 4])
        #expect(apply(.step, [-1, 0, 1e-300]) == [0, 0, 1])
    }

    @Test func `the first of the largest is picked, and the picks move to the front`() {
        let picks = apply(.largest, [1, 3, 3, 5, 4, 5, 0, 0, 0], groups: 3)
        #expect(Array(picks.prefix(3)) == [1, 0, 0])
        #expect(ForestTransform.largest.outputCount(groupCount: 3) == 1)
        #expect(ForestTransform.softmax.outputCount(groupCount: 3) == 3)
    }
}
