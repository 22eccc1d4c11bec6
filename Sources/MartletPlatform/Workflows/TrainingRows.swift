package import MartletCore
import MartletEngines
package import MartletFeatures
package import MartletLearn
import MartletStore

/// The rows that a model is fitted and judged on, with their split.
package struct TrainingRows: Sendable {
    /// The rows whose history was known; only these are fitted and judged.
    package let table: Table
    /// Makes the matrix of any rows.
    package let assembler: FeatureAssembler
    /// The matrix and the columns of `table`.
    package let features: FeatureRows
    /// The target as people know it.
    package let quantity: [Double]
    /// The target on the scale that is fitted.
    package let target: [Double]
    /// Which rows are for training, validation and test.
    package let parts: TimeSplit.Parts
    /// Rows that were left out because nothing was known of their entity before.
    package let withoutHistory: Table

    /// Reads the rows that a feature step made.
    /// - Parameter assembler: `nil` learns the categories from the rows before the test.
    package init(
        path: String, model: ModelSpecification, name: String, view: FeatureView, assembler: FeatureAssembler? = nil
    ) throws {
        let (table, withoutHistory) = try Self.read(path, view)
        try self.init(table, withoutHistory: withoutHistory, model: model, name: name, view: view, assembler: assembler)
    }

    /// The rows before the test as if there were no others, split once more: what is chosen by these knows nothing of the test, not even
    /// the names of its categories. - Throws: `invalidInput` where they are too few for that.
    package static func beforeTest(path: String, model: ModelSpecification, name: String, view: FeatureView) throws -> TrainingRows {
        let (table, withoutHistory) = try read(path, view)
        let parts = try model.split.parts(of: try table.column("__time").integers())
        let early = try withoutHistory.column("__time").integers().enumerated().filter { $1 < parts.testFrom }.map(\.offset)
        do {
            return try TrainingRows(
                table.taking((parts.training + parts.validation).sorted()), withoutHistory: withoutHistory.taking(early), model: model,
                name: name, view: view, assembler: nil)
        } catch let error as MartletError where error.code == .invalidInput {
            throw MartletError(
                .invalidInput, "model '\(name)': a study splits the rows before the test once more: \(error.message)", cause: error)
        }
    }

    /// The rows of which something was known before, and the others.
    private static func read(_ path: String, _ view: FeatureView) throws -> (known: Table, withoutHistory: Table) {
        let all = try DuckDBDatabase().connect().query("SELECT * FROM read_parquet(\(DuckDBConnection.quoted(literal: path)))")
        let known = try all.column("__known")
        let hasHistory = (0..<all.rowCount).map { view.history.isEmpty || known[$0] != .missing }
        return (all.taking(hasHistory.indices.filter { hasHistory[$0] }), all.taking(hasHistory.indices.filter { !hasHistory[$0] }))
    }

    private init(
        _ table: Table, withoutHistory: Table, model: ModelSpecification, name: String, view: FeatureView, assembler: FeatureAssembler?
    ) throws {
        self.withoutHistory = withoutHistory
        self.table = table
        parts = try model.split.parts(of: try table.column("__time").integers())
        let rowColumns = table.names.filter { name in !name.hasPrefix("__") && !view.history.contains { $0.name == name } }
        let fitted = parts.training + parts.validation
        self.assembler =
            try assembler
            ?? FeatureAssembler(
                view: view, features: model.use, categorical: model.categorical, rowColumns: rowColumns,
                training: table.taking(fitted)
            )
        features = FeatureRows(matrix: try self.assembler.matrix(of: table), columns: table)
        quantity = try table.column(model.target).doubles
        target = try Self.linked(quantity, model, name)
    }

    static func linked(_ quantity: [Double], _ model: ModelSpecification, _ name: String) throws -> [Double] {
        let least = model.link == .log ? 0 : -Double.infinity
        if let row = quantity.firstIndex(where: { !($0 > least) || !$0.isFinite }) {
            throw MartletError(
                .invalidInput,
                "model '\(name)': target '\(model.target)': expected \(model.link == .log ? "a number above 0" : "a finite number"), "
                    + "found \(quantity[row]) in row \(row + 1); leave such rows out in the view's select"
            )
        }
        return model.link == .log ? quantity.map { MartletPlatform.log($0) } : quantity
    }

    /// Some of the rows with their target.
    package func labelled(_ rows: [Int]) -> LabelledRows {
        LabelledRows(features: features.taking(rows), target: rows.map { target[$0] })
    }

    /// The rows of the rule: those before the test, with or without history.
    package func ruleRows(_ model: ModelSpecification, _ name: String) throws -> LabelledRows {
        let times = try withoutHistory.column("__time").integers()
        let early = withoutHistory.taking(times.indices.filter { times[$0] < parts.testFrom })
        let later = table.taking((parts.training + parts.validation).sorted())
        let columns = Table(zip(early.columns, later.columns).map { $0.appending($1) })
        let target = try Self.linked(try columns.column(model.target).doubles, model, name)
        return LabelledRows(features: FeatureRows(columns: columns), target: target)
    }

    /// The names that the groups of a column go by, of some rows.
    package func groups(_ column: String, _ rows: [Int]) throws -> [String] {
        let names = try table.groupNames(of: column)
        return rows.map { names[$0] }
    }
}

extension Table {
    /// The names that the groups of a column go by, row by row.
    func groupNames(of name: String) throws -> [String] {
        let values = try column(name)
        return (0..<values.count).map { values[$0].categoryName ?? "" }
    }
}
