import MartletCore

/// Searches of traces.
struct TraceSearchRules: StatementRules {
    private static let attributes = orderable.subtracting(["experiment_id"]).union(["client_request_id", "prompt", "text"])
    private static let orderable: Set = [
        "experiment_id", "timestamp", "timestamp_ms", "execution_time", "execution_time_ms", "end_time", "end_time_ms", "status",
        "request_id", "name", "run_id",
    ]
    private static let numbers: Set = [
        "timestamp", "timestamp_ms", "execution_time", "execution_time_ms", "end_time", "end_time_ms",
    ]
    private static let listKeys: Set = ["name", "status", "request_id", "run_id", "client_request_id"]
    private static let entities: [String: SearchEntity] = [
        "tag": .tag, "tags": .tag, "request_metadata": .metadata, "metadata": .metadata,
        "attribute": .attribute, "attributes": .attribute, "trace": .attribute,
        "span": .span, "feedback": .feedback, "expectation": .expectation, "issue": .issue,
    ]

    var quotesInvalidClauses: Bool { true }
    var joinsTimestamps: Bool { true }

    // MARK: Identifiers

    private func identifier(_ text: String, attributes: Set<String>) throws(MartletError) -> (SearchEntity, String) {
        let (word, key) = text.splitAtPeriod
        let bare = word.map { $0.insideQuotes("`") ?? $0 }
        guard let entity = bare.map({ Self.entities[$0] }) ?? .attribute else {
            let words = PythonText.set(Set(Self.entities.keys))
            throw MartletError(.invalidInput, "Invalid entity type '\(bare ?? "")'. Valid values are \(words)")
        }
        let unquoted = key.unquotedKey
        guard entity != .attribute || attributes.contains(unquoted) else {
            throw MartletError(
                .invalidInput, "Invalid attribute key '\(unquoted)' specified. Valid keys are '\(PythonText.set(attributes))'")
        }
        return (entity, unquoted)
    }

    /// Some keys stand for a tag, metadata or what is in a span, whatever entity they are asked of.
    private static func resolved(_ entity: SearchEntity, _ key: String) -> (SearchEntity, String) {
        guard entity != .span else { return (entity, key) }
        switch key.lowercased() {
        case "name": return (.tag, "mlflow.traceName")
        case "prompt": return (.tag, TraceComparators.promptKey)
        case "run_id": return (.metadata, "mlflow.sourceRun")
        case "text": return (.span, "content")
        case "timestamp", "execution_time", "end_time": return (entity, key.lowercased() + "_ms")
        default: return (entity, key)
        }
    }

    // MARK: Comparisons

    func draft(of clause: FilterClause) throws(MartletError) -> SearchDraft {
        if !(clause.tokenCount == 3 && clause.startsWithTimestamp) { try clause.validate() }
        let (entity, key) = try identifier(clause.identifier, attributes: Self.attributes)
        var value = SearchValue.nothing
        if !clause.isNullTest {
            try validateAssessment(clause, entity)
            value = try self.value(of: clause, entity, key)
            if entity == .span { try TraceComparators.validateSpan(key, clause.comparator) }
        }
        let (resolvedEntity, resolvedKey) = Self.resolved(entity, key)
        return SearchDraft(entity: resolvedEntity, key: resolvedKey, comparator: clause.comparator, value: value)
    }

    /// Feedback and expectations compare in order with numbers and otherwise with texts.
    private func validateAssessment(_ clause: FilterClause, _ entity: SearchEntity) throws(MartletError) {
        guard entity == .feedback || entity == .expectation else { return }
        switch (clause.form, [">", ">=", "<", "<="].contains(clause.comparator)) {
        case (.number, true), (.text, false): return
        case (_, true):
            throw MartletError(
                .invalidInput,
                "Expected a numeric value for \(entity.rawValue) when using comparator '\(clause.comparator)'. Got value \(clause.value)")
        case (_, false): _ = try clause.textValue(of: entity)
        }
    }

    private func value(of clause: FilterClause, _ entity: SearchEntity, _ key: String) throws(MartletError) -> SearchValue {
        switch (entity, clause.form) {
        case (.attribute, _): return try attributeValue(of: clause, key)
        case (.feedback, .number(let isWhole)), (.expectation, .number(let isWhole)): return try clause.number(isWhole: isWhole)
        case (.tag, .list), (.span, .list): return .texts(try clause.texts())
        default: return try clause.textValue(of: entity)
        }
    }

    private func attributeValue(of clause: FilterClause, _ key: String) throws(MartletError) -> SearchValue {
        switch clause.form {
        case .text: return .text(try clause.quotedText())
        case .list:
            guard Self.listKeys.contains(key) else {
                throw MartletError(
                    .invalidInput,
                    "Only attributes in \(PythonText.set(Self.listKeys)) supports comparison with a list of quoted string values.")
            }
            return .texts(try clause.texts())
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
        try TraceComparators.checked(draft, isNumeric: Self.numbers.contains(draft.key))
    }

    // MARK: Order

    func order(of clause: String) throws(MartletError) -> SearchOrder {
        let parsed = try OrderClause(parsing: clause)
        let read = try identifier(parsed.identifier, attributes: Self.orderable)
        let (entity, key) = Self.resolved(read.0, read.1)
        guard entity == .attribute || entity == .tag || entity == .metadata else {
            throw MartletError(.invalidInput, "Invalid identifier type '\(entity.rawValue)'")
        }
        return SearchOrder(entity: entity, key: key, isAscending: parsed.isAscending)
    }

    func completed(_ orders: [SearchOrder], of clauses: [String]) throws(MartletError) -> [SearchOrder] {
        try orders.requireDistinct(of: clauses)
        return orders.adding("timestamp_ms", isAscending: false).adding("request_id", isAscending: true)
    }
}
