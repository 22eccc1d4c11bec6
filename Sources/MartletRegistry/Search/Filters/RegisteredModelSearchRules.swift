import MartletCore

/// Searches of registered models.
struct RegisteredModelSearchRules: StatementRules {
    func draft(of clause: FilterClause) throws(MartletError) -> SearchDraft {
        try clause.validateRegistry()
        let (entity, key) = try RegistryIdentifier.read(clause.identifier, attributes: ["name"], readsQuotes: false)
        let value = entity == .tag ? try clause.textValue(of: .tag) : try attributeValue(of: clause)
        return SearchDraft(entity: entity, key: key, comparator: clause.comparator.uppercased(), value: value)
    }

    private func attributeValue(of clause: FilterClause) throws(MartletError) -> SearchValue {
        switch clause.form {
        case .text: return .text(try clause.quotedText())
        case .list: return .texts(try clause.list("name", listKeys: ["name"]))
        default: throw clause.unquotedAttribute
        }
    }

    func checked(_ draft: SearchDraft) throws(MartletError) -> SearchComparison {
        let isTag = draft.entity == .tag
        return try draft.comparison(
            draft.comparator, among: isTag ? ComparatorSets.texts : ComparatorSets.textsOrLists,
            orRefuse: "Invalid comparator for \(isTag ? "tag" : "attribute"): \(draft.comparator)")
    }

    // MARK: Order

    /// Both names of the time of the last update are one key: `last_updated_timestamp`.
    func order(of clause: String) throws(MartletError) -> SearchOrder {
        let parsed = try OrderClause(parsing: clause)
        guard ["timestamp", "last_updated_timestamp", "name"].contains(parsed.identifier) else {
            throw MartletError(
                .invalidInput,
                "Invalid order by key '\(parsed.identifier)' specified. Valid keys are '\(PythonText.set(["name", "timestamp"]))'")
        }
        let key = parsed.identifier == "name" ? "name" : "last_updated_timestamp"
        return SearchOrder(entity: .attribute, key: key, isAscending: parsed.isAscending)
    }

    func completed(_ orders: [SearchOrder], of clauses: [String]) throws(MartletError) -> [SearchOrder] {
        try orders.requireDistinct(of: clauses)
        return orders.adding("name", isAscending: true)
    }
}

extension FilterClause {
    /// Refuses what is no comparison with a value; MLflow answers `IS NULL` of the registry with status 500.
    func validateRegistry() throws(MartletError) {
        try validate()
        guard !isNullTest else { throw MartletError(.invalidInput, "Invalid comparison clause. Expected 3 tokens found 2") }
    }

    var unquotedAttribute: MartletError {
        MartletError(
            .invalidInput, "Expected a quoted string value or a list of quoted string values for attributes. Got value \(value)")
    }
}
