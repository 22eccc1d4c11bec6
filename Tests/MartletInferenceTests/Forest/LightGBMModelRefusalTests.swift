import MartletCore
import Testing

@testable import MartletInference

/// Texts that are refused, and where the refusal says the fault is.
@Suite struct LightGBMModelRefusalTests {
    /// One tree of two leaves over two features, with a set of categories at its root.
    private static let text = """
        tree
        version=v4
        num_class=1
        num_tree_per_iteration=1
        label_index=0
        max_feature_idx=1
        objective=regression
        feature_names=a b
        feature_infos=[0:1] 1:2:3

        Tree=0
        num_leaves=3
        num_cat=1
        split_feature=1 0
        threshold=0 0.5
        decision_type=1 2
        left_child=-1 -2
        right_child=1 -3
        leaf_value=1 2 3
        cat_boundaries=0 1
        cat_threshold=6
        is_linear=0
        shrinkage=1


        end of trees

        parameters:
        [boosting: gbdt]
        end of parameters

        """

    private func read(_ text: String) throws -> Forest { try LightGBMModelReader.forest(Array(text.utf8), named: "'m'") }

    @Test func `the text is sound before it is damaged`() throws {
        let reference = ForestReference(try read(Self.text))
        #expect(reference.leaves([0.4, 1]) == [0])
        #expect(reference.leaves([0.4, .nan]) == [1])
        #expect(reference.leaves([0.6, 3]) == [2])
    }

    @Test(arguments: [
        ("threshold=0 0.5", "threshold=0 nan", "tree 0: threshold"), ("threshold=0 0.5", "threshold=1 0.5", "tree 0: threshold"),
        ("threshold=0 0.5", "threshold=0", "tree 0: threshold"), ("threshold=0 0.5", "threshold=0 0.5 1", "tree 0: threshold"),
        ("threshold=0 0.5", "threshold=0 0.5x", "tree 0: threshold"), ("threshold=0 0.5\n", "", "tree 0: threshold"),
        ("split_feature=1 0", "split_feature=1 2", "tree 0"), ("split_feature=1 0", "split_feature=1 -1", "tree 0: split_feature"),
        ("left_child=-1 -2", "left_child=-1 1", "tree 0"), ("left_child=-1 -2", "left_child=0 -2", "tree 0"),
        ("left_child=-1 -2", "left_child=-9 -2", "tree 0: left_child"), ("right_child=1 -3", "right_child=1 -2", "tree 0"),
        ("decision_type=1 2", "decision_type=1 12", "tree 0: decision_type"),
        ("leaf_value=1 2 3", "leaf_value=1 2 inf", "tree 0: leaf_value"),
        ("num_leaves=3", "num_leaves=2147483647", "tree 0: leaf_value"), ("num_leaves=3", "num_leaves=0", "tree 0: num_leaves"),
        ("num_leaves=3\n", "num_leaves=3\nnum_leaves=3\n", "tree 0: num_leaves"), ("num_cat=1", "num_cat=0", "tree 0: threshold"),
        ("cat_boundaries=0 1", "cat_boundaries=0 9", "tree 0: cat_boundaries"),
        ("cat_boundaries=0 1", "cat_boundaries=1 1", "tree 0: cat_boundaries"),
        ("cat_threshold=6", "cat_threshold=4294967296", "tree 0: cat_threshold"), ("Tree=0", "Tree=1", "tree 0"),
        ("end of trees\n", "", "trees"), ("end of parameters\n", "", "parameters"), ("version=v4", "version=v2", "header"),
        ("num_class=1", "num_class=2", "header"), ("max_feature_idx=1", "max_feature_idx=2147483646", "header: feature_names"),
        ("max_feature_idx=1", "max_feature_idx=99999999999999999999", "header: max_feature_idx"),
        ("feature_names=a b", "feature_names=a", "header: feature_names"), ("feature_infos", "tree_sizes=7\nfeature_infos", "tree 0"),
        ("feature_infos", "tree_sizes=\nfeature_infos", "tree 0"),
        ("objective=regression", "objective=binary sigmoid:0", "header: objective"),
        ("objective=regression", "objective=multiclass num_class:3", "header"),
        ("is_linear=0", "is_linear=2", "tree 0: is_linear"), ("shrinkage=1", "shrinkage", "tree 0"),
    ])
    func `a damaged text is refused with its place`(old: String, new: String, place: String) throws {
        let text = Self.text.replacing(old, with: new)
        #expect(text != Self.text)
        let error = try #require(throws: MartletError.self) { try read(text) }
        #expect(error.code == .corrupt && error.message.contains("'m' is no sound LightGBM model: \(place): "), "\(error)")
    }

    @Test(arguments: [
        ("is_linear=0", "is_linear=1", "linear_tree=false"), ("objective=regression", "objective=lottery", "'lottery'"),
    ])
    func `a kind that is not run is named with what to do`(old: String, new: String, name: String) throws {
        let error = try #require(throws: MartletError.self) { try read(Self.text.replacing(old, with: new)) }
        #expect(error.code == .invalidInput && error.message.contains(name))
    }

    @Test func `a text cut off anywhere before its last line is refused`() throws {
        let bytes = Array(Self.text.utf8)
        // Between the trees and the parameters nothing tells that there should be more; what predicts is whole then.
        let parts = ["end of trees", "parameters:", "end of parameters"].compactMap { Self.text.firstRange(of: $0) }
        let ends = parts.map { Self.text[..<$0.upperBound].utf8.count }
        for length in 0..<ends[2] where !(ends[0]..<ends[1]).contains(length) {
            #expect(throws: MartletError.self, "\(length) bytes") {
                try LightGBMModelReader.forest(Array(bytes.prefix(length)), named: "'m'")
            }
        }
    }
}
