package import MartletCore

/// Turns rows into the matrix that a model reads; the one piece of code that does so, in training and for requests.
public struct FeatureAssembler: Sendable, Equatable {
    /// The view that defines history and formulas.
    public let view: FeatureView
    /// The matrix' columns, in order.
    public let features: [String]
    /// The values of each categorical feature, sorted; a value's position is its code, and an unseen value is missing.
    public let categories: [String: [String]]

    private let codes: [String: [String: Double]]

    /// Makes an assembler of known categories.
    public init(view: FeatureView, features: [String], categories: [String: [String]]) {
        self.view = view
        self.features = features
        self.categories = categories
        codes = categories.mapValues { values in
            Dictionary(uniqueKeysWithValues: values.enumerated().map { ($1, Double($0)) })
        }
    }

    /// Learns the categories from the training rows. A feature name with a trailing `*` stands for all columns that begin so.
    /// - Throws: `notFound` for a feature that neither a column, the history nor a formula has.
    package init(
        view: FeatureView, features patterns: [String], categorical: [String], rowColumns: [String], training: Table
    ) throws {
        let available = rowColumns + view.history.map(\.name) + view.formulas.map(\.name)
        let features = try patterns.flatMap { pattern -> [String] in
            let matches =
                pattern.hasSuffix("*") ? available.filter { $0.hasPrefix(pattern.dropLast()) } : available.filter { $0 == pattern }
            guard matches.isEmpty else { return matches }
            let hint = nearest(to: pattern, among: available).map { "; did you mean '\($0)'?" } ?? "."
            throw MartletError(
                .notFound, "features '\(view.name)' have no '\(pattern)'\(hint) There are \(available.joined(separator: ", "))")
        }
        let categories = try categorical.reduce(into: [String: [String]]()) { categories, name in
            let column = try training.column(name)
            let values = (0..<column.count).map { column[$0].categoryName }
            categories[name] = Set(values.compactMap { $0 }).sorted()
        }
        self.init(view: view, features: features, categories: categories)
    }

    /// The positions of the categorical features.
    package var categoricalPositions: [Int] { features.indices.filter { categories[features[$0]] != nil } }

    private func number(_ value: Value, of name: String) -> Double {
        guard let codes = codes[name] else { return value.double }
        return value.categoryName.flatMap { codes[$0] } ?? .nan
    }

    // MARK: Assembling

    /// The matrix of joined rows (`FeatureTables.joinedRows`).
    package func matrix(of rows: Table) throws -> Matrix {
        var batch = ColumnBatch(count: rows.rowCount)
        for column in rows.columns {
            let isCategory = categories[column.name] != nil
            batch[column.name] = .vector(
                isCategory ? (0..<column.count).map { number(column[$0], of: column.name) } : column.doubles
            )
        }
        return try matrix(of: &batch)
    }

    /// The matrix of one row in which some columns vary, such as the price of each candidate.
    /// - Parameters:
    ///   - row: the row's own columns, missing ones included.
    ///   - history: the values of the view's history, in its order; `nil` where nothing was known yet.
    ///   - count: how many rows the matrix has.
    ///   - varying: the columns that differ, each of `count` values.
    package func matrix(
        row: [String: Value], history: [Double]?, count: Int = 1, varying: [String: [Double]] = [:]
    ) throws -> Matrix {
        var batch = ColumnBatch(count: count)
        for (name, value) in row { batch[name] = .scalar(number(value, of: name)) }
        for (position, feature) in view.history.enumerated() { batch[feature.name] = .scalar(history?[position] ?? .nan) }
        for (name, values) in varying { batch[name] = .vector(values) }
        return try matrix(of: &batch)
    }

    /// Which of the rows' columns the features or formulas read: what a request may carry.
    package func inputNames(among available: [String]) -> Set<String> {
        let made = Set(view.history.map(\.name) + view.formulas.map(\.name))
        let read = view.formulas.reduce(into: Set(features)) { $0.formUnion($1.expression.columns) }
        return Set(available).subtracting(made).filter { name in
            read.contains { $0.hasSuffix("*") ? name.hasPrefix($0.dropLast()) : $0 == name }
        }
    }

    private func matrix(of batch: inout ColumnBatch) throws -> Matrix {
        for formula in view.formulas {
            batch[formula.name] = .vector(try formula.expression.evaluate(batch))
        }
        var elements = [Double](repeating: .nan, count: batch.count * features.count)
        for (position, name) in features.enumerated() {
            guard let values = batch[name] else { throw MartletError(.notFound, "there is no feature '\(name)'") }
            for row in 0..<batch.count {
                elements[row * features.count + position] =
                    switch values {
                    case .scalar(let value): value
                    case .vector(let values): values[row]
                    }
            }
        }
        return Matrix(names: features, elements: elements)
    }
}
