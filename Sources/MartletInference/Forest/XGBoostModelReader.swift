/// Reads the models that XGBoost saves as JSON or Universal Binary JSON (`save_model`): `gbtree` and `dart`, XGBoost 1.0 to 3.
///
/// How the library's meaning is kept: `value < condition` in single precision becomes `value <= threshold` with the next lower `Float`;
/// DART's tree weights are multiplied into the leaves; `base_score` becomes a raw score by the objective's link; categories go right
/// where a node lists them, and anything else (negative, beyond 2²⁴, unknown) goes left.
///
/// Of a model that was trained on a table with named categories, rows must hold the categories' numbers.  - Complexity: O(bytes).
package struct XGBoostModelReader {
    /// The newest schema that is known.
    private static let majorVersionMax = 3
    /// The largest count that a file may declare.
    private static let countMax = Int(Int32.max) - 1

    /// How many features may go without names: memory is taken for each, whatever the size of the file.
    private static let unnamedFeatureCountMax = 1_000_000

    private var version = 0
    private var booster = ""
    private var objective = ""
    private var baseScore = ""
    private var featureCount = 0
    private var classCount = 0
    private var targetCount = 1
    private var names: [String] = []
    private var parallelTreeCount = 1
    private var declaredTreeCount: Int?
    private var trees: [XGBoostTreeReader] = []
    private var groups: [Int] = []
    private var weights: [Float] = []
    private var iterationStarts: [Int] = []
    private var hasLearner = false

    /// Reads JSON. `what` names the model in messages.
    /// - Throws: `corrupt` for bytes that are no whole model, `invalidInput` for what Martlet does not run: linear boosters, trees with
    ///   vectors in their leaves, unknown objectives.
    package static func forest(json bytes: [UInt8], named what: String) throws -> Forest {
        try bytes.withUnsafeBufferPointer { try forest(JSONDocumentReader($0), named: what) }
    }

    /// Reads Universal Binary JSON; otherwise as for JSON.
    package static func forest(ubjson bytes: [UInt8], named what: String) throws -> Forest {
        try bytes.withUnsafeBufferPointer { try forest(UBJSONDocumentReader($0), named: what) }
    }

    static func forest(_ document: some DocumentReader, named what: String) throws -> Forest {
        var document = document
        do {
            var reader = XGBoostModelReader()
            try document.object { try reader.readModel($1, &$0) }
            try document.end()
            return try reader.forest()
        } catch let fault as ForestFault {
            throw fault.error(named: what, library: .xgboost)
        }
    }

    // MARK: Reading

    private mutating func readModel(_ key: String, _ document: inout some DocumentReader) throws {
        switch key {
        case "version": version = try ForestFault.locating(key) { try document.integers().first ?? 0 }
        case "learner":
            hasLearner = true
            try document.object { try readLearner($1, &$0) }
        default: try document.skip()
        }
    }

    private mutating func readLearner(_ key: String, _ document: inout some DocumentReader) throws {
        switch key {
        case "feature_names": try ForestFault.locating(key) { try document.array { names.append(try $0.string()) } }
        case "gradient_booster": try document.object { try readBooster($1, &$0) }
        case "learner_model_param": try document.object { try readParameter($1, &$0) }
        case "objective":
            try document.object { document, key in
                if key == "name" { objective = try document.string() } else { try document.skip() }
            }
        default: try document.skip()
        }
    }

    private mutating func readParameter(_ key: String, _ document: inout some DocumentReader) throws {
        switch key {
        case "base_score": baseScore = try document.string()
        case "num_feature": featureCount = try Self.count(key, &document)
        case "num_class": classCount = try Self.count(key, &document)
        case "num_target": targetCount = try Self.count(key, &document)
        case "num_parallel_tree": parallelTreeCount = try Self.count(key, &document)
        case "num_trees": declaredTreeCount = try Self.count(key, &document)
        default: try document.skip()
        }
    }

    /// A count that is kept as a text.
    private static func count(_ key: String, _ document: inout some DocumentReader) throws -> Int {
        let text = try document.string()
        guard let count = Int(text), (0...countMax).contains(count) else {
            throw ForestFault.damaged(place: key, "expected a whole number in 0...\(countMax), found '\(text.prefix(40))'")
        }
        return count
    }

    private mutating func readBooster(_ key: String, _ document: inout some DocumentReader) throws {
        switch key {
        case "name":
            // DART holds a tree booster, whose name comes second.
            let name = try document.string()
            if booster.isEmpty || name != "gbtree" { booster = name }
        case "gbtree": try document.object { try readBooster($1, &$0) }
        case "model": try document.object { try readTrees($1, &$0) }
        case "weight_drop": weights = try ForestFault.locating(key) { try document.floats() }
        default: try document.skip()
        }
    }

    private mutating func readTrees(_ key: String, _ document: inout some DocumentReader) throws {
        switch key {
        case "gbtree_model_param": try document.object { try readParameter($1, &$0) }
        case "trees":
            guard trees.isEmpty else { throw ForestFault.damaged(place: key, "expected them once, found them twice") }
            try document.array { trees.append(try XGBoostTreeReader(&$0, number: trees.count)) }
        case "tree_info": groups = try ForestFault.locating(key) { try document.integers() }
        case "iteration_indptr": iterationStarts = try ForestFault.locating(key) { try document.integers() }
        case "weight_drop": weights = try ForestFault.locating(key) { try document.floats() }
        default: try document.skip()
        }
    }

    // MARK: Forest

    private func forest() throws -> Forest {
        try checkKind()
        let objective = try XGBoostObjective(objective)
        let groupCount = max(classCount, targetCount, 1)
        guard groupCount <= trees.count else {
            throw ForestFault.damaged(
                place: "learner_model_param", "expected a tree for each class or target, found \(trees.count) for \(groupCount)")
        }
        let trees = try orderedTrees(groupCount)
        let names = try featureNames()
        return Forest(
            library: .xgboost, featureNames: names, groupCount: groupCount, trees: trees,
            baseScores: try baseScores(objective, groupCount), isAveraged: false,
            treesPerIteration: try treesPerIteration(groupCount), transform: objective.transform, objective: self.objective
        )
    }

    private func checkKind() throws {
        guard hasLearner else { throw ForestFault.damaged(place: "the model", "expected a member 'learner', as save_model writes it") }
        guard version <= Self.majorVersionMax else {
            throw ForestFault.unsupported(
                "it was saved by XGBoost \(version), newer than \(Self.majorVersionMax), whose format is not known; save it with XGBoost 3"
            )
        }
        guard booster == "gbtree" || booster == "dart" else {
            throw ForestFault.unsupported(
                "its booster is '\(booster.prefix(40))', which Martlet does not run; train again with booster=gbtree or booster=dart"
            )
        }
        guard !trees.isEmpty else { throw ForestFault.unsupported("it has no trees; train it before saving it") }
        guard declaredTreeCount == nil || declaredTreeCount == trees.count else {
            throw ForestFault.damaged(place: "trees", "expected \(declaredTreeCount ?? 0), as num_trees says, found \(trees.count)")
        }
    }

    /// The trees in the order of their ids, each in its group, with its weight in its leaves.
    private func orderedTrees(_ groupCount: Int) throws -> [Forest.Tree] {
        guard groups.count == trees.count else {
            throw ForestFault.damaged(place: "tree_info", "expected \(trees.count) groups, found \(groups.count)")
        }
        guard weights.count <= trees.count, booster == "gbtree" || weights.count == trees.count else {
            throw ForestFault.damaged(place: "weight_drop", "expected \(trees.count) weights, found \(weights.count)")
        }
        var positions = [Int?](repeating: nil, count: trees.count)
        for (position, tree) in trees.enumerated() {
            let id = tree.id ?? position
            guard positions.indices.contains(id), positions[id] == nil else {
                throw ForestFault.damaged(place: "tree \(position): id", "expected each of 0..<\(trees.count) once, found \(id)")
            }
            positions[id] = position
        }
        return try positions.compactMap { $0 }.enumerated().map { id, position in
            let tree = try trees[position].tree(group: groups[id], weight: id < weights.count ? weights[id] : 1)
            if let broken = tree.brokenInvariant(featureCount: featureCount, groupCount: groupCount) {
                throw ForestFault.damaged(place: "tree \(position)", broken)
            }
            return tree
        }
    }

    private func featureNames() throws -> [String] {
        guard !names.isEmpty else {
            guard featureCount <= Self.unnamedFeatureCountMax else {
                throw ForestFault.unsupported(
                    "expected at most \(Self.unnamedFeatureCountMax) features without names, found \(featureCount); "
                        + "name them (feature_names)"
                )
            }
            return (0..<featureCount).map { "f\($0)" }
        }
        guard names.count == featureCount else {
            throw ForestFault.damaged(place: "feature_names", "expected \(featureCount) names, as num_feature says, found \(names.count)")
        }
        return names
    }

    /// One raw score a group; before XGBoost 3.1 one number stood for all.
    private func baseScores(_ objective: XGBoostObjective, _ groupCount: Int) throws -> [Double] {
        let texts = baseScore.filter { !"[] ".contains($0) }.split(separator: ",")
        let scores = texts.compactMap { Float($0).flatMap(objective.margin) }
        guard scores.count == texts.count, scores.count == 1 || scores.count == groupCount else {
            throw ForestFault.damaged(
                place: "base_score",
                "expected 1 or \(groupCount) numbers that objective \(self.objective) allows, found '\(baseScore.prefix(60))'"
            )
        }
        return (0..<groupCount).map { Double(scores[scores.count == 1 ? 0 : $0]) }
    }

    /// Trees an iteration; where iterations differ in it, the whole forest counts as one.
    private func treesPerIteration(_ groupCount: Int) throws -> Int {
        guard !iterationStarts.isEmpty else {
            let (count, isOverflow) = max(1, parallelTreeCount).multipliedReportingOverflow(by: groupCount)
            return isOverflow || trees.count % count != 0 ? trees.count : count
        }
        guard iterationStarts.first == 0, iterationStarts.last == trees.count,
            zip(iterationStarts, iterationStarts.dropFirst()).allSatisfy({ $0 < $1 })
        else { throw ForestFault.damaged(place: "iteration_indptr", "expected numbers that rise from 0 to \(trees.count)") }
        let sizes = Set(zip(iterationStarts, iterationStarts.dropFirst()).map { $1 - $0 })
        return sizes.count == 1 ? sizes.first ?? trees.count : trees.count
    }
}
