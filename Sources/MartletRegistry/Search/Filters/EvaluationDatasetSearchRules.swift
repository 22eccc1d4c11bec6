import MartletCore

/// Searches of evaluation datasets: attributes stand alone, and tags behind `tags.`.
struct EvaluationDatasetSearchRules: StatementRules {
    private static let attributes: Set = ["name", "created_time", "last_update_time", "created_by", "last_updated_by"]
    private static let sorted: Set = ["name", "created_time", "last_update_time"]
    private static let numbers: Set = ["created_time", "last_update_time"]

    func draft(of clause: FilterClause) throws(MartletError) -> SearchDraft {
        try clause.validate()
        let (entity, key) = try Self.identifier(clause.identifier, among: Self.attributes)
        let value =
            entity == .tag
            ? try clause.textValue(of: .tag)
            : try clause.attributeValue(key, isNumeric: Self.numbers.contains(key), listKeys: ["name"])
        return SearchDraft(entity: entity, key: key, comparator: clause.comparator, value: value)
    }

    func checked(_ draft: SearchDraft) throws(MartletError) -> SearchComparison {
        let comparator = draft.comparator
        if draft.entity == .tag {
            return try draft.comparison(comparator, among: ComparatorSets.texts, orRefuse: "Invalid comparator for tag: \(comparator)")
        }
        guard Self.numbers.contains(draft.key) else {
            if draft.value.isList, comparator != "IN" {
                throw MartletError(.invalidInput, "List values for 'name' are only supported with the IN comparator.")
            }
            return try draft.comparison(
                comparator, among: ComparatorSets.texts.union(draft.key == "name" ? ["IN"] : []),
                orRefuse: "Invalid comparator for string attribute: \(comparator)")
        }
        let comparison = try draft.comparison(
            comparator, among: ComparatorSets.numbers, orRefuse: "Invalid comparator for numeric attribute: \(comparator)")
        if case .number(let number) = draft.value {
            throw MartletError(.invalidInput, "Invalid value for numeric attribute '\(draft.key)': '\(number)'")
        }
        return comparison
    }

    private static func identifier(_ text: String, among attributes: Set<String>) throws(MartletError) -> (SearchEntity, String) {
        let (word, key) = text.splitAtPeriod
        guard let word else {
            guard attributes.contains(key) else {
                throw MartletError(
                    .invalidInput, "Invalid attribute key '\(key)' specified. Valid keys are: \(PythonText.set(attributes))")
            }
            return (.attribute, key)
        }
        guard word == "tags" else { throw MartletError(.invalidInput, "Invalid identifier token '\(word)' specified") }
        return (.tag, key.unquotedKey)
    }

    // MARK: Order

    func order(of clause: String) throws(MartletError) -> SearchOrder {
        let parsed = try OrderClause(parsing: clause)
        let (entity, key) = try Self.identifier(parsed.identifier, among: Self.sorted)
        guard entity == .attribute else { throw MartletError(.invalidInput, "Invalid order_by entity: tag") }
        return SearchOrder(entity: entity, key: key, isAscending: parsed.isAscending)
    }

    func completed(_ orders: [SearchOrder], of clauses: [String]) -> [SearchOrder] {
        (orders.isEmpty ? orders.adding("created_time", isAscending: false) : orders).adding("dataset_id", isAscending: false)
    }
}
