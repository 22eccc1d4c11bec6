import MartletCore

/// Which column of a table is which feature of a model, and which columns only come along.
struct ScoringSchema {
    /// A column of the input with DuckDB's type.
    struct Column: Equatable {
        let name: String
        let type: String
    }

    /// The columns of the features, in the model's order.
    let features: [Column]
    /// The column whose groups have factors.
    let scaleBy: Column?
    /// The columns that are no features.
    let carried: [String]

    /// Matches by name.
    /// - Parameter named: the features' columns in the model's order, where they have other names than the features.
    /// - Throws: `invalidInput` with all that differs.
    init(
        _ columns: [(name: String, type: String)], for model: ScoringModel, named: [String]?, outputs: [String], input: String
    ) throws {
        let known = columns.map { Column(name: $0.name, type: $0.type) }
        let byName = Dictionary(known.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        let names = try named.map { try Self.check($0, for: model) } ?? model.features
        try Self.refuse(names, model, known, byName, input, areNamed: named != nil)
        features = names.compactMap { byName[$0] }
        scaleBy = model.scaleBy.flatMap { byName[$0] }
        let read = Set(names)
        carried = known.map(\.name).filter { !read.contains($0) }
        if let taken = carried.first(where: { name in outputs.contains { $0.lowercased() == name.lowercased() } }) {
            throw MartletError(
                .invalidInput,
                "'\(input)' has a column '\(taken)', which the output needs for what the model says; rename it, or take it out of the input")
        }
    }

    private static func check(_ named: [String], for model: ScoringModel) throws -> [String] {
        guard named.count == model.features.count else {
            throw MartletError(
                .invalidInput, "--features names \(named.count) columns, '\(model.name)' reads \(model.features.count); name them in its order")
        }
        if let twice = Dictionary(grouping: named, by: \.self).first(where: { $0.value.count > 1 })?.key {
            throw MartletError(.invalidInput, "--features names '\(twice)' twice; name each column once")
        }
        return named
    }

    // MARK: Refusal

    private static func refuse(
        _ names: [String], _ model: ScoringModel, _ known: [Column], _ byName: [String: Column], _ input: String, areNamed: Bool
    ) throws {
        var rows: [[String]] = []
        let spare = known.map(\.name).filter { !names.contains($0) }
        for (feature, name) in zip(model.features, names) {
            let takesText = model.categories[feature] != nil
            let expected = takesText ? "a text or number" : "a number"
            if let column = byName[name] {
                let fits = takesText ? SQLType.isScalar(column.type) : SQLType.isNumber(column.type)
                if !fits { rows.append([name, expected, column.type]) }
            } else {
                rows.append([name, expected, nearest(to: name, among: spare).map { "missing (is it '\($0)'?)" } ?? "missing"])
            }
        }
        if let name = model.scaleBy, byName[name] == nil { rows.append([name, "a text or number", "missing"]) }
        guard !rows.isEmpty else { return }
        rows += spare.map { [$0, "nothing", "\(byName[$0]?.type ?? ""), carried to the output"] }
        let next = areNamed ? "name columns of the input with --features" : advice(model, known, input)
        throw MartletError(
            .invalidInput,
            "'\(input)' does not have the columns that '\(model.name)' reads:\n"
                + "\(ScoringFault.table(["column", "expected", "found"], rows))\n\(next)"
        )
    }

    private static func advice(_ model: ScoringModel, _ known: [Column], _ input: String) -> String {
        let numbers = known.filter { SQLType.isNumber($0.type) }.map(\.name)
        guard model.hasMadeUpNames, numbers.count == model.features.count else {
            return "rename the columns, or name them in the model's order with --features"
        }
        return "the model's file has only made-up names, and the input as many columns of numbers as it has features; "
            + "if they are in the order of training, say so with --features \(numbers.joined(separator: ","))"
    }
}

/// DuckDB's types as the scoring of files tells them apart.
enum SQLType {
    private static let exactInFloat: Set<String> = ["BOOLEAN", "TINYINT", "SMALLINT", "UTINYINT", "USMALLINT", "FLOAT"]
    private static let wholeInText: Set<String> = ["TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER"]
    private static let others: Set<String> = ["INTEGER", "BIGINT", "UINTEGER", "UBIGINT", "HUGEINT", "UHUGEINT", "DOUBLE"]

    /// Whether values are numbers or truth values.
    static func isNumber(_ type: String) -> Bool { exactInFloat.contains(type) || others.contains(type) || type.hasPrefix("DECIMAL") }

    /// Whether a `FLOAT` holds every value.
    static func fitsFloat(_ type: String) -> Bool { exactInFloat.contains(type) }

    /// Whether values are single ones, which have a text.
    static func isScalar(_ type: String) -> Bool {
        !type.hasSuffix("]") && type != "BLOB" && !["STRUCT", "MAP", "UNION"].contains { type.hasPrefix($0) }
    }

    /// SQL for the name of a category, as `Value.categoryName` gives it: `2` and `2.0` are one.
    static func categoryName(_ column: String, _ type: String) -> String {
        guard isNumber(type), type != "BOOLEAN", !wholeInText.contains(type) else { return "CAST(\(column) AS VARCHAR)" }
        let real = "CAST(\(column) AS DOUBLE)"
        return "CASE WHEN \(real) = trunc(\(real)) AND abs(\(real)) < 9.2e18 THEN CAST(CAST(\(real) AS BIGINT) AS VARCHAR) "
            + "ELSE CAST(\(real) AS VARCHAR) END"
    }
}
