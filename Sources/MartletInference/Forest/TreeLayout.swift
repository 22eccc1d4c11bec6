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
    private(set) var leafOrder: [Int] = []

    init(_ tree: Forest.Tree, number: Int, columns: inout ForestColumns) {
        self.number = number
        group = tree.group
        let sizes = Self.sizes(tree)
        nodes.reserveCapacity(tree.nodes.count)
        leafOrder.reserveCapacity(tree.leaves.count)
        var firstBits = [Int](repeating: 0, count: tree.nodes.count)
        func size(_ child: Int32) -> Int { child < 0 ? 1 : sizes[Int(child)] }
        var order = [Int](repeating: 0, count: tree.leaves.count)
        func put(_ child: Int32, at bit: Int) {
            if child < 0 { order[bit] = Int(-1 - child) } else { firstBits[Int(child)] = bit }
        }
        if tree.nodes.isEmpty { order[0] = 0 }
        var placed: [Node?] = Array(repeating: nil, count: tree.nodes.count)
        var open: [Int] = tree.nodes.isEmpty ? [] : [0]
        while let index = open.popLast() {
            let node = tree.nodes[index]
            let first = firstBits[index]
            let isLeftSmaller = size(node.left) <= size(node.right)
            let (small, large) = isLeftSmaller ? (node.left, node.right) : (node.right, node.left)
            let bits = first..<first + size(small)
            put(small, at: first)
            put(large, at: bits.upperBound)
            let test = columns.test(node, isTrueRight: isLeftSmaller)
            placed[index] = Node(test: test, smaller: bits, whereAbove: large, whereBelow: small)
            for child in [node.left, node.right] where child >= 0 { open.append(Int(child)) }
        }
        nodes = placed.compactMap(\.self)
        leafOrder = order
    }

    /// The leaves below each node.
    private static func sizes(_ tree: Forest.Tree) -> [Int] {
        var order: [Int] = tree.nodes.isEmpty ? [] : [0]
        var next = 0
        while next < order.count {
            let node = tree.nodes[order[next]]
            for child in [node.left, node.right] where child >= 0 { order.append(Int(child)) }
            next += 1
        }
        var sizes = [Int](repeating: 0, count: tree.nodes.count)
        for index in order.reversed() {
            let node = tree.nodes[index]
            sizes[index] = [node.left, node.right].reduce(0) { $0 + ($1 < 0 ? 1 : sizes[Int($1)]) }
        }
        return sizes
    }

    var planeCount: Int { (leafOrder.count + 7) / 8 }
    /// Whether the tree has more leaves than planes are worth.
    var isLarge: Bool { planeCount > Int(MARTLET_FOREST_PLANES_MAX) }
    var operationCount: Int { nodes.reduce(0) { $0 + ($1.smaller.upperBound + 7) / 8 - $1.smaller.lowerBound / 8 } }

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
