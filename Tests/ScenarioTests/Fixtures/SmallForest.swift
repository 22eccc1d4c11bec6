/// Two trees of two features, as LightGBM wrote them.
enum SmallForest {
    /// The file's text.
    static let model = """
        tree
        version=v4
        num_class=1
        num_tree_per_iteration=1
        label_index=0
        max_feature_idx=1
        objective=regression
        feature_names=a b
        feature_infos=[0.002:0.999] [0.002:0.998]
        tree_sizes=396 409

        Tree=0
        num_leaves=3
        num_cat=0
        split_feature=0 1
        split_gain=213.907 64.2349
        threshold=0.60789573360136562 0.49891477386343208
        decision_type=2 2
        left_child=1 -1
        right_child=-2 -3
        leaf_value=1.8780502879966363 2.0792877174207929 1.9806675560616405
        leaf_weight=122 156 122
        leaf_count=122 156 122
        internal_value=1.98783 1.92936
        internal_weight=400 244
        internal_count=400 244
        is_linear=0
        shrinkage=1


        Tree=1
        num_leaves=3
        num_cat=0
        split_feature=0 1
        split_gain=181.846 43.2167
        threshold=0.42239277582832241 0.49891477386343208
        decision_type=2 2
        left_child=-1 -2
        right_child=1 -3
        leaf_value=-0.075298769065124005 0.015853972145017575 0.10410039156143154
        leaf_weight=178 110 112
        leaf_count=178 110 112
        internal_value=-2.569e-10 0.0603747
        internal_weight=400 222
        internal_count=400 222
        is_linear=0
        shrinkage=0.1


        end of trees

        """

    /// The prediction by hand; what is missing counts as zero.
    static func prediction(a: Double, b: Double) -> Double {
        let (a, b) = (a.isNaN ? 0 : a, b.isNaN ? 0 : b)
        let isRight = b > 0.49891477386343208
        let first = a > 0.60789573360136562 ? 2.0792877174207929 : isRight ? 1.9806675560616405 : 1.8780502879966363
        let second = a <= 0.42239277582832241 ? -0.075298769065124005 : isRight ? 0.10410039156143154 : 0.015853972145017575
        return first + second
    }
}
