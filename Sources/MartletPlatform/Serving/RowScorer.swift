package import MartletCore
package import MartletFeatures
import MartletLearn

/// Scores rows the same way a request would be: history is looked up by entity and event time.
package struct RowScorer: Sendable {
    package let bundle: ModelBundle
    package let online: OnlineTable

    package init(bundle: ModelBundle, online: OnlineTable) { (self.bundle, self.online) = (bundle, online) }

    /// The columns that rows must have to be scored.
    package var requiredColumns: [String] {
        bundle.card.inputs.filter { $0.presence != .optional }.map(\.name)
    }

    /// Refuses rows that lack columns. - Parameter input: what the rows are called. - Throws: `invalidInput`.
    func refuse(lacking required: [String], among names: [String], of input: String) throws {
        let missing = required.filter { !names.contains($0) }
        guard missing.isEmpty else {
            let hints = missing.map { name in nearest(to: name, among: names).map { "'\(name)' (is it '\($0)'?)" } ?? "'\(name)'" }
            throw MartletError(
                .invalidInput,
                "'\(input)' lacks the columns \(hints.joined(separator: ", ")) that model '\(bundle.card.name)' reads; it has \(names.joined(separator: ", "))"
            )
        }
    }

    /// The expected quantities of rows, with each row's history looked up; and how many rows had none.
    package func score(_ rows: Table) throws -> (predictions: [Double], withoutHistory: Int) {
        let (table, hasHistory) = try joined(rows, at: try eventTimes(rows))
        return (try bundle.quantities(table), hasHistory.count { !$0 })
    }

    /// The rows as the model reads them, and which of them had a history.
    func joined(_ rows: Table, at times: [Int64?]) throws -> (table: Table, hasHistory: [Bool]) {
        let view = bundle.assembler.view
        let entity = try view.entity.map { try rows.column($0) }
        let histories = (0..<rows.rowCount).map { row in
            times[row].flatMap { time in online.lookUp(entity.map { $0[row] }, at: time) }
        }
        let known = view.history.enumerated().map { position, feature in
            Column(feature.name, .real(histories.map { $0?[position] ?? .nan }))
        }
        let own = bundle.card.inputs.map { Self.column($0, rows) }
        return (Table(own + known), histories.map { $0 != nil })
    }

    /// The rows' values of an input; missing, as in a request, where the column is not there or does not apply.
    private static func column(_ input: InputColumn, _ rows: Table) -> Column {
        guard let column = rows[input.name] else {
            return Column(input.name, .real([Double](repeating: .nan, count: rows.rowCount)))
        }
        guard case .requiredUnless(let name, let exempt) = input.presence, let other = rows[name] else { return column }
        let applies = (0..<column.count).map { row in other[row].categoryName.map { !exempt.contains($0) } ?? true }
        guard applies.contains(false) else { return column }
        guard !input.isText else {
            return Column(input.name, .text(applies.indices.map { applies[$0] ? column[$0].categoryName : nil }))
        }
        return Column(input.name, .real(zip(column.doubles, applies).map { $1 ? $0 : .nan }))
    }

    /// The rows' event times, counted as the view does; `nil` where one is missing or none.
    func eventTimes(_ rows: Table) throws -> [Int64?] {
        let column = try rows.column(bundle.assembler.view.eventTime)
        return (0..<column.count).map { EventTimeKind(rawValue: bundle.card.timeKind)?.count(column[$0]) }
    }
}
