import CForest
import MartletCore
import MartletEngines

/// The columns of bytes that a forest's nodes compare: the rank of a value among its feature's thresholds, or membership in a set
/// of categories, with what stands for missing values already put in.
struct ForestColumns {
    /// A column of ranks: one part of a feature's thresholds, one way to treat missing values.
    private struct RankKey: Hashable {
        let feature: Int
        let part: Int
        let missing: Forest.Missing
        let missingGoesLeft: Bool
        let isFlipped: Bool

        /// One word instead of five: every node looks its column up.
        func hash(into hasher: inout Hasher) {
            let ways = Int(missing.rawValue) << 2 | (missingGoesLeft ? 2 : 0) | (isFlipped ? 1 : 0)
            hasher.combine((feature << 24 ^ part) << 4 ^ ways)
        }
    }

    private struct SetKey: Hashable {
        let feature: Int
        let categories: [Int32]
        let membersGoLeft: Bool
        let missingGoesLeft: Bool
        let isFlipped: Bool
    }

    /// Thresholds of one ranker.
    static let partSize = 255
    /// One more than the largest category that is read.
    static let categoryCountMax = 1 << 24

    private let thresholds: [[Double]]
    private var ranks: [RankKey: Int] = [:]
    private var sets: [SetKey: Int] = [:]
    /// How many columns there are.
    private(set) var count = 0

    init(_ forest: Forest) throws {
        var all = [[Double]](repeating: [], count: forest.featureCount)
        for tree in forest.trees {
            for node in tree.nodes {
                switch node.split {
                case .number(let threshold, _, _): all[Int(node.feature)].append(threshold)
                case .categories(let categories, _, _):
                    guard let largest = categories.last, largest >= Self.categoryCountMax else { continue }
                    throw MartletError(
                        .invalidInput,
                        "feature '\(forest.featureNames[Int(node.feature)])': category \(largest) is beyond the limit of \(Self.categoryCountMax); number the categories from 0 and train again"
                    )
                }
            }
        }
        thresholds = all.map { values in
            values.sorted().reduce(into: []) { distinct, value in if distinct.last != value { distinct.append(value) } }
        }
    }

    /// The test that is true where the row goes right, or, if `isTrueRight` is false, left.
    mutating func test(_ node: Forest.Node, isTrueRight: Bool) -> TreeLayout.Test {
        let feature = Int(node.feature)
        switch node.split {
        case .number(let threshold, let missing, let missingGoesLeft):
            let position = Self.position(of: threshold, in: thresholds[feature])
            let key = RankKey(
                feature: feature, part: position / Self.partSize, missing: missing, missingGoesLeft: missing != .none && missingGoesLeft,
                isFlipped: !isTrueRight)
            // Right: the rank is position + 1 or more. Left: 255 - rank is 255 - position or more.
            let within = position % Self.partSize
            return TreeLayout.Test(column: number(key), threshold: UInt8(isTrueRight ? within + 1 : 255 - within))
        case .categories(let categories, let membersGoLeft, let missingGoesLeft):
            let key = SetKey(
                feature: feature, categories: categories, membersGoLeft: membersGoLeft, missingGoesLeft: missingGoesLeft,
                isFlipped: !isTrueRight)
            return TreeLayout.Test(column: number(key), threshold: 1)
        }
    }

    private mutating func number(_ key: RankKey) -> Int {
        if let column = ranks[key] { return column }
        defer { count += 1 }
        ranks[key] = count
        return count
    }

    private mutating func number(_ key: SetKey) -> Int {
        if let column = sets[key] { return column }
        defer { count += 1 }
        sets[key] = count
        return count
    }

    private static func position(of threshold: Double, in sorted: [Double]) -> Int {
        var low = 0
        var high = sorted.count
        while low < high {
            let middle = (low + high) / 2
            if sorted[middle] < threshold { low = middle + 1 } else { high = middle }
        }
        return low
    }

    // MARK: Tables

    /// Writes the tables of all columns that were asked for.
    func fill(_ tables: inout ForestProgram.Tables) {
        let parts = Dictionary(grouping: ranks) { [$0.key.feature, $0.key.part] }
        for part in parts.keys.sorted(by: { $0.lexicographicallyPrecedes($1) }) {
            let first = tables.rankColumns.count
            let columns = (parts[part] ?? []).sorted { $0.value < $1.value }
            tables.rankColumns += columns.map { key, column in
                martlet_forest_rank_column(
                    column: UInt32(column), missing: key.missing.rawValue, missing_rank: key.missingGoesLeft ? 0 : 255,
                    flip: key.isFlipped ? 255 : 0, unused: 0)
            }
            let all = thresholds[part[0]]
            let own = Array(all[part[1] * Self.partSize..<min((part[1] + 1) * Self.partSize, all.count)])
            var ranker = ForestRanker(own)
            ranker.table.feature = UInt32(part[0])
            ranker.table.first_column = UInt32(first)
            ranker.table.column_count = UInt32(columns.count)
            tables.rankers.append((ranker.table, ranker.heap, ranker.sorted32, ranker.sorted64))
        }
        let features = Dictionary(grouping: sets) { $0.key.feature }
        for feature in features.keys.sorted() {
            fillSets((features[feature] ?? []).sorted { $0.value < $1.value }, feature, &tables)
        }
    }

    /// Groups the sets of one feature so that each group tells few enough classes apart.
    private func fillSets(_ entries: [(key: SetKey, value: Int)], _ feature: Int, _ tables: inout ForestProgram.Tables) {
        var group = CategoryClasses()
        var members: [(key: SetKey, value: Int)] = []
        func close() {
            let classes = group.table
            var row = martlet_forest_category_group()
            row.feature = UInt32(feature)
            row.category_count = UInt32(classes.count)
            row.first_set = UInt32(tables.categorySets.count)
            row.set_count = UInt32(members.count)
            row.sign_first = members.contains { $0.key.membersGoLeft } ? 0 : 1
            tables.categorySets += members.map { Self.set($0.key, $0.value, classes) }
            tables.categoryGroups.append((row, classes))
        }
        for entry in entries {
            if !group.add(entry.key.categories) {
                close()
                group = CategoryClasses()
                members = []
                _ = group.add(entry.key.categories)
            }
            members.append(entry)
        }
        close()
    }

    private static func set(_ key: SetKey, _ column: Int, _ classes: [UInt8]) -> martlet_forest_category_set {
        var goesRight = [Bool](repeating: key.membersGoLeft, count: 256)
        goesRight[1] = !key.missingGoesLeft
        for category in key.categories { goesRight[Int(classes[Int(category)])] = !key.membersGoLeft }
        var set = martlet_forest_category_set()
        set.column = UInt32(column)
        withUnsafeMutableBytes(of: &set.members) { bytes in
            for (number, isRight) in goesRight.enumerated() where isRight != key.isFlipped { bytes[number / 8] |= 1 << (number % 8) }
        }
        return set
    }
}

/// Categories by which of some sets they are in. Class 0 is in none, class 1 is kept for what is no number.
struct CategoryClasses {
    private static let classCountMax = 256
    /// The class of each category that is in any set.
    private var classes: [Int32: Int] = [:]
    private var classCount = 2

    /// Adds a set. - Returns: false, and changes nothing, where there would be too many classes.
    mutating func add(_ categories: [Int32]) -> Bool {
        var split: [Int: Int] = [:]
        var next = classCount
        var changed: [(Int32, Int)] = []
        var leaving: [Int: Int] = [:]
        for category in categories { leaving[classes[category] ?? 0, default: 0] += 1 }
        let sizes = classes.values.reduce(into: [Int: Int]()) { $0[$1, default: 0] += 1 }
        for category in categories {
            let old = classes[category] ?? 0
            if old != 0, leaving[old] == sizes[old] { continue }  // the whole class is in the set
            if split[old] == nil {
                split[old] = next
                next += 1
            }
            changed.append((category, split[old] ?? 0))
        }
        guard next <= Self.classCountMax else { return false }
        for (category, number) in changed { classes[category] = number }
        classCount = next
        return true
    }

    /// The class of each category from 0 on.
    var table: [UInt8] {
        var table = [UInt8](repeating: 0, count: Int(classes.keys.max() ?? -1) + 1)
        for (category, number) in classes { table[Int(category)] = UInt8(number) }
        return table
    }
}
