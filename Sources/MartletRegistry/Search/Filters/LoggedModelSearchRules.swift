import MartletCore

/// Searches of logged models, as MLflow's SQL store reads them: by a parser of its own, less strict about values.
///
/// A value without quotes is a text as well, and one in double quotes keeps them.
struct LoggedModelSearchRules: SearchRules {
    private static let columns: Set = [
        "model_id", "experiment_id", "name", "artifact_location", "creation_timestamp_ms", "last_updated_timestamp_ms", "status",
        "lifecycle_stage", "model_type", "source_run_id", "status_message",
    ]
    private static let aliases = [
        "creation_time": "creation_timestamp_ms", "creation_timestamp": "creation_timestamp_ms",
        "last_updated_timestamp": "last_updated_timestamp_ms",
    ]
    private static let numbers: Set = ["creation_timestamp_ms", "last_updated_timestamp_ms"]
    private static let entities: [String: SearchEntity] = [
        "attributes": .attribute, "metrics": .metric, "params": .parameter, "tags": .tag,
    ]

    func comparisons(of text: String) throws(MartletError) -> [SearchComparison] {
        let statement: FilterStatement
        do throws(FilterStatement.Flaw) {
            statement = try FilterStatement(text)
        } catch {
            let reason = if case .limit(let message) = error { "SQLParseError('\(message)')" } else { "Expected a single SQL expression." }
            throw MartletError(.invalidInput, "Invalid filter string: \(PythonText.quoted(text)). \(reason)")
        }
        var drafts: [Draft] = []
        for item in statement.items {
            switch item {
            case .clause(let clause): drafts.append(try draft(FilterClause(clause, statement.text), clause, statement.text))
            case .other(let token):
                guard statement.text[token.range].trimmingSpace.uppercased() == "AND" else {
                    throw MartletError(
                        .invalidInput,
                        "Invalid filter string: \(PythonText.quoted(text)). Expected a list of comparisons separated by 'AND' (e.g. 'metrics.loss > 0.1 AND params.lr = 0.01')."
                    )
                }
            }
        }
        var comparisons: [SearchComparison] = []
        for draft in drafts { comparisons.append(try Self.comparison(of: draft)) }
        return comparisons
    }

    // MARK: Comparisons

    private struct Draft {
        let entity: SearchEntity
        let key: String
        let comparator: String
        let clause: FilterClause
        var isNumeric: Bool { entity == .metric || (entity == .attribute && numbers.contains(key)) }
        var comparators: [String] {
            isNumeric ? ["<", "<=", ">", ">=", "=", "!="] : ["=", "!=", "LIKE", "ILIKE", "IN", "NOT IN"]
        }
    }

    private func draft(
        _ clause: FilterClause, _ tokens: ComparisonReader.Clause, _ text: SQLText
    ) throws(MartletError) -> Draft {
        guard clause.tokenCount == 3 else {
            let written = clause.isNullTest ? clause.identifier + clause.comparator : Self.written(tokens, text)
            throw MartletError(.invalidInput, "Invalid comparison: \(written). Expected a comparison with 3 tokens.")
        }
        let (entity, key, name) = try Self.identifier(clause.identifier)
        let draft = Draft(entity: entity, key: key, comparator: clause.comparator.uppercased(), clause: clause)
        guard draft.comparators.contains(draft.comparator) else {
            let (found, known) = (PythonText.quoted(draft.comparator), PythonText.tuple(draft.comparators))
            throw MartletError(.invalidInput, "Invalid comparison operator for \(name): \(found). Expected one of \(known).")
        }
        return draft
    }

    /// The comparison, unless it is one that MLflow answers with status 500.
    private static func comparison(of draft: Draft) throws(MartletError) -> SearchComparison {
        guard draft.entity != .attribute || columns.contains(draft.key) else {
            throw MartletError(.invalidInput, "Invalid logged model search key '\(draft.key)'")
        }
        let value = draft.isNumeric ? try number(of: draft.clause.value) : try text(of: draft.clause)
        let sound = SearchDraft(entity: draft.entity, key: draft.key, comparator: draft.comparator, value: value)
        return try sound.comparison(draft.comparator, among: Set(draft.comparators), orRefuse: "")
    }

    /// The text of a comparison from its first token to its last.
    private static func written(_ clause: ComparisonReader.Clause, _ text: SQLText) -> String {
        guard let first = clause.tokens.first, let last = clause.tokens.last else { return "" }
        return text[first.range.lowerBound..<last.range.upperBound]
    }

    /// The entity, its key and how messages name it.
    private static func identifier(_ text: String) throws(MartletError) -> (SearchEntity, String, name: String) {
        let (word, rest) = text.splitAtPeriod
        let isWord = word.map { !$0.isEmpty && $0.utf8.allSatisfy { (0x61...0x7a).contains($0) } } == true
        guard let word, isWord, !rest.isEmpty, !rest.unicodeScalars.contains("\n") else {
            let key = (aliases[text] ?? text).trimmed("`")
            return (.attribute, key, "attributes.\(key)")
        }
        guard let entity = entities[word] else {
            let known = PythonText.list(["attributes", "metrics", "params", "tags"])
            throw MartletError(.invalidInput, "Invalid entity type: \(PythonText.quoted(word)). Expected one of \(known).")
        }
        let key = rest.trimmed("`")
        return (entity, entity == .attribute ? aliases[key] ?? key : key, "\(word).\(key)")
    }

    /// A number in any of Python's spellings, `inf` and `nan` too; MLflow answers anything else with status 500.
    private static func number(of text: String) throws(MartletError) -> SearchValue {
        guard let number = PythonText.number(text.trimmingSpace), !text.lowercased().contains("x"), !text.contains("(") else {
            throw MartletError(.invalidInput, "could not convert string to float: \(PythonText.quoted(text))")
        }
        return .number(number)
    }

    private static func text(of clause: FilterClause) throws(MartletError) -> SearchValue {
        guard clause.value.hasPrefix("("), clause.value.hasSuffix(")") else { return .text(clause.value.trimmed("'")) }
        return .texts(try clause.texts())
    }

    // MARK: Order

    func order(of clause: String) throws(MartletError) -> SearchOrder {
        try Self.order(field: clause, isAscending: true, dataset: nil)
    }

    /// The order by a field: a column, or `metrics.` and a name.
    static func order(field: String, isAscending: Bool, dataset: SearchOrder.Dataset?) throws(MartletError) -> SearchOrder {
        let (word, key) = field.splitAtPeriod
        guard let word else {
            let column = aliases[field] ?? field
            guard columns.contains(column) else {
                throw MartletError(.invalidInput, "Invalid order by field name: \(field)", cause: UnknownAttribute(name: field))
            }
            return SearchOrder(entity: .attribute, key: column, isAscending: isAscending)
        }
        guard word == "metrics" else {
            throw MartletError(.invalidInput, "Invalid order by field name: \(field). Only metrics are supported.")
        }
        return SearchOrder(entity: .metric, key: key, isAscending: isAscending, dataset: dataset)
    }

    func completed(_ orders: [SearchOrder], of clauses: [String]) -> [SearchOrder] {
        orders.adding("creation_timestamp_ms", isAscending: false).adding("model_id", isAscending: true)
    }
}

/// What a search is to be ordered by is no attribute.
package struct UnknownAttribute: Error {
    let name: String
}

extension String {
    /// Without all of a scalar at both ends.
    fileprivate func trimmed(_ scalar: Unicode.Scalar) -> String {
        guard let first = unicodeScalars.firstIndex(where: { $0 != scalar }), let last = unicodeScalars.lastIndex(where: { $0 != scalar })
        else { return "" }
        return String(unicodeScalars[first...last])
    }
}
