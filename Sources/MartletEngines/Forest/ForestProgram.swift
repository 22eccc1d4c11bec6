package import CForest

/// Trees in the layout that the kernels run: owns the memory that they read.
///
/// Everything is constant after `init`, so any number of threads may score at once. Makers check what they put in: the kernels
/// follow every index without a look.
package final class ForestProgram: @unchecked Sendable {  // the pointers are to memory that nobody writes any more
    /// The tables of a program; `martlet_forest.h` says what each means.
    package struct Tables {
        package var rankers: [(ranker: martlet_forest_ranker, heap: [Float], sorted32: [Float], sorted64: [Double])] = []
        package var rankColumns: [martlet_forest_rank_column] = []
        package var categoryGroups: [(group: martlet_forest_category_group, classes: [UInt8])] = []
        package var categorySets: [martlet_forest_category_set] = []
        package var chunks: [martlet_forest_chunk] = []
        package var runs: [martlet_forest_run] = []
        package var operations: [martlet_forest_op] = []
        package var slots: [UInt16] = []
        package var chunkTrees: [UInt32] = []
        package var values: [Int64] = []
        package var leafNumbers: [Int32] = []
        package var walks: [martlet_forest_walk] = []
        package var walkNodes: [martlet_forest_walk_node] = []
        package var walkValues: [Int64] = []
        package var walkLeaves: [Int32] = []
        package var lanes: [martlet_forest_lane] = []
        package var laneTrees: [martlet_forest_lane_tree] = []
        package var laneBytes: [UInt8] = []

        /// Makes empty tables.
        package init() {}
    }

    /// How many features, columns of bytes, groups and trees there are.
    package struct Counts {
        package var features: Int
        package var columns: Int
        package var groups: Int
        package var trees: Int

        /// Makes the counts.
        package init(features: Int, columns: Int, groups: Int, trees: Int) {
            (self.features, self.columns, self.groups, self.trees) = (features, columns, groups, trees)
        }
    }

    /// The instructions that it runs on.
    package let instructions: ForestInstructions
    package let counts: Counts
    private var forest = martlet_forest()
    private var memory: [UnsafeMutableRawPointer] = []

    /// Takes the tables over.
    package init(_ tables: Tables, counts: Counts, instructions: ForestInstructions, roundsToFloat: Bool) {
        self.instructions = instructions
        self.counts = counts
        forest.feature_count = UInt32(counts.features)
        forest.column_count = UInt32(counts.columns)
        forest.group_count = UInt32(counts.groups)
        forest.tree_count = UInt32(counts.trees)
        forest.rounds_to_float = roundsToFloat ? 1 : 0
        takeRanks(tables)
        takeTrees(tables)
    }

    deinit { memory.forEach { $0.deallocate() } }

    private func takeRanks(_ tables: Tables) {
        forest.ranker_count = UInt32(tables.rankers.count)
        forest.rankers = keep(
            tables.rankers.map { entry in
                var ranker = entry.ranker
                ranker.heap = keep(entry.heap)
                ranker.sorted32 = keep(entry.sorted32)
                ranker.sorted64 = keep(entry.sorted64)
                return ranker
            })
        forest.rank_columns = keep(tables.rankColumns)
        forest.category_group_count = UInt32(tables.categoryGroups.count)
        forest.category_groups = keep(
            tables.categoryGroups.map { entry in
                var group = entry.group
                group.classes = keep(entry.classes)
                return group
            })
        forest.category_sets = keep(tables.categorySets)
    }

    private func takeTrees(_ tables: Tables) {
        forest.chunk_count = UInt32(tables.chunks.count)
        forest.chunks = keep(tables.chunks)
        forest.runs = keep(tables.runs)
        forest.ops = keep(tables.operations)
        forest.slots = keep(tables.slots)
        forest.chunk_trees = keep(tables.chunkTrees)
        forest.values = keep(tables.values)
        forest.highs = keep(tables.values.map { Int32(truncatingIfNeeded: $0 >> 24) })
        forest.lows = keep(tables.values.map { Int32($0 & 0xFF_FFFF) })
        forest.leaf_numbers = keep(tables.leafNumbers)
        forest.walk_count = UInt32(tables.walks.count)
        forest.walks = keep(tables.walks)
        forest.walk_nodes = keep(tables.walkNodes)
        forest.walk_values = keep(tables.walkValues)
        forest.walk_leaves = keep(tables.walkLeaves)
        forest.lane_count = UInt32(tables.lanes.count)
        forest.lanes = keep(tables.lanes)
        forest.lane_trees = keep(tables.laneTrees)
        forest.lane_bytes = keep(tables.laneBytes)
    }

    /// Copies elements to memory of the program's own; one more cache line is there to read beyond the end.
    private func keep<Element: BitwiseCopyable>(_ elements: [Element]) -> UnsafePointer<Element> {
        let size = elements.count * MemoryLayout<Element>.stride
        let copy = UnsafeMutableRawPointer.allocate(byteCount: size + 64, alignment: 64)
        copy.initializeMemory(as: UInt8.self, repeating: 0, count: size + 64)
        elements.withUnsafeBytes { if let base = $0.baseAddress { copy.copyMemory(from: base, byteCount: size) } }
        memory.append(copy)
        return UnsafePointer(copy.assumingMemoryBound(to: Element.self))
    }

    /// Adds up each row's leaves.
    /// - Parameters:
    ///   - sums: `[rows, groups]`, in units of the last place.
    ///   - leaves: where there, `[rows, trees]`: each tree's leaf by its number in the file.
    package func sum(_ rows: ForestRows, into sums: UnsafeMutableBufferPointer<Int64>, leaves: UnsafeMutableBufferPointer<Int32>? = nil) {
        precondition(sums.count >= rows.count * counts.groups, "too little room for the sums")
        precondition(leaves.map { $0.count >= rows.count * counts.trees } ?? true, "too little room for the leaves")
        guard rows.count > 0, let into = sums.baseAddress else { return }
        let size = martlet_forest_scratch_size(&forest, rows.count)
        withUnsafeTemporaryAllocation(byteCount: size, alignment: 64) { scratch in
            var table = rows.table
            withUnsafePointer(to: forest) {
                martlet_forest_sum($0, instructions.number, &table, into, leaves?.baseAddress, scratch.baseAddress)
            }
        }
    }
}

/// Rows in memory, one number a feature: the element of a row and a feature lies at `row · rowStride + feature · columnStride`.
package struct ForestRows {
    var table: martlet_forest_rows
    /// How many rows there are.
    package private(set) var count: Int

    /// Rows of floats; `nan` means missing.
    package init(_ values: UnsafeBufferPointer<Float>, _ layout: RowLayout, featureCount: Int) {
        layout.check(elementCount: values.count, featureCount: featureCount)
        self.init(UnsafeRawPointer(values.baseAddress), isDouble: false, layout)
    }

    /// Rows of doubles; `nan` means missing.
    package init(_ values: UnsafeBufferPointer<Double>, _ layout: RowLayout, featureCount: Int) {
        layout.check(elementCount: values.count, featureCount: featureCount)
        self.init(UnsafeRawPointer(values.baseAddress), isDouble: true, layout)
    }

    /// Some rows that follow one another.
    package func piece(_ first: Int, _ count: Int) -> ForestRows {
        precondition(first >= 0 && count >= 0 && first + count <= self.count, "the piece reaches beyond the rows")
        var piece = self
        let size = table.is_double != 0 ? MemoryLayout<Double>.stride : MemoryLayout<Float>.stride
        piece.table.values = table.values?.advanced(by: first * table.row_stride * size)
        piece.table.row_count = UInt32(count)
        piece.count = count
        return piece
    }

    private init(_ values: UnsafeRawPointer?, isDouble: Bool, _ layout: RowLayout) {
        count = layout.rowCount
        table = martlet_forest_rows(
            values: values, is_double: isDouble ? 1 : 0, row_count: UInt32(layout.rowCount), row_stride: layout.rowStride,
            column_stride: layout.columnStride
        )
    }
}

/// Where the elements of rows lie in memory, in elements.
package struct RowLayout: Sendable, Equatable {
    package var rowCount: Int
    package var rowStride: Int
    package var columnStride: Int

    /// Makes a layout.
    package init(rowCount: Int, rowStride: Int, columnStride: Int) {
        (self.rowCount, self.rowStride, self.columnStride) = (rowCount, rowStride, columnStride)
    }

    /// Row by row.
    package static func rows(_ count: Int, columns: Int) -> RowLayout { RowLayout(rowCount: count, rowStride: columns, columnStride: 1) }
    /// Column by column.
    package static func columns(rowCount: Int) -> RowLayout { RowLayout(rowCount: rowCount, rowStride: 1, columnStride: rowCount) }

    func check(elementCount: Int, featureCount: Int) {
        precondition(rowCount >= 0 && rowCount <= Int(UInt32.max) && rowStride >= 0 && columnStride >= 0, "the layout is none")
        guard rowCount > 0, featureCount > 0 else { return }
        let last = (rowCount - 1) * rowStride + (featureCount - 1) * columnStride
        precondition(last < elementCount, "the rows reach beyond the elements")
    }
}

/// The vector instructions that kernels are written for.
package enum ForestInstructions: String, Sendable, CaseIterable, Comparable {
    case plain, avx2, avx512

    /// The best that this processor has.
    package static let best = ForestInstructions(number: martlet_forest_instructions())

    /// Those that this processor has.
    package static var available: [ForestInstructions] { allCases.filter { $0 <= best } }

    private init(number: Int32) { self = Self.allCases[Int(number)] }

    var number: Int32 { Int32(Self.allCases.firstIndex(of: self) ?? 0) }

    package static func < (left: ForestInstructions, right: ForestInstructions) -> Bool { left.number < right.number }
}
