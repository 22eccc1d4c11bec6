import MartletCore
import MartletEngines
import MartletFeatures
import MartletLearn

/// Rows that a model was not fitted on, with what it predicts of them.
struct EvaluatedRows: Sendable {
    /// How many rows there were, and why some do not count.
    struct Counts: Sendable, Equatable {
        var given = 0
        /// Their target is missing.
        var withoutTarget = 0
        /// They say no event time, so that nobody knows what was known then.
        var withoutTime = 0
        /// They are of times that the model was fitted on.
        var beforeHeldOut = 0
        /// Nothing was known of their entity before.
        var withoutHistory = 0

        var json: [String: JSONValue] {
            [
                "given": .integer(Int64(given)), "without_target": .integer(Int64(withoutTarget)),
                "without_time": .integer(Int64(withoutTime)), "before_held_out": .integer(Int64(beforeHeldOut)),
                "without_history": .integer(Int64(withoutHistory)),
            ]
        }
    }

    private(set) var counts = Counts()
    /// What was observed, and what is expected, in the target's own units.
    private(set) var actual: [Double] = []
    private(set) var predicted: [Double] = []
    /// The logarithm of what is expected, without the factor that turns it into an expected quantity; empty where none is fitted.
    private(set) var logPredicted: [Double] = []
    private(set) var clusters: [String] = []
    /// The value of each row, by column.
    private(set) var slices: [String: [String]]

    private let bundle: ModelBundle
    private let model: ModelSpecification

    private init(_ bundle: ModelBundle, _ model: ModelSpecification, slices: [String]) {
        (self.bundle, self.model) = (bundle, model)
        self.slices = Dictionary(slices.map { ($0, []) }, uniquingKeysWith: { first, _ in first })
    }

    // MARK: Held-out rows

    /// The rows that a model's split set aside. - Parameter path: the rows that a feature step made.
    init(heldOutOf path: String, _ bundle: ModelBundle, _ model: ModelSpecification, slices: [String]) throws {
        self.init(bundle, model, slices: slices)
        let rows = try TrainingRows(
            path: path, model: model, name: bundle.card.name, view: bundle.assembler.view, assembler: bundle.assembler)
        counts.withoutHistory = try rows.withoutHistory.column("__time").integers().count { $0 >= rows.parts.testFrom }
        counts.given = rows.parts.test.count + counts.withoutHistory
        let table = rows.table.taking(rows.parts.test)
        try append(table, own: table, rows.parts.test.map { rows.quantity[$0] })
    }

    // MARK: A table

    /// Rows of a file, whose history is looked up as for a request; those that do not count are counted.
    /// - Throws: `invalidInput` for a column that is missing, or a target that has no logarithm where it needs one.
    init(file path: String, _ scorer: RowScorer, _ model: ModelSpecification, slices: [String]) throws {
        self.init(scorer.bundle, model, slices: slices)
        let source = "SELECT * FROM \(try BatchScoring.reader(of: path))"
        let connection = try DuckDBDatabase().connect()
        let needed = scorer.requiredColumns + [scorer.bundle.assembler.view.eventTime, model.target, model.gate.cluster] + slices
        let required = needed.indices.filter { !needed[..<$0].contains(needed[$0]) }.map { needed[$0] }
        try scorer.refuse(lacking: required, among: try connection.describe(source).map(\.name), of: path)
        try connection.forEachChunk(source) { try take($0, scorer, path) }
    }

    private mutating func take(_ chunk: Table, _ scorer: RowScorer, _ path: String) throws {
        let target = try chunk.column(model.target).doubles
        let times = try scorer.eventTimes(chunk)
        var kept: [Int] = []
        for row in 0..<chunk.rowCount {
            if !target[row].isFinite {
                counts.withoutTarget += 1
            } else if let time = times[row] {
                if time < bundle.card.heldOutFrom { counts.beforeHeldOut += 1 } else { kept.append(row) }
            } else {
                counts.withoutTime += 1
            }
        }
        counts.given += chunk.rowCount
        guard !kept.isEmpty else { return }
        try check(kept.map { target[$0] }, path)
        let (table, hasHistory) = try scorer.joined(chunk.taking(kept), at: kept.map { times[$0] })
        let judged = hasHistory.indices.filter { hasHistory[$0] || bundle.assembler.view.history.isEmpty }
        counts.withoutHistory += kept.count - judged.count
        guard !judged.isEmpty else { return }
        try append(table.taking(judged), own: chunk.taking(judged.map { kept[$0] }), judged.map { target[kept[$0]] })
    }

    private func check(_ target: [Double], _ path: String) throws {
        guard model.link == .log, let wrong = target.first(where: { $0 <= 0 }) else { return }
        throw MartletError(
            .invalidInput,
            "'\(path)': model '\(bundle.card.name)' is fitted to the logarithm of '\(model.target)': expected numbers above 0, found \(wrong); "
                + "leave such rows out")
    }

    /// - Parameters:
    ///   - table: the rows as the model reads them.
    ///   - own: the same rows with all of their own columns.
    private mutating func append(_ table: Table, own: Table, _ target: [Double]) throws {
        let quantities = try bundle.quantities(table)
        actual += target
        predicted += quantities
        if model.link == .log { logPredicted += try bundle.logPredictions(of: quantities, table) }
        clusters += try own.groupNames(of: model.gate.cluster)
        for column in slices.keys { slices[column, default: []] += try own.groupNames(of: column) }
    }
}
