import Testing

@testable import MartletInference

@Suite struct ForestInvariantsTests {
    private func tree(_ children: [(Int32, Int32)], leaves: Int, feature: Int32 = 0, group: Int = 0) -> Forest.Tree {
        let split = Forest.Split.number(threshold: 0, missing: .nan, missingGoesLeft: false)
        return Forest.Tree(
            nodes: children.map { Forest.Node(feature: feature, left: $0.0, right: $0.1, split: split) },
            leaves: Array(repeating: 1, count: leaves), group: group
        )
    }

    @Test func `trees whose ways all end are sound, in whatever order their nodes are`() {
        #expect(tree([], leaves: 1).brokenInvariant(featureCount: 1, groupCount: 1) == nil)
        #expect(tree([(2, -1), (-2, -3), (-4, 1)], leaves: 4).brokenInvariant(featureCount: 1, groupCount: 1) == nil)
    }

    @Test func `trees that cannot be walked are found`() {
        let broken = [
            tree([(-1, -1)], leaves: 2), tree([(0, -1)], leaves: 2), tree([(1, -1), (0, -2)], leaves: 3),
            tree([(-1, -2), (2, -3), (1, -4)], leaves: 4), tree([(-1, -3)], leaves: 2), tree([(1, -1)], leaves: 2),
            tree([(-1, .min)], leaves: 2), tree([(.max, -1)], leaves: 2), tree([(-1, -2)], leaves: 3), tree([], leaves: 0),
            tree([(-1, -2)], leaves: 2, feature: 1), tree([(-1, -2)], leaves: 2, feature: -1), tree([], leaves: 1, group: 1),
        ]
        for tree in broken { #expect(tree.brokenInvariant(featureCount: 1, groupCount: 1) != nil, "\(tree)") }
    }
}
