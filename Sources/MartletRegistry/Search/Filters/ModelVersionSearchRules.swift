import MartletCore

/// Searches of the versions of registered models.
struct ModelVersionSearchRules: StatementRules {
    private static let attributes: Set = ["name", "version_number", "run_id", "source_path"]
    private static let numbers: Set = ["version_number", "creation_timestamp", "last_updated_timestamp"]
    private static let orderable: Set = ["name", "version_number", "creation_timestamp", "last_updated_timestamp"]

    func draft(of clause: FilterClause) throws(MartletError) -> SearchDraft {
        try clause.validateRegistry()
        let (entity, key) = try RegistryIdentifier.read(clause.identifier, attributes: Self.attributes, readsQuotes: false)
        let value = entity == .tag ? try clause.textValue(of: .tag) : try attributeValue(of: clause, key)
        return SearchDraft(entity: entity, key: key, comparator: clause.comparator.uppercased(), value: value)
    }

    private func attributeValue(of clause: FilterClause, _ key: String) throws(MartletError) -> SearchValue {
        switch clause.form {
        case .text: return .text(try clause.quotedText())
        case .list: return .texts(try clause.list(key, listKeys: ["name", "run_id"]))
        case .number(let isWhole):
            guard Self.numbers.contains(key) else {
                throw MartletError(
                    .invalidInput, "Only the '\(PythonText.set(Self.numbers))' attributes support comparison with numeric values.")
            }
            return try clause.number(isWhole: isWhole)
        case .other: throw clause.unquotedAttribute
        }
    }

    func checked(_ draft: SearchDraft) throws(MartletError) -> SearchComparison {
        let comparator = draft.comparator
        if draft.entity == .tag {
            return try draft.comparison(comparator, among: ComparatorSets.texts, orRefuse: "Invalid comparator for tag: \(comparator)")
        }
        guard Self.numbers.contains(draft.key) else {
            return try draft.comparison(
                comparator, among: ComparatorSets.textsOrLists, orRefuse: "Invalid comparator for attribute: \(comparator)")
        }
        let message = "Invalid comparator for attribute \(draft.key): \(comparator)"
        guard ComparatorSets.numbers.contains(comparator) else { throw MartletError(.invalidInput, message) }
        let version = SearchValue.integer(try Self.version(draft))
        return try draft.comparison(comparator, among: ComparatorSets.numbers, value: version, orRefuse: message)
    }

    /// Versions may also be quoted.
    private static func version(_ draft: SearchDraft) throws(MartletError) -> Int64 {
        let found: String
        switch draft.value {
        case .integer(let integer): return integer
        case .text(let text):
            if let integer = PythonText.integer(text) { return integer }
            found = PythonText.quoted(text)
        case .number(let number): found = "\(number)"
        default: found = "a list"
        }
        throw MartletError(.invalidInput, "Invalid value for numeric attribute '\(draft.key)': \(found)")
    }

    // MARK: Order

    func order(of clause: String) throws(MartletError) -> SearchOrder {
        let parsed = try OrderClause(parsing: clause)
        let (entity, key) = try RegistryIdentifier.read(parsed.identifier, attributes: Self.orderable)
        guard entity == .attribute || Self.orderable.contains(key) else {
            throw MartletError(
                .invalidInput, "Invalid order by key '\(key)' specified. Valid keys are \(PythonText.set(Self.orderable))")
        }
        return SearchOrder(entity: .attribute, key: key, isAscending: parsed.isAscending)
    }

    func completed(_ orders: [SearchOrder], of clauses: [String]) throws(MartletError) -> [SearchOrder] {
        try orders.requireDistinct(of: clauses)
        let base = orders.isEmpty ? orders.adding("last_updated_timestamp", isAscending: false) : orders
        return base.adding("name", isAscending: true).adding("version_number", isAscending: false)
    }
}
