/// Reads one tree of XGBoost's schema: parallel arrays over its nodes, leaves among them.
struct XGBoostTreeReader {
    /// Category numbers that `Float` tells apart; the library takes larger ones for invalid.
    private static let categoryEnd = 1 << 24

    /// Where the tree belongs in the order of trees; `nil` where the file does not say.
    private(set) var id: Int?
    private let place: String
    private var lefts: [Int] = []
    private var rights: [Int] = []
    private var features: [Int] = []
    private var conditions: [Float] = []
    private var defaultLefts: [Int] = []
    private var splitTypes: [Int] = []
    private var categories: [Int] = []
    private var categoryNodes: [Int] = []
    private var categoryStarts: [Int] = []
    private var categoryCounts: [Int] = []
    private var declaredCount: Int?

    /// Reads the object at which the document stands. `number` counts trees in the order of the file.
    init(_ document: inout some DocumentReader, number: Int) throws {
        place = "tree \(number)"
        try document.object { document, key in
            try ForestFault.locating("\(place): \(key)") { try read(key, &document) }
        }
        try checkCounts()
    }

    private mutating func read(_ key: String, _ document: inout some DocumentReader) throws {
        switch key {
        case "id": id = try document.integer()
        case "left_children": lefts = try document.integers()
        case "right_children": rights = try document.integers()
        case "split_indices": features = try document.integers()
        case "split_conditions": conditions = try document.floats()
        case "default_left": defaultLefts = try document.integers()
        case "split_type": splitTypes = try document.integers()
        case "categories": categories = try document.integers()
        case "categories_nodes": categoryNodes = try document.integers()
        case "categories_segments": categoryStarts = try document.integers()
        case "categories_sizes": categoryCounts = try document.integers()
        case "tree_param": try document.object { try readParameter($1, &$0) }
        default: try document.skip()
        }
    }

    private mutating func readParameter(_ key: String, _ document: inout some DocumentReader) throws {
        switch key {
        case "num_nodes": declaredCount = Int(try document.string())
        case "size_leaf_vector":
            guard (Int(try document.string()) ?? 2) <= 1 else {
                throw ForestFault.unsupported(
                    "its trees have vectors in their leaves (multi_strategy=multi_output_tree), which Martlet does not run; "
                        + "train again with multi_strategy=one_output_per_tree"
                )
            }
        default: try document.skip()
        }
    }

    // MARK: Tree

    /// The tree without nodes that pruning left behind. Nodes and leaves keep the order of the file.
    /// - Parameter weight: what its leaves are multiplied by: exactly, since both factors are in single precision.
    func tree(group: Int, weight: Float) throws -> Forest.Tree {
        let sets = try categorySets()
        let isReached = try reachedNodes()
        var nodeNumbers = [Int32](repeating: 0, count: lefts.count)
        var tree = Forest.Tree(nodes: [], leaves: [], group: group)
        var inner: [Int] = []
        for node in lefts.indices where isReached[node] {
            if lefts[node] == -1 {
                nodeNumbers[node] = -1 - Int32(tree.leaves.count)
                tree.leaves.append(Double(conditions[node]) * Double(weight))
            } else {
                nodeNumbers[node] = Int32(inner.count)
                inner.append(node)
            }
        }
        guard tree.leaves.allSatisfy(\.isFinite) else { throw fault("split_conditions", "expected finite leaves") }
        tree.nodes = try inner.map { node in
            guard let feature = Int32(exactly: features[node]) else {
                throw fault("split_indices", "node \(node): found \(features[node])")
            }
            return Forest.Node(
                feature: feature, left: nodeNumbers[lefts[node]], right: nodeNumbers[rights[node]], split: try split(node, sets[node])
            )
        }
        return tree
    }

    private func checkCounts() throws {
        let count = lefts.count
        guard count > 0, count <= Int(Int32.max) else { throw fault("left_children", "expected 1 to \(Int32.max) nodes, found \(count)") }
        let counts = [
            "right_children": rights.count, "split_indices": features.count, "split_conditions": conditions.count,
            "default_left": defaultLefts.count,
        ]
        for (key, found) in counts.sorted(by: { $0.key < $1.key }) where found != count {
            throw fault(key, "expected \(count) values, as in left_children, found \(found)")
        }
        guard splitTypes.isEmpty || splitTypes.count == count else {
            throw fault("split_type", "expected \(count) values, as in left_children, found \(splitTypes.count)")
        }
        guard declaredCount == nil || declaredCount == count else {
            throw fault("tree_param", "expected num_nodes \(count), as in left_children, found \(declaredCount ?? 0)")
        }
    }

    /// The nodes on ways from the root. - Throws: a fault for a child that does not exist or is reached twice.
    private func reachedNodes() throws -> [Bool] {
        var isReached = [Bool](repeating: false, count: lefts.count)
        var waiting = [0]
        isReached[0] = true
        while let node = waiting.popLast() {
            guard lefts[node] != -1 else { continue }
            for child in [lefts[node], rights[node]] {
                guard lefts.indices.contains(child) else { throw fault("left_children", "node \(node): its child \(child) does not exist") }
                guard !isReached[child] else { throw fault("left_children", "node \(node): its child \(child) is reached twice") }
                isReached[child] = true
                waiting.append(child)
            }
        }
        return isReached
    }

    private func split(_ node: Int, _ set: [Int32]?) throws -> Forest.Split {
        let missingGoesLeft = defaultLefts[node] != 0
        guard splitTypes.isEmpty || splitTypes[node] == 0 else {
            guard let set else { throw fault("categories_nodes", "expected node \(node), which splits by categories") }
            return .categories(set, membersGoLeft: false, missingGoesLeft: missingGoesLeft)
        }
        let condition = conditions[node]
        guard !condition.isNaN else { throw fault("split_conditions", "node \(node): found NaN") }
        // Nothing is below -inf: what is not missing goes right, as it does beside an empty set.
        guard condition > -.infinity else { return .categories([], membersGoLeft: true, missingGoesLeft: missingGoesLeft) }
        return .number(threshold: Double(condition.nextDown), missing: .nan, missingGoesLeft: missingGoesLeft)
    }

    // MARK: Categories

    /// Each node's categories that go right, for the nodes that have any.
    private func categorySets() throws -> [Int: [Int32]] {
        guard categoryNodes.count == categoryStarts.count, categoryNodes.count == categoryCounts.count else {
            throw fault("categories_nodes", "expected as many nodes as segments and sizes")
        }
        var sets: [Int: [Int32]] = [:]
        var end = 0
        for index in categoryNodes.indices {
            let (node, start, count) = (categoryNodes[index], categoryStarts[index], categoryCounts[index])
            // Segments lie one behind the other, so that together they are no longer than the file's list.
            guard start == end, count > 0, count <= categories.count - start else {
                throw fault("categories_segments", "expected segment \(index) to begin at \(end), within \(categories.count) categories")
            }
            end = start + count
            let members = Set(categories[start..<end])
            guard members.allSatisfy({ $0 >= 0 }) else { throw fault("categories", "expected categories of 0 or more") }
            guard sets.updateValue(members.filter { $0 < Self.categoryEnd }.map(Int32.init).sorted(), forKey: node) == nil else {
                throw fault("categories_nodes", "expected each node once, found \(node) twice")
            }
        }
        return sets
    }

    private func fault(_ key: String, _ reason: String) -> ForestFault { .damaged(place: "\(place): \(key)", reason) }
}
