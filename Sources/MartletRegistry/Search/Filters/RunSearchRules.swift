import MartletCore

/// Searches of runs.
struct RunSearchRules: StatementRules {
    private static let orderable: Set = [
        "artifact_uri", "end_time", "run_id", "run_name", "start_time", "status", "user_id", "created", "Created",
    ]
    private static let attributes = orderable.union(["run name", "Run name", "Run Name"])
    private static let numbers: Set = ["start_time", "end_time", "created", "Created"]
    private static let datasetKeys: Set = ["name", "digest", "context"]
    private static let aliases = [
        "created": "start_time", "Created": "start_time", "run name": "run_name", "Run name": "run_name", "Run Name": "run_name",
    ]
    private static let entities: [String: SearchEntity] = [
        "metric": .metric, "metrics": .metric,
        "parameter": .parameter, "parameters": .parameter, "param": .parameter, "params": .parameter,
        "tag": .tag, "tags": .tag,
        "attribute": .attribute, "attributes": .attribute, "attr": .attribute, "run": .attribute,
        "dataset": .dataset, "datasets": .dataset,
    ]

    var quotesInvalidClauses: Bool { true }

    // MARK: Identifiers

    private func identifier(_ text: String, attributes: Set<String>) throws(MartletError) -> (SearchEntity, String) {
        let (word, key) = text.splitAtPeriod
        let entity = try word.map(Self.entity) ?? .attribute
        let unquoted = key.unquotedKey
        if entity == .attribute, !attributes.contains(unquoted) {
            throw MartletError(
                .invalidInput, "Invalid attribute key '\(unquoted)' specified. Valid keys are '\(PythonText.set(attributes))'")
        }
        if entity == .dataset, !Self.datasetKeys.contains(unquoted) {
            throw MartletError(
                .invalidInput, "Invalid dataset key '\(unquoted)' specified. Valid keys are '\(PythonText.set(Self.datasetKeys))'")
        }
        return (entity, unquoted)
    }

    private static func entity(_ word: String) throws(MartletError) -> SearchEntity {
        let bare = word.insideQuotes("`") ?? word
        guard let entity = entities[bare] else {
            let words = PythonText.list(["metric", "parameter", "tag", "attribute", "dataset"])
            throw MartletError(.invalidInput, "Invalid entity type '\(bare)'. Valid values are \(words)")
        }
        return entity
    }

    // MARK: Comparisons

    func draft(of clause: FilterClause) throws(MartletError) -> SearchDraft {
        try clause.validate()
        let (entity, key) = try identifier(clause.identifier, attributes: Self.attributes)
        if clause.isNullTest {
            guard entity == .tag || entity == .parameter else {
                throw MartletError(
                    .invalidInput,
                    "IS NULL / IS NOT NULL is only supported for tags and params, not for '\(entity.rawValue)' '\(key)'")
            }
            return SearchDraft(entity: entity, key: key, comparator: clause.comparator, value: .nothing)
        }
        return SearchDraft(entity: entity, key: key, comparator: clause.comparator, value: try value(of: clause, entity, key))
    }

    private func value(of clause: FilterClause, _ entity: SearchEntity, _ key: String) throws(MartletError) -> SearchValue {
        switch entity {
        case .metric: try clause.metricValue()
        case .parameter, .tag: try clause.textValue(of: entity)
        case .dataset: try clause.datasetValue()
        default: try clause.attributeValue(key, isNumeric: Self.numbers.contains(key), listKeys: ["run_id"])
        }
    }

    func checked(_ draft: SearchDraft) throws(MartletError) -> SearchComparison {
        let comparator = draft.comparator.uppercased()
        // That some of MLflow's messages lack their last quote, and one names the wrong set, is kept.
        switch draft.entity {
        case .metric: return try Self.checked(draft, comparator, among: ComparatorSets.numbers, quote: "")
        case .parameter: return try Self.checked(draft, comparator, among: ComparatorSets.textsOrNull, quote: "'")
        case .tag: return try Self.checked(draft, comparator, among: ComparatorSets.textsOrNull, quote: "")
        case .dataset: return try Self.checked(draft, comparator, among: ComparatorSets.textsOrLists, quote: "")
        default:
            let named = ComparatorSets.textsOrLists
            guard Self.numbers.contains(draft.key) else { return try Self.checked(draft, comparator, among: named, quote: "'") }
            return try Self.checked(draft, comparator, among: ComparatorSets.numbers, named: named, quote: "")
        }
    }

    private static func checked(
        _ draft: SearchDraft, _ comparator: String, among allowed: Set<String>, named: Set<String>? = nil, quote: String
    ) throws(MartletError) -> SearchComparison {
        let key = draft.entity == .attribute ? aliases[draft.key] : nil
        return try draft.comparison(
            key: key, comparator, among: allowed,
            orRefuse: "Invalid comparator '\(comparator)' not one of '\(PythonText.set(named ?? allowed))\(quote)")
    }

    // MARK: Order

    func order(of clause: String) throws(MartletError) -> SearchOrder {
        let parsed = try OrderClause(parsing: clause)
        let (entity, key) = try identifier(parsed.identifier, attributes: Self.orderable)
        guard entity != .dataset else { throw MartletError(.invalidInput, "Invalid identifier type 'dataset'") }
        let name = entity == .attribute ? Self.aliases[key] ?? key : key
        return SearchOrder(entity: entity, key: name, isAscending: parsed.isAscending)
    }

    func completed(_ orders: [SearchOrder], of clauses: [String]) throws(MartletError) -> [SearchOrder] {
        try orders.requireDistinct(of: clauses)
        return orders.adding("start_time", isAscending: false) + [SearchOrder(entity: .attribute, key: "run_id", isAscending: true)]
    }
}
