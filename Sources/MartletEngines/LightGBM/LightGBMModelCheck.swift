import MartletCore

/// Checks a model's text before LightGBM reads it, because LightGBM follows what a damaged text says out of its memory.
///
/// Checked is what its memory safety hangs on: counts, positions of features and children, and the length of each list.
struct LightGBMModelCheck {
    private let featureCount: Int

    /// - Throws: `corrupt`, naming the first thing that does not fit.
    static func check(_ text: String) throws {
        let bytes = Array(text.utf8)
        guard text.hasPrefix("tree\n"), let headerEnd = blankLine(bytes) else {
            throw damaged("expected 'tree' and a header")
        }
        let header = members(bytes[..<headerEnd])
        let sizes = try integers(header, "tree_sizes", of: nil, in: 1...bytes.count, "the header")
        let check = try LightGBMModelCheck(header, treeCount: sizes.count)
        var position = headerEnd + 2
        for (number, size) in sizes.enumerated() {
            guard size <= bytes.count - position else { throw damaged("it ends within tree \(number)") }
            try check.tree(bytes[position..<position + size], number)
            position += size
        }
        guard bytes[position...].starts(with: "end of trees\n".utf8) else {
            throw damaged("expected 'end of trees' after \(sizes.count) trees")
        }
    }

    private init(_ header: [Substring: Substring], treeCount: Int) throws {
        let last = try Self.integer(header, "max_feature_idx", in: 0...Int(Int32.max) - 1, "the header")
        featureCount = last + 1
        for key in ["feature_names", "feature_infos"] where Self.words(header[key[...]]).count != featureCount {
            throw Self.damaged("expected \(featureCount) words in \(key)")
        }
        let classes = try Self.integer(header, "num_class", in: 1...Int(Int32.max), "the header")
        let perIteration = try Self.integer(header, "num_tree_per_iteration", in: classes...classes, "the header")
        guard treeCount % perIteration == 0 else {
            throw Self.damaged("expected \(perIteration) trees an iteration, found \(treeCount) trees")
        }
        let objective = Self.words(header["objective"] ?? "none")
        guard !objective.isEmpty, header["Tree"] == nil else {
            throw Self.damaged("its header has no objective or a tree")
        }
        let declared = objective.first { $0.hasPrefix("num_class:") }
        guard declared.map({ Int($0.dropFirst("num_class:".count)) == classes }) ?? true else {
            throw Self.damaged("its objective has another number of classes than \(classes)")
        }
    }

    // MARK: Trees

    private func tree(_ bytes: ArraySlice<UInt8>, _ number: Int) throws {
        guard bytes.starts(with: "Tree=\(number)\n".utf8) else { throw Self.damaged("expected 'Tree=\(number)'") }
        let place = "tree \(number)"
        let members = Self.members(bytes)
        let leaves = try Self.integer(members, "num_leaves", in: 1...Int(Int32.max), place)
        let categories = try Self.integer(members, "num_cat", in: 0...max(0, leaves - 1), place)
        try Self.numbers(members, "leaf_value", of: leaves, place)
        guard leaves > 1 else { return }
        let nodes = leaves - 1
        _ = try Self.integers(members, "split_feature", of: nodes, in: 0...featureCount - 1, place)
        for key in ["left_child", "right_child"] {
            let children = try Self.integers(members, key, of: nodes, in: -leaves...nodes - 1, place)
            // A node's children come after it: so no path is endless.
            guard children.enumerated().allSatisfy({ $1 < 0 || $1 > $0 }) else {
                throw Self.damaged("\(place): a node of \(key) comes before its parent")
            }
        }
        let decisions = try Self.integers(members, "decision_type", of: nodes, in: 0...Int(Int8.max), place)
        let thresholds = try Self.numbers(members, "threshold", of: nodes, place)
        let isFitting = zip(decisions, thresholds).allSatisfy { decision, threshold in
            decision & 1 == 0 || (threshold >= 0 && threshold < Double(categories))
        }
        guard isFitting else { throw Self.damaged("\(place): a set of categories is missing") }
        try checkCategories(members, categories, place)
        try checkLinear(members, leaves, place)
    }

    private func checkCategories(_ members: [Substring: Substring], _ count: Int, _ place: String) throws {
        guard count > 0 else { return }
        let ends = try Self.integers(members, "cat_boundaries", of: count + 1, in: 0...Int(Int32.max), place)
        guard ends.first == 0, zip(ends, ends.dropFirst()).allSatisfy({ $0 <= $1 }) else {
            throw Self.damaged("\(place): cat_boundaries do not rise from 0")
        }
        let words = ends.last ?? 0
        _ = try Self.integers(members, "cat_threshold", of: words, in: 0...Int(UInt32.max), place)
    }

    private func checkLinear(_ members: [Substring: Substring], _ leaves: Int, _ place: String) throws {
        guard let flag = members["is_linear"], flag != "0" else { return }
        try Self.numbers(members, "leaf_const", of: leaves, place)
        let counts = try Self.integers(members, "num_features", of: leaves, in: 0...featureCount, place)
        let total = counts.reduce(0, +)
        _ = try Self.integers(members, "leaf_features", of: total, in: 0...featureCount - 1, place)
        try Self.numbers(members, "leaf_coeff", of: total, place)
    }

    // MARK: Reading

    private static func damaged(_ reason: String) -> MartletError {
        MartletError(
            .corrupt,
            "this is no LightGBM model, or it is damaged: \(reason); save it again with LightGBM 3 or newer"
        )
    }

    private static func blankLine(_ bytes: [UInt8]) -> Int? {
        let newline = UInt8(ascii: "\n")
        return zip(bytes.indices, bytes.indices.dropFirst()).first { bytes[$0] == newline && bytes[$1] == newline }?.0
    }

    /// The lines `key=value`.
    private static func members(_ bytes: ArraySlice<UInt8>) -> [Substring: Substring] {
        var members: [Substring: Substring] = [:]
        for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n") {
            guard let equals = line.firstIndex(of: "=") else { continue }
            members[line[..<equals]] = line[line.index(after: equals)...]
        }
        return members
    }

    private static func words(_ value: Substring?) -> [Substring] { value?.split(separator: " ") ?? [] }

    private static func integer(
        _ members: [Substring: Substring], _ key: String, in range: ClosedRange<Int>, _ place: String
    ) throws -> Int {
        try integers(members, key, of: 1, in: range, place)[0]
    }

    private static func integers(
        _ members: [Substring: Substring], _ key: String, of count: Int?, in range: ClosedRange<Int>, _ place: String
    ) throws -> [Int] {
        guard let value = members[key[...]] else { throw damaged("\(place) has no \(key)") }
        let values = words(value).compactMap { Int($0) }.filter(range.contains)
        guard values.count == words(value).count, count == nil || values.count == count else {
            throw damaged("\(place): expected \(count.map { "\($0) " } ?? "")whole numbers in \(range) as \(key)")
        }
        return values
    }

    @discardableResult
    private static func numbers(
        _ members: [Substring: Substring], _ key: String, of count: Int, _ place: String
    ) throws -> [Double] {
        let values = words(members[key[...]]).compactMap { Double($0) }
        guard values.count == count, words(members[key[...]]).count == count else {
            throw damaged("\(place): expected \(count) numbers as \(key)")
        }
        return values
    }
}
