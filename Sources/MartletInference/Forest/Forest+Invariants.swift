extension Forest.Tree {
    /// The rule that this tree breaks, in words; `nil` where it is a tree of `featureCount` features and `groupCount` groups.
    ///
    /// A tree that breaks none can be walked from its root without a check: every step ends at a leaf that is there, and every
    /// node and leaf is on exactly one way.  - Complexity: O(nodes).
    func brokenInvariant(featureCount: Int, groupCount: Int) -> String? {
        guard (0..<groupCount).contains(group) else { return "expected a group in 0..<\(groupCount), found \(group)" }
        guard leaves.count == nodes.count + 1 else {
            return "expected one leaf more than nodes, found \(nodes.count) nodes and \(leaves.count) leaves"
        }
        guard leaves.count <= Int(Int32.max) else { return "expected at most \(Int32.max) leaves, found \(leaves.count)" }
        if let wrong = nodes.firstIndex(where: { $0.feature < 0 || Int($0.feature) >= featureCount }) {
            return "node \(wrong): expected a feature in 0..<\(featureCount), found \(nodes[wrong].feature)"
        }
        return nodes.isEmpty ? nil : brokenWay
    }

    /// Walks all ways from the root: whatever is reached must exist and be reached once, and nothing may be left over.
    private var brokenWay: String? {
        var isReached = [Bool](repeating: false, count: nodes.count + leaves.count)
        var waiting: [Int32] = [0]
        var reachedCount = 1
        isReached[0] = true
        func reach(_ child: Int32, from position: Int32) -> String? {
            // Leaves are marked after the nodes.
            let mark = child >= 0 ? Int(child) : nodes.count - 1 - Int(child)
            guard child < nodes.count, mark < isReached.count else { return "node \(position): its child \(child) does not exist" }
            guard !isReached[mark] else { return "node \(position): its child \(child) is reached twice" }
            isReached[mark] = true
            reachedCount += 1
            if child >= 0 { waiting.append(child) }
            return nil
        }
        while let position = waiting.popLast() {
            if let broken = reach(nodes[Int(position)].left, from: position) { return broken }
            if let broken = reach(nodes[Int(position)].right, from: position) { return broken }
        }
        return reachedCount == isReached.count ? nil : "\(isReached.count - reachedCount) nodes or leaves are on no way from the root"
    }
}
