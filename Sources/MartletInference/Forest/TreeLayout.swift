import CForest

/// One tree with its leaves in the order of their bits: at every node the side with fewer leaves comes first.
///
/// A row that passes a node on its larger side clears the bits of the smaller one. Of the bits that are left after all nodes, the
/// first is the row's leaf (Lucchese and others, QuickScorer, SIGIR 2015; ordering by size keeps the cleared ranges short).
struct TreeLayout {
    /// True where a column's byte is at least the threshold.
    struct Test {
        let column: Int
        let threshold: UInt8
    }

    struct Node {
        /// Whether the row passes on the larger side.
        let test: Test
        /// The bits of the smaller side.
        let smaller: Range<Int>
        let whereAbove: Int32
        let whereBelow: Int32
    }

    struct Operation {
        let test: Test
        let clear: UInt8
    }

    let number: Int
    let group: Int
    /// As in the tree.
    private(set) var nodes: [Node] = []
    /// The tree's leaf of each bit.
    private(set) var leafOrder: [Int]
    /// How many operations all planes have together.
    private(set) var operationCount = 0

    init(_ tree: Forest.Tree, number: Int, columns: inout ForestColumns) {
        self.number = number
        group = tree.group
        leafOrder = Array(repeating: 0, count: tree.leaves.count)
        guard !tree.nodes.isEmpty else { return }
        let order = Self.fromRoot(tree)
        let sizes = Self.sizes(tree, order)
        func size(_ child: Int32) -> Int { child < 0 ? 1 : sizes[Int(child)] }
        var firstBits = [Int](repeating: 0, count: tree.nodes.count)
        func put(_ child: Int32, at bit: Int) {
            if child < 0 { leafOrder[bit] = Int(-1 - child) } else { firstBits[Int(child)] = bit }
        }
        nodes = Array(
            repeating: Node(test: Test(column: 0, threshold: 0), smaller: 0..<1, whereAbove: 0, whereBelow: 0), count: order.count)
        for index in order {
            let (left, right) = (tree.nodes[index].left, tree.nodes[index].right)
            let isLeftSmaller = size(left) <= size(right)
            let (small, large) = isLeftSmaller ? (left, right) : (right, left)
            let bits = firstBits[index]..<firstBits[index] + size(small)
            put(small, at: bits.lowerBound)
            put(large, at: bits.upperBound)
            let test = columns.test(tree.nodes[index], isTrueRight: isLeftSmaller)
            nodes[index] = Node(test: test, smaller: bits, whereAbove: large, whereBelow: small)
            operationCount += (bits.upperBound + 7) / 8 - bits.lowerBound / 8
        }
    }

    /// All nodes, each before its children.
    private static func fromRoot(_ tree: Forest.Tree) -> [Int] {
        var order = [0]
        order.reserveCapacity(tree.nodes.count)
        var next = 0
        while next < order.count {
            let (left, right) = (tree.nodes[order[next]].left, tree.nodes[order[next]].right)
            if left >= 0 { order.append(Int(left)) }
            if right >= 0 { order.append(Int(right)) }
            next += 1
        }
        return order
    }

    /// The leaves below each node.
    private static func sizes(_ tree: Forest.Tree, _ order: [Int]) -> [Int] {
        var sizes = [Int](repeating: 0, count: tree.nodes.count)
        for index in order.reversed() {
            let (left, right) = (tree.nodes[index].left, tree.nodes[index].right)
            sizes[index] = (left < 0 ? 1 : sizes[Int(left)]) + (right < 0 ? 1 : sizes[Int(right)])
        }
        return sizes
    }

    var planeCount: Int { (leafOrder.count + 7) / 8 }
    /// Whether the tree has more leaves than planes are worth.
    var isLarge: Bool { planeCount > Int(MARTLET_FOREST_PLANES_MAX) }

    /// What each plane's bits go through.
    var operations: [[Operation]] {
        var planes = [[Operation]](repeating: [], count: planeCount)
        for node in nodes {
            for plane in node.smaller.lowerBound / 8...(node.smaller.upperBound - 1) / 8 {
                planes[plane].append(Operation(test: node.test, clear: Self.bits(of: node.smaller, in: plane)))
            }
        }
        return planes
    }

    /// The part of a range of bits that lies in a plane.
    static func bits(of range: Range<Int>, in plane: Int) -> UInt8 {
        let part = range.clamped(to: plane * 8..<plane * 8 + 8)
        guard !part.isEmpty else { return 0 }
        return UInt8((1 << part.count) - 1) << UInt8(part.lowerBound - plane * 8)
    }
}
