import MartletCore
import Testing

@testable import MartletInference

/// Models that are refused, and where the refusal says the fault is; and schemas of older and newer versions.
@Suite struct XGBoostModelRefusalTests {
    /// One tree over two features: a comparison at the root, categories on its right, and a node that pruning left behind.
    private static let text = """
        {"learner": {"attributes": {}, "feature_names": [], "feature_types": [],
          "gradient_booster": {"model": {"gbtree_model_param": {"num_parallel_tree": "1", "num_trees": "1"},
            "iteration_indptr": [0, 1], "tree_info": [0], "trees": [{
              "base_weights": [NaN, 0, 0, 0, 0, 0], "categories": [1, 3], "categories_nodes": [2], "categories_segments": [0],
              "categories_sizes": [2], "default_left": [1, 0, 0, 0, 0, 0], "id": 0, "left_children": [1, -1, 3, -1, -1, -1],
              "loss_changes": [Infinity, 0, -Infinity, 0, 0, 0], "parents": [2147483647, 0, 0, 2, 2, 0],
              "right_children": [2, -1, 4, -1, -1, -1], "split_conditions": [5E-1, 1E0, 0E0, 2E0, 3E0, 9E0],
              "split_indices": [0, 0, 1, 0, 0, 2147483647], "split_type": [0, 0, 1, 0, 0, 0], "sum_hessian": [1, 1, 1, 1, 1, 1],
              "tree_param": {"num_deleted": "1", "num_feature": "2", "num_nodes": "6", "size_leaf_vector": "1"}}]}, "name": "gbtree"},
          "learner_model_param": {"base_score": "[5E-1]", "num_class": "0", "num_feature": "2", "num_target": "1"},
          "objective": {"name": "binary:logistic"}}, "version": [3, 2, 0]}
        """

    private func read(_ text: String) throws -> Forest { try XGBoostModelReader.forest(json: Array(text.utf8), named: "'m'") }

    @Test func `the text is sound before it is damaged`() throws {
        let forest = try read(Self.text)
        let reference = ForestReference(forest)
        #expect(forest.trees[0].leaves == [1, 2, 3] && forest.baseScores == [0] && forest.featureNames == ["f0", "f1"])
        #expect(reference.leaves([(0.5 as Double).nextDown, 0]) == [1], "rounds to 0.5, which is not below 0.5")
        #expect(reference.leaves([Double(Float(0.5).nextDown), 3]) == [0])
        #expect(reference.leaves([0.5, 3.0]) == [2] && reference.leaves([0.5, 2.0]) == [1] && reference.leaves([0.5, Double.nan]) == [2])
    }

    @Test(arguments: [
        ("\"base_score\": \"[5E-1]\"", "\"base_score\": \"5.0000000000000000e-01\""), ("\"num_target\": \"1\"", "\"other\": \"1\""),
        ("\"iteration_indptr\": [0, 1], ", ""), ("[1, 0, 0, 0, 0, 0], \"id\"", "[true, false, false, false, false, false], \"id\""),
        ("\"size_leaf_vector\": \"1\"", "\"size_leaf_vector\": \"0\""), ("[3, 2, 0]", "[1, 0, 0]"), (", \"version\": [3, 2, 0]", ""),
    ])
    func `what other versions write means the same`(old: String, new: String) throws {
        let text = Self.text.replacing(old, with: new)
        #expect(text != Self.text)
        #expect(try read(text) == read(Self.text))
    }

    @Test func `without categories older versions mean numbers`() throws {
        let text = [
            "\"categories\": [1, 3], ", "\"categories_nodes\": [2], ", "\"categories_segments\": [0],", "\"categories_sizes\": [2], ",
            "\"split_type\": [0, 0, 1, 0, 0, 0], ",
        ]
        .reduce(Self.text) { $0.replacing($1, with: "") }
        #expect(try ForestReference(read(text)).leaves([0.5, -1.0]) == [1])
    }

    @Test func `weights of DART are in the leaves, wherever the file keeps them`() throws {
        let dart = Self.text.replacing(
            "\"gradient_booster\": {", with: "\"gradient_booster\": {\"name\": \"dart\", \"weight_drop\": [2.5E-1], \"gbtree\": {"
        )
        .replacing("\"name\": \"gbtree\"}", with: "\"name\": \"gbtree\"}}")
        #expect(try read(dart).trees[0].leaves == [0.25, 0.5, 0.75])
        let inside = Self.text.replacing("\"tree_info\": [0],", with: "\"tree_info\": [0], \"weight_drop\": [2.5E-1],")
        #expect(try read(inside).trees == read(dart).trees)
    }

    @Test func `nothing is below negative infinity`() throws {
        let reference = ForestReference(try read(Self.text.replacing("[5E-1, 1E0", with: "[-Infinity, 1E0")))
        #expect(reference.leaves([-Double.infinity, 3]) == [2] && reference.leaves([Double.nan, 3]) == [0])
        let all = ForestReference(try read(Self.text.replacing("[5E-1, 1E0", with: "[Infinity, 1E0")))
        #expect(all.leaves([Double.infinity, 3]) == [2] && all.leaves([Double(Float.greatestFiniteMagnitude), 3]) == [0])
    }

    @Test(arguments: [
        ("[1, -1, 3, -1, -1, -1]", "[1, -1, 9, -1, -1, -1]", "tree 0: left_children"),
        ("[1, -1, 3, -1, -1, -1]", "[1, -1, -2, -1, -1, -1]", "tree 0: left_children"),
        ("[1, -1, 3, -1, -1, -1]", "[1, -1, 0, -1, -1, -1]", "tree 0: left_children"),
        ("[2, -1, 4, -1, -1, -1]", "[1, -1, 4, -1, -1, -1]", "tree 0: left_children"),
        ("[2, -1, 4, -1, -1, -1]", "[2, -1, 4, -1, -1]", "tree 0: right_children"),
        ("[5E-1, 1E0, 0E0, 2E0", "[NaN, 1E0, 0E0, 2E0", "tree 0: split_conditions"),
        ("[5E-1, 1E0, 0E0, 2E0", "[5E-1, NaN, 0E0, 2E0", "tree 0: split_conditions"),
        ("[0, 0, 1, 0, 0, 2147483647]", "[2, 0, 1, 0, 0, 0]", "tree 0: "),
        ("[0, 0, 1, 0, 0, 2147483647]", "[4294967296, 0, 1, 0, 0, 0]", "tree 0: split_indices"),
        ("\"categories_nodes\": [2]", "\"categories_nodes\": [1]", "tree 0: categories_nodes"),
        ("\"categories_sizes\": [2]", "\"categories_sizes\": [3]", "tree 0: categories_segments"),
        ("\"categories_segments\": [0]", "\"categories_segments\": [-1]", "tree 0: categories_segments"),
        ("\"categories\": [1, 3]", "\"categories\": [1, -3]", "tree 0: categories"),
        ("\"num_nodes\": \"6\"", "\"num_nodes\": \"7\"", "tree 0: tree_param"), ("\"id\": 0", "\"id\": 1", "tree 0: id"),
        ("\"id\": 0", "\"id\": x", "tree 0: id, byte"), ("\"tree_info\": [0]", "\"tree_info\": [1]", "tree 0: "),
        ("\"tree_info\": [0]", "\"tree_info\": [0, 0]", "tree_info"), ("[0, 1], \"tree", "[0, 2], \"tree", "iteration_indptr"),
        ("\"num_trees\": \"1\"", "\"num_trees\": \"2\"", "trees"),
        ("\"num_class\": \"0\"", "\"num_class\": \"2147483646\"", "learner_model_param"),
        ("\"num_feature\": \"2\", \"num_target\"", "\"num_feature\": \"-2\", \"num_target\"", "num_feature"),
        ("\"[5E-1]\"", "\"[15E-1]\"", "base_score"), ("\"[5E-1]\"", "\"\"", "base_score"),
        ("\"feature_names\": []", "\"feature_names\": [\"a\"]", "feature_names"),
        ("[3, 2, 0]}", "[3, 2, 0]} x", "byte"), ("\"attributes\": {}", "\"attributes\": {\"a\": 1, \"a\": 2}", "byte"),
        ("\"learner\":", "\"other\":", "the model"),
    ])
    func `a damaged model is refused with its place`(old: String, new: String, place: String) throws {
        let text = Self.text.replacing(old, with: new)
        #expect(text != Self.text)
        let error = try #require(throws: MartletError.self) { try read(text) }
        #expect(error.code == .corrupt && error.message.contains("'m' is no sound XGBoost model: \(place)"), "\(error)")
    }

    @Test(arguments: [
        ("\"name\": \"gbtree\"", "\"name\": \"gblinear\"", "booster=gbtree"), ("binary:logistic", "binary:lottery", "binary:lottery"),
        ("\"size_leaf_vector\": \"1\"", "\"size_leaf_vector\": \"3\"", "one_output_per_tree"), ("[3, 2, 0]", "[4, 0, 0]", "XGBoost 4"),
        ("\"num_feature\": \"2\", \"num_target\"", "\"num_feature\": \"1000001\", \"num_target\"", "feature_names"),
    ])
    func `a kind that is not run is named with what to do`(old: String, new: String, name: String) throws {
        let error = try #require(throws: MartletError.self) { try read(Self.text.replacing(old, with: new)) }
        #expect(error.code == .invalidInput && error.message.contains(name), "\(error)")
    }

    @Test func `a text cut off anywhere is refused`() {
        let bytes = Array(Self.text.utf8)
        for length in 0..<bytes.count {
            #expect(throws: MartletError.self, "\(length) bytes") {
                try XGBoostModelReader.forest(json: Array(bytes.prefix(length)), named: "'m'")
            }
        }
    }

    @Test(arguments: ["{", "[", "{\"a\":", "[["])
    func `nesting beyond the limit is refused, not followed`(start: String) {
        let deep = String(repeating: start, count: 100_000)
        #expect(throws: MartletError.self) { try read(deep) }
        #expect(throws: MartletError.self) { try read("{\"a\": " + deep) }
    }

    @Test(arguments: ["[$d#L", "[$l#L", "[#L", "S\u{0}L"])
    func `a length beyond the file is refused, not allocated`(start: String) {
        let huge = Array("{L\0\0\0\0\0\0\0\u{1}a".utf8) + Array(start.utf8) + [0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0]
        #expect(throws: MartletError.self) { try XGBoostModelReader.forest(ubjson: huge, named: "'m'") }
    }
}
