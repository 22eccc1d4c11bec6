/// Reads the block of one tree: lines `key=value` up to a blank line.
struct LightGBMTreeReader {
    /// What prediction needs of a block; all other lines are passed over unread.
    private enum Key: String {
        case leafCount = "num_leaves"
        case categorySetCount = "num_cat"
        case features = "split_feature"
        case thresholds = "threshold"
        case decisions = "decision_type"
        case lefts = "left_child"
        case rights = "right_child"
        case leaves = "leaf_value"
        case categoryEnds = "cat_boundaries"
        case categoryWords = "cat_threshold"
        case isLinear = "is_linear"
    }

    private let bytes: UnsafeBufferPointer<UInt8>
    private let number: Int
    private var values: [Key: Range<Int>] = [:]

    /// Reads the block at which the lines stand.
    static func tree(_ lines: inout TextLines, number: Int, group: Int, featureCount: Int) throws -> Forest.Tree {
        var reader = LightGBMTreeReader(bytes: lines.bytes, number: number)
        try reader.readLines(&lines)
        let tree = try reader.tree(group: group)
        if let broken = tree.brokenInvariant(featureCount: featureCount, groupCount: group + 1) { throw reader.fault(nil, broken) }
        return tree
    }

    private init(bytes: UnsafeBufferPointer<UInt8>, number: Int) {
        self.bytes = bytes
        self.number = number
    }

    // MARK: Lines

    private mutating func readLines(_ lines: inout TextLines) throws {
        guard let title = lines.next(), lines.text(title) == "Tree=\(number)" else {
            throw fault(nil, "expected the line 'Tree=\(number)'")
        }
        while let line = lines.peek(), !line.isEmpty {
            guard let (name, value) = lines.member(line) else {
                throw fault(nil, "expected a line 'key=value', found '\(lines.text(line).prefix(40))'")
            }
            _ = lines.next()
            guard let key = Key(rawValue: name) else { continue }
            guard values.updateValue(value, forKey: key) == nil else { throw fault(key, "expected it once, found it twice") }
        }
    }

    // MARK: Tree

    private func tree(group: Int) throws -> Forest.Tree {
        if values[.isLinear] != nil, try integer(.isLinear, in: 0...1) == 1 {
            throw ForestFault.unsupported(
                "tree \(number) has linear models in its leaves (is_linear=1), which Martlet does not run; "
                    + "train again with linear_tree=false"
            )
        }
        let leafCount = try integer(.leafCount, in: 1...Int(Int32.max))
        let setCount = try integer(.categorySetCount, in: 0...leafCount - 1)
        let leaves = try numbers(.leaves).doubles(expected: leafCount)
        guard leafCount > 1 else { return Forest.Tree(nodes: [], leaves: leaves, group: group) }
        return Forest.Tree(nodes: try nodes(leafCount - 1, sets: try categorySets(setCount)), leaves: leaves, group: group)
    }

    private func nodes(_ count: Int, sets: [[Int32]]) throws -> [Forest.Node] {
        let features = try numbers(.features).integers(expected: count, in: 0...Int(Int32.max))
        let lefts = try numbers(.lefts).integers(expected: count, in: -count - 1...count - 1)
        let rights = try numbers(.rights).integers(expected: count, in: -count - 1...count - 1)
        let thresholds = try numbers(.thresholds).doubles(expected: count, allowsInfinity: true)
        // LightGBM takes nodes without a decision for comparisons where nothing is missing and missing values go right.
        let decisions =
            values[.decisions] == nil ? Array(repeating: 0, count: count) : try numbers(.decisions).integers(expected: count, in: 0...11)
        return try (0..<count).map { node in
            Forest.Node(
                feature: Int32(features[node]), left: Int32(lefts[node]), right: Int32(rights[node]),
                split: try split(decisions[node], thresholds[node], sets)
            )
        }
    }

    /// Bit 0: a set of categories; bit 1: missing values go left; bits 2 and 3: what is missing (none, zero, NaN).
    private func split(_ decision: Int, _ threshold: Double, _ sets: [[Int32]]) throws -> Forest.Split {
        guard decision & 1 == 0 else {
            guard let set = Int(exactly: threshold), sets.indices.contains(set) else {
                throw fault(.thresholds, "expected the number of a set of categories in 0..<\(sets.count), found \(threshold)")
            }
            return .categories(sets[set], membersGoLeft: true, missingGoesLeft: false)
        }
        let missing: Forest.Missing = decision >> 2 == 0 ? .none : decision >> 2 == 1 ? .zero : .nan
        return .number(threshold: Self.explicit(threshold), missing: missing, missingGoesLeft: decision & 2 != 0)
    }

    /// The threshold that decides for unchanged values as this one does after all within ±`Forest.zeroMax` became 0.
    private static func explicit(_ threshold: Double) -> Double {
        guard abs(threshold) <= Forest.zeroMax else { return threshold }
        return threshold >= 0 ? Forest.zeroMax : (-Forest.zeroMax).nextDown
    }

    // MARK: Categories

    /// The sets: bits of 32-bit words, one run of words after the other.
    private func categorySets(_ count: Int) throws -> [[Int32]] {
        guard count > 0 else { return [] }
        let words = try numbers(.categoryWords).integers(in: 0...Int(UInt32.max))
        let ends = try numbers(.categoryEnds).integers(expected: count + 1, in: 0...words.count)
        guard ends.first == 0, ends.last == words.count, zip(ends, ends.dropFirst()).allSatisfy({ $0 <= $1 }) else {
            throw fault(.categoryEnds, "expected numbers that rise from 0 to \(words.count), the count of cat_threshold")
        }
        return zip(ends, ends.dropFirst()).map { Self.members(words[$0..<$1]) }
    }

    private static func members(_ words: ArraySlice<Int>) -> [Int32] {
        var members: [Int32] = []
        for (position, word) in words.enumerated() {
            var bits = UInt32(truncatingIfNeeded: word)
            while bits != 0 {
                // A category beyond Int32 is never looked up.
                guard let member = Int32(exactly: position * 32 + bits.trailingZeroBitCount) else { return members }
                members.append(member)
                bits &= bits - 1
            }
        }
        return members
    }

    // MARK: Values

    private func integer(_ key: Key, in range: ClosedRange<Int>) throws -> Int { try numbers(key).integers(expected: 1, in: range)[0] }

    private func numbers(_ key: Key) throws -> LightGBMNumbers {
        guard let value = values[key] else { throw fault(key, "expected this line, found none") }
        return LightGBMNumbers(bytes, value, key: key.rawValue, tree: number)
    }

    private func fault(_ key: Key?, _ reason: String) -> ForestFault {
        ForestFault.damaged(place: "tree \(number)" + (key.map { ": \($0.rawValue)" } ?? ""), reason)
    }
}
