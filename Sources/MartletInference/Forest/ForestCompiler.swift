import CForest
import MartletCore
import MartletEngines

/// Lays trees out for the kernels of `CForest`; docs/performance.md explains the layout.
struct ForestCompiler {
    let forest: Forest
    let instructions: ForestInstructions
    /// Leaf values are whole multiples of 2 to the power of minus this.
    let fractionBits: Int
    private var columns: ForestColumns
    private var tables = ForestProgram.Tables()

    init(_ forest: Forest, instructions: ForestInstructions) throws {
        self.forest = forest
        self.instructions = instructions
        fractionBits = try Self.fractionBits(forest)
        columns = try ForestColumns(forest)
    }

    /// A unit in which 2^53 hold the largest possible sum of any group.
    /// - Throws: `corrupt` where no number holds that sum.
    private static func fractionBits(_ forest: Forest) throws -> Int {
        var largest = [Double](repeating: 0, count: forest.groupCount)
        for tree in forest.trees { largest[tree.group] += tree.leaves.lazy.map(\.magnitude).max() ?? 0 }
        let sum = largest.max() ?? 0
        guard sum.isFinite else {
            throw MartletError(.corrupt, "the model's leaves: expected values whose sum is a number, found a larger one; train it anew")
        }
        return sum > 0 ? 52 - Int(sum.exponent) : 0
    }

    /// A leaf's value in that unit.
    private func fixed(_ value: Double) -> Int64 {
        Int64(Double(sign: .plus, exponent: fractionBits, significand: value).rounded())
    }

    mutating func program() -> ForestProgram {
        let layouts = forest.trees.indices.map { TreeLayout(forest.trees[$0], number: $0, columns: &columns) }
        for layout in layouts { addWalk(layout) }
        addChunks(layouts.filter { !$0.isLarge })
        addLanes(layouts)
        columns.fill(&tables)
        let counts = ForestProgram.Counts(
            features: forest.featureCount, columns: columns.count, groups: forest.groupCount, trees: forest.trees.count)
        return ForestProgram(tables, counts: counts, instructions: instructions, roundsToFloat: forest.roundsToFloat)
    }

    // MARK: Walked

    private mutating func addWalk(_ layout: TreeLayout) {
        let firstNode = Int32(tables.walkNodes.count)
        let firstLeaf = Int32(tables.walkValues.count)
        func place(_ child: Int32) -> Int32 { child < 0 ? child - firstLeaf : child + firstNode }
        tables.walkNodes += layout.nodes.map { node in
            martlet_forest_walk_node(
                column: UInt32(node.test.column), right: place(node.whereAbove), left: place(node.whereBelow),
                threshold: UInt32(node.test.threshold))
        }
        let leaves = forest.trees[layout.number].leaves
        tables.walkValues += leaves.map(fixed)
        tables.walkLeaves += leaves.indices.map(Int32.init)
        tables.walks.append(
            martlet_forest_walk(
                group: UInt32(layout.group), tree: UInt32(layout.number), root: place(layout.nodes.isEmpty ? -1 : 0),
                is_large: layout.isLarge ? 1 : 0))
    }

    // MARK: By planes

    /// How many trees a chunk has at most, so that the lower halves of their leaves add up within 31 bits.
    private static let chunkTreeCountMax = 127

    private mutating func addChunks(_ layouts: [TreeLayout]) {
        let kinds = Dictionary(grouping: layouts) { [$0.group, $0.planeCount] }
        for kind in kinds.keys.sorted(by: { $0.lexicographicallyPrecedes($1) }) {
            let alike = (kinds[kind] ?? []).sorted { ($0.operationCount, $0.number) < ($1.operationCount, $1.number) }
            let size = min(Self.chunkTreeCountMax, Int(MARTLET_FOREST_UNITS_MAX) / kind[1])
            for start in stride(from: 0, to: alike.count, by: size) {
                addChunk(Array(alike[start..<min(start + size, alike.count)]), group: kind[0], planes: kind[1])
            }
        }
    }

    /// One chunk. Units of equal length stand together, so that the processor can foresee where each ends.
    private mutating func addChunk(_ layouts: [TreeLayout], group: Int, planes: Int) {
        var chunk = martlet_forest_chunk()
        chunk.group = UInt32(group)
        chunk.planes = UInt32(planes)
        chunk.tree_count = UInt32(layouts.count)
        chunk.first_tree = UInt32(tables.chunkTrees.count)
        chunk.first_run = UInt32(tables.runs.count)
        chunk.first_op = UInt32(tables.operations.count)
        chunk.first_slot = UInt32(tables.slots.count)
        chunk.first_value = tables.values.count
        var units: [(slot: Int, operations: [TreeLayout.Operation])] = []
        for (position, layout) in layouts.enumerated() {
            for (plane, operations) in layout.operations.enumerated() { units.append((position * planes + plane, operations)) }
            tables.chunkTrees.append(UInt32(layout.number))
            addLeaves(layout)
        }
        units.sort { ($0.operations.count, $0.slot) < ($1.operations.count, $1.slot) }
        for unit in units { addUnit(unit.slot, unit.operations, isFirst: tables.runs.count == Int(chunk.first_run)) }
        chunk.run_count = UInt32(tables.runs.count) - chunk.first_run
        tables.chunks.append(chunk)
    }

    private mutating func addUnit(_ slot: Int, _ operations: [TreeLayout.Operation], isFirst: Bool) {
        tables.slots.append(UInt16(slot))
        tables.operations += operations.map(encode)
        if !isFirst, let last = tables.runs.indices.last, tables.runs[last].op_count == operations.count {
            tables.runs[last].unit_count += 1
        } else {
            tables.runs.append(martlet_forest_run(unit_count: 1, op_count: UInt32(operations.count)))
        }
    }

    private func encode(_ operation: TreeLayout.Operation) -> martlet_forest_op {
        let threshold = UInt32(operation.test.threshold)
        let column = UInt32(operation.test.column) * UInt32(MARTLET_FOREST_BLOCK * MARTLET_FOREST_BLOCKS)
        guard instructions == .avx512 else {
            return martlet_forest_op(column: column, threshold: threshold | UInt32(operation.clear) << 8, keep: 0)
        }
        return martlet_forest_op(column: column, threshold: threshold * 0x0101_0101, keep: Self.matrix(keeping: ~operation.clear))
    }

    /// The matrix over GF(2) that keeps some bits of a byte: the row of bit i is the matrix's byte 7 - i.
    private static func matrix(keeping bits: UInt8) -> UInt64 {
        var matrix: UInt64 = 0
        for bit in 0..<8 where bits & (1 << UInt8(bit)) != 0 { matrix |= (1 as UInt64) << UInt64(bit + 8 * (7 - bit)) }
        return matrix
    }

    private mutating func addLeaves(_ layout: TreeLayout) {
        let width = max(16, layout.planeCount * 8)
        let leaves = forest.trees[layout.number].leaves
        tables.values += layout.leafOrder.map { fixed(leaves[$0]) }
        tables.values += [Int64](repeating: 0, count: width - layout.leafOrder.count)
        tables.leafNumbers += layout.leafOrder.map(Int32.init)
        tables.leafNumbers += [Int32](repeating: -1, count: width - layout.leafOrder.count)
    }

    // MARK: By lanes

    private static let lanePlanesMax = 8
    private static let laneTreeCountMax = 64

    /// Lanes for all trees, or none: only AVX-512 looks up bytes in so many columns at once.
    private mutating func addLanes(_ layouts: [TreeLayout]) {
        guard instructions == .avx512, columns.count <= Int(MARTLET_FOREST_LANE_COLUMNS_MAX),
            layouts.allSatisfy({ $0.planeCount <= Self.lanePlanesMax })
        else { return }
        var firstValues: [Int: Int] = [:]
        for chunk in tables.chunks {
            let width = max(16, Int(chunk.planes) * 8)
            for tree in 0..<Int(chunk.tree_count) {
                firstValues[Int(tables.chunkTrees[Int(chunk.first_tree) + tree])] = chunk.first_value + tree * width
            }
        }
        let kinds = Dictionary(grouping: layouts) { [$0.group, $0.planeCount <= 4 ? 4 : 8] }
        for kind in kinds.keys.sorted(by: { $0.lexicographicallyPrecedes($1) }) {
            let alike = (kinds[kind] ?? []).sorted { ($0.nodes.count, $0.number) < ($1.nodes.count, $1.number) }
            for start in stride(from: 0, to: alike.count, by: Self.laneTreeCountMax) {
                let trees = alike[start..<min(start + Self.laneTreeCountMax, alike.count)]
                addLane(Array(trees), group: kind[0], planes: kind[1], firstValues)
            }
        }
    }

    private mutating func addLane(_ layouts: [TreeLayout], group: Int, planes: Int, _ firstValues: [Int: Int]) {
        let nodeCount = layouts.map(\.nodes.count).max() ?? 0
        let lane = martlet_forest_lane(
            group: UInt32(group), planes: UInt32(planes), tree_count: UInt32(layouts.count), node_count: UInt32(nodeCount),
            first_byte: tables.laneBytes.count, first_tree: tables.laneTrees.count)
        tables.lanes.append(lane)
        tables.laneTrees += layouts.map {
            martlet_forest_lane_tree(first_value: firstValues[$0.number] ?? 0, tree: UInt32($0.number), unused: 0)
        }
        let size = (2 + planes) * Self.laneTreeCountMax
        var bytes = [UInt8](repeating: 0xFF, count: nodeCount * size)
        for (position, layout) in layouts.enumerated() {
            for (number, node) in layout.nodes.enumerated() {
                let base = number * size + position
                bytes[base] = UInt8(node.test.column)
                bytes[base + 64] = node.test.threshold
                for plane in 0..<layout.planeCount {
                    bytes[base + (2 + plane) * 64] = ~TreeLayout.bits(of: node.smaller, in: plane)
                }
            }
            for number in layout.nodes.count..<nodeCount { bytes[number * size + position] = 0 }
        }
        tables.laneBytes += bytes
    }
}
