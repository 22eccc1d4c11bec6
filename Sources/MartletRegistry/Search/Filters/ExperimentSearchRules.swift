import MartletCore

/// Searches of experiments.
struct ExperimentSearchRules: StatementRules {
    private static let attributes: Set = ["name", "experiment_id", "creation_time", "last_update_time"]
    private static let numbers: Set = ["creation_time", "last_update_time"]

    func draft(of clause: FilterClause) throws(MartletError) -> SearchDraft {
        try clause.validate()
        let (entity, key) = try RegistryIdentifier.read(clause.identifier, attributes: Self.attributes)
        let value: SearchValue
        if clause.isNullTest {
            guard entity == .tag else {
                throw MartletError(.invalidInput, "IS NULL / IS NOT NULL is only supported for tags, not for attribute '\(key)'")
            }
            value = .nothing
        } else if entity == .tag {
            value = try clause.textValue(of: .tag)
        } else {
            value = try clause.attributeValue(key, isNumeric: Self.numbers.contains(key), listKeys: ["experiment_id"])
        }
        return SearchDraft(entity: entity, key: key, comparator: clause.comparator, value: value)
    }

    func checked(_ draft: SearchDraft) throws(MartletError) -> SearchComparison {
        let comparator = draft.comparator
        if draft.entity == .tag {
            return try draft.comparison(
                comparator, among: ComparatorSets.textsOrNull, orRefuse: "Invalid comparator for tag: \(comparator)")
        }
        if draft.key == "experiment_id" {
            return try draft.comparison(
                comparator, among: ["=", "!=", "IN", "NOT IN"], value: try Self.identifiers(draft.value, comparator),
                orRefuse: "Invalid comparator for experiment_id: \(comparator)")
        }
        let start = "Invalid comparator '\(comparator)' not one of '\(PythonText.set(ComparatorSets.textsOrLists))"
        guard Self.numbers.contains(draft.key) else {
            return try draft.comparison(comparator, among: ComparatorSets.textsOrLists, orRefuse: start + "'")
        }
        let comparison = try draft.comparison(comparator, among: ComparatorSets.numbers, orRefuse: start)
        if case .number(let number) = draft.value {
            throw MartletError(.invalidInput, "Invalid value for numeric attribute '\(draft.key)': '\(number)'")
        }
        return comparison
    }

    /// Identifiers are numbers in the store and quoted in filters.
    private static func identifiers(_ value: SearchValue, _ comparator: String) throws(MartletError) -> SearchValue {
        guard ["=", "!=", "IN", "NOT IN"].contains(comparator) else { return value }
        switch value {
        case .text(let text): return .integer(try identifier(text))
        case .texts(let texts):
            var integers: [Int64] = []
            for text in texts { integers.append(try identifier(text)) }
            return .integers(integers)
        default: return value
        }
    }

    private static func identifier(_ text: String) throws(MartletError) -> Int64 {
        guard let integer = PythonText.integer(text) else {
            throw MartletError(.invalidInput, "Invalid experiment ID '\(text)'. Experiment ID must be a valid integer.")
        }
        return integer
    }

    // MARK: Order

    func order(of clause: String) throws(MartletError) -> SearchOrder {
        let parsed = try OrderClause(parsing: clause)
        let (entity, key) = try RegistryIdentifier.read(parsed.identifier, attributes: Self.attributes)
        guard entity == .attribute else { throw MartletError(.invalidInput, "Invalid order_by entity: tag") }
        return SearchOrder(entity: entity, key: key, isAscending: parsed.isAscending)
    }

    func completed(_ orders: [SearchOrder], of clauses: [String]) throws(MartletError) -> [SearchOrder] {
        guard orders.isEmpty else { return orders.adding("experiment_id", isAscending: false) }
        return orders.adding("creation_time", isAscending: false).adding("experiment_id", isAscending: true)
    }
}

/// Identifiers of experiments, registered models and model versions: attributes, and tags behind `tag.` or `tags.`.
enum RegistryIdentifier {
    /// The entity and the key without quotes. - Parameter readsQuotes: whether an attribute may stand in quotes.
    static func read(
        _ text: String, attributes: Set<String>, readsQuotes: Bool = true
    ) throws(MartletError) -> (SearchEntity, String) {
        let (word, key) = text.splitAtPeriod
        let words = ["attribute", "tag", "tags"]
        if let word, !words.contains(word) {
            throw MartletError(.invalidInput, "Invalid entity type '\(word)'. Valid entity types are \(PythonText.tuple(words))")
        }
        guard word == nil || word == "attribute" else { return (.tag, key.unquotedKey) }
        let name = readsQuotes ? key.unquotedKey : key
        guard attributes.contains(name) else {
            throw MartletError(
                .invalidInput, "Invalid attribute key '\(name)' specified. Valid keys are '\(PythonText.set(attributes))'")
        }
        return (.attribute, name)
    }
}
