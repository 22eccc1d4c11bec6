import MartletCore
import MartletEngines

/// Checks the rules about the table as a whole, over the accepted rows.
struct TableChecker {
    let connection: DuckDBConnection
    let dataset: DatasetDefinition
    let conversions: [ColumnConversion]
    let now: Timestamp

    /// Measures every rule.
    /// - Returns: the broken rules that are only warnings.
    /// - Throws: `contractBroken` with all other broken rules.
    func run() throws -> [String] {
        let rowCount = try connection.count("SELECT count(*) FROM \(BuilderTables.typed)")
        var broken: [String] = []
        var warnings: [String] = []
        for rule in dataset.contract.rules {
            guard let fault = try fault(rule, rowCount: rowCount) else { continue }
            if rule.isWarning { warnings.append(fault) } else { broken.append(fault) }
        }
        broken += try dataset.contract.freshness.compactMap(fault)
        guard broken.isEmpty else {
            throw MartletError(
                .contractBroken,
                "dataset '\(dataset.name)' breaks the contract '\(dataset.contract.id)': "
                    + "\(broken.joined(separator: "; ")); repair the source, or change the contract"
            )
        }
        return warnings
    }

    // MARK: Rules

    private func fault(_ rule: QualityRule, rowCount: Int) throws -> String? {
        let count = try measure(rule)
        let value = rule.isPercent ? (rowCount == 0 ? 0 : 100 * count / Double(rowCount)) : count
        if rule.comparison.holds(for: value) { return nil }
        let unit = rule.isPercent ? " percent" : ""
        return "\(rule.name): expected \(rule.comparison)\(unit), found \(plain((value * 1e4).rounded() / 1e4))\(unit)"
    }

    private func measure(_ rule: QualityRule) throws -> Double {
        if case .sql(let query, let column) = rule.metric { return try measure(query, column, rule.name) }
        return Double(try connection.count("SELECT \(expression(rule.metric)) FROM \(BuilderTables.typed)"))
    }

    private func expression(_ metric: QualityRule.Metric) -> String {
        switch metric {
        case .rowCount, .sql: return "count(*)"
        case .nullValues(let column): return "count(*) - count(\(value(of: column)))"
        case .missingValues(let column, let values):
            let listed = count(column, [.missingValues(values.filter { $0 != .null })])
            return values.contains(.null) ? "\(listed) + count(*) - count(\(value(of: column)))" : listed
        case .invalidValues(let column, let constraints): return count(column, constraints)
        case .duplicateValues(let columns):
            let values = columns.map(value)
            let present = values.map { "\($0) IS NOT NULL" }.joined(separator: " AND ")
            let row = "(\(values.joined(separator: ", ")))"
            return "count(*) FILTER (WHERE \(present)) - count(DISTINCT \(row)) FILTER (WHERE \(present))"
        }
    }

    private func count(_ column: String, _ constraints: [Constraint]) -> String {
        let type = dataset.contract.property(column)?.type ?? .string
        let conditions = constraints.map { RowCheck.condition(breaking: $0, value(of: column), type) }
        return "count(*) FILTER (WHERE \(conditions.isEmpty ? "FALSE" : conditions.joined(separator: " OR ")))"
    }

    private func value(of column: String) -> String {
        conversions.first { $0.property.name == column }?.value ?? "NULL"
    }

    // MARK: SQL

    private func measure(_ query: String, _ column: String?, _ name: String) throws -> Double {
        let place = "contract '\(dataset.contract.id)', rule '\(name)'"
        let identifier = column.map { DuckDBConnection.quoted(identifier: $0) } ?? "*"
        let sql = ["{object}", "${table}"].reduce(query) { $0.replacing($1, with: BuilderTables.table) }
        let filled = ["{property}", "${column}"].reduce(sql) { $0.replacing($1, with: identifier) }
        let statement = try SelectStatement(filled, place: place, connection)
        let items = conversions.map { "\($0.value) AS \(DuckDBConnection.quoted(identifier: $0.property.name))" }
        try connection.execute(
            "CREATE OR REPLACE TEMP VIEW \(BuilderTables.table) AS "
                + "SELECT \(items.joined(separator: ", ")) FROM \(BuilderTables.typed)"
        )
        let answer: Table
        do {
            answer = try connection.query(statement.sql)
        } catch {
            throw statement.failure(error)
        }
        guard answer.rowCount == 1, answer.columns.count == 1, let value = answer.columns.first?[0], !value.double.isNaN
        else {
            throw MartletError(
                .specificationBroken,
                "\(place): expected one number or boolean, "
                    + "found \(answer.rowCount) rows of \(answer.columns.count) columns; "
                    + "write a SELECT that gives one"
            )
        }
        return value.double
    }

    // MARK: Freshness

    private func fault(_ freshness: Freshness) throws -> String? {
        let sql =
            "SELECT epoch_us(CAST(max(\(value(of: freshness.column))) AS TIMESTAMP)) AS newest "
            + "FROM \(BuilderTables.typed)"
        let limit = Self.age(freshness.ageMaxSeconds)
        guard case .integer(let newest)? = try connection.query(sql)["newest"]?[0] else {
            return "freshness of '\(freshness.column)': expected a value of the last \(limit), found none"
        }
        let age = Double(now.microseconds - newest) / 1e6
        guard age > freshness.ageMaxSeconds else { return nil }
        return
            "freshness of '\(freshness.column)': expected a value of the last \(limit), "
            + "found the newest \(Self.age(age)) old at \(now)"
    }

    /// Seconds in the largest unit that gives at least 1, with one decimal.
    static func age(_ seconds: Double) -> String {
        let units: [(Double, String)] = [(86_400, "days"), (3600, "hours"), (60, "minutes")]
        guard let (size, name) = units.first(where: { seconds >= $0.0 }) else {
            return "\(plain(seconds.rounded())) seconds"
        }
        return "\(plain((seconds / size * 10).rounded() / 10)) \(name)"
    }
}
