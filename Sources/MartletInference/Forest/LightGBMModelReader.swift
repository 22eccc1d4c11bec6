/// Reads the text models of LightGBM 3 and 4 (`version=v3`, `version=v4`): all objectives, all boosting types, categories.
///
/// Trees are read as LightGBM's `Tree::Decision` means them. One thing is made explicit: LightGBM's predict turns every value
/// within ±1e-35 into 0 before it compares, so thresholds within that range are moved to where the comparison comes out the same.
///
/// A file is refused where it is cut off, contradicts itself, or asks for a tree that cannot be walked; memory stays within a small
/// multiple of the file's size.  - Complexity: O(bytes).
package struct LightGBMModelReader {
    /// What prediction needs of the header.
    private static let keys: Set<String> = [
        "version", "num_class", "num_tree_per_iteration", "max_feature_idx", "objective", "feature_names", "tree_sizes",
    ]

    private var lines: TextLines
    private var header: [String: Range<Int>] = [:]
    private var isAveraged = false

    /// Reads a model. `what` names it in messages.
    /// - Throws: `corrupt` for a text that is no whole model, `invalidInput` for what Martlet does not run: linear trees and
    ///   unknown objectives.
    package static func forest(_ bytes: [UInt8], named what: String) throws -> Forest {
        try bytes.withUnsafeBufferPointer { try forest($0, named: what) }
    }

    static func forest(_ bytes: UnsafeBufferPointer<UInt8>, named what: String) throws -> Forest {
        var reader = LightGBMModelReader(lines: TextLines(bytes))
        do {
            return try reader.forest()
        } catch let fault as ForestFault {
            throw fault.error(named: what, library: .lightgbm)
        }
    }

    private init(lines: TextLines) { self.lines = lines }

    private mutating func forest() throws -> Forest {
        try readHeader()
        let names = try featureNames()
        let groups = try integer("num_class", in: 1...Int(Int32.max))
        let perIteration = header["num_tree_per_iteration"] == nil ? groups : try integer("num_tree_per_iteration", in: 1...Int(Int32.max))
        guard perIteration == groups else {
            throw ForestFault.damaged(place: "header", "expected as many trees an iteration as classes (\(groups)), found \(perIteration)")
        }
        let objectiveText = header["objective"].map(lines.text) ?? "none"
        let objective = try LightGBMObjective(objectiveText)
        guard (objective.classCount ?? groups) == groups else {
            throw ForestFault.damaged(place: "header", "expected \(groups) classes, found an objective of \(objective.classCount ?? 0)")
        }
        let trees = try readTrees(featureCount: names.count, groups: groups)
        try checkEnd()
        guard !trees.isEmpty else { throw ForestFault.unsupported("it has no trees; train it before saving it") }
        return Forest(
            library: .lightgbm, featureNames: names, groupCount: groups, trees: trees,
            baseScores: Array(repeating: 0, count: groups), isAveraged: isAveraged, treesPerIteration: groups,
            transform: objective.transform, objective: objectiveText.split(separator: " ").first.map(String.init) ?? "none"
        )
    }

    // MARK: Header

    private mutating func readHeader() throws {
        guard let first = lines.next(), lines.line(first, is: "tree") else {
            throw ForestFault.damaged(place: "header", "expected the first line 'tree'")
        }
        while let line = lines.peek(), !lines.line(line, startsWith: "Tree="), !lines.line(line, is: "end of trees") {
            _ = lines.next()
            if lines.line(line, is: "average_output") { isAveraged = true }
            if let (key, value) = lines.member(line), Self.keys.contains(key) { header[key] = value }
        }
        let version = header["version"].map(lines.text) ?? "none"
        guard version == "v3" || version == "v4" else {
            throw ForestFault.damaged(place: "header", "expected 'version=v3' or 'version=v4', found '\(version.prefix(20))'")
        }
    }

    private func featureNames() throws -> [String] {
        let count = try integer("max_feature_idx", in: 0...Int(Int32.max) - 1) + 1
        var names: [String] = []
        var rest = lines.bytes[header["feature_names"] ?? 0..<0]
        while !rest.isEmpty {
            let word = rest.prefix { $0 != UInt8(ascii: " ") }
            guard let name = String(validating: word, as: UTF8.self) else {
                throw ForestFault.damaged(place: "header: feature_names", "expected UTF-8 in name \(names.count + 1)")
            }
            if !word.isEmpty { names.append(name) }
            rest = rest[word.endIndex...].dropFirst()
        }
        guard names.count == count else {
            throw ForestFault.damaged(place: "header: feature_names", "expected \(count) names, found \(names.count)")
        }
        return names
    }

    private func integer(_ key: String, in range: ClosedRange<Int>) throws -> Int {
        guard let line = header[key] else { throw ForestFault.damaged(place: "header", "expected '\(key)='") }
        var position = line.lowerBound
        let number = DecimalNumber(lines.bytes, at: &position, until: line.upperBound)
        guard position == line.upperBound, let value = number?.integer, range.contains(value) else {
            throw ForestFault.damaged(
                place: "header: \(key)", "expected a whole number in \(range), found '\(lines.text(line).prefix(40))'")
        }
        return value
    }

    // MARK: Trees

    private mutating func readTrees(featureCount: Int, groups: Int) throws -> [Forest.Tree] {
        let sizes = try header["tree_sizes"].map {
            try LightGBMNumbers(lines.bytes, $0, key: "tree_sizes").integers(in: 1...max(1, lines.bytes.count))
        }
        var trees: [Forest.Tree] = []
        while let line = lines.peek(), lines.line(line, startsWith: "Tree=") {
            let number = trees.count
            guard sizes.map({ number < $0.count }) ?? true else {
                throw ForestFault.damaged(place: "tree \(number)", "expected 'end of trees', since tree_sizes tells of no more")
            }
            let end = sizes.map { lines.position + $0[number] }
            trees.append(try LightGBMTreeReader.tree(&lines, number: number, group: number % groups, featureCount: featureCount))
            while let blank = lines.peek(), blank.isEmpty { _ = lines.next() }
            guard end == nil || lines.position == end else {
                throw ForestFault.damaged(place: "tree \(number)", "it does not end where tree_sizes says")
            }
        }
        guard sizes.map({ $0.count == trees.count }) ?? true else {
            throw ForestFault.damaged(place: "tree \(trees.count)", "expected \(sizes?.count ?? 0) trees, as tree_sizes says")
        }
        guard trees.count % groups == 0 else {
            throw ForestFault.damaged(place: "trees", "expected whole iterations of \(groups) trees, found \(trees.count) trees")
        }
        return trees
    }

    /// The trees end with a line of their own, and parameters, where there are any, with another: a text without it was cut off.
    private mutating func checkEnd() throws {
        guard let end = lines.next(), lines.line(end, is: "end of trees") else {
            throw ForestFault.damaged(place: "trees", "expected 'end of trees' after them; the text is cut off or damaged")
        }
        var isInParameters = false
        while let line = lines.next() {
            if lines.line(line, is: "parameters:") { isInParameters = true }
            if lines.line(line, is: "end of parameters") { isInParameters = false }
        }
        guard !isInParameters else { throw ForestFault.damaged(place: "parameters", "expected 'end of parameters'; the text is cut off") }
    }
}
