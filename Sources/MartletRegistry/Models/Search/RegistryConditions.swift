import MartletStore

/// The comparisons and orders of searches of the registry, as conditions on `registered_models AS m` and `model_versions AS v`.
struct RegistryConditions {
    private let isOfVersions: Bool
    private let comparison: ColumnComparison

    init(_ kind: SearchKind, _ session: TrackingSession) {
        isOfVersions = kind == .modelVersions
        comparison = ColumnComparison(dialect: session.connection.dialect)
    }

    /// All that must hold. What is no prompt has no tag that tells it, so that prompts are left out where they are not what is sought,
    /// and comparisons of that tag are not made then.
    func condition(_ filter: SearchFilter) throws -> SQLPart {
        let ofPrompts = PromptRules.isSought(by: filter.comparisons)
        let comparisons = ofPrompts ? filter.comparisons : filter.comparisons.filter { !PromptRules.isAboutPrompts($0) }
        return .all(try comparisons.map(condition) + (ofPrompts ? [] : [withoutPrompts]))
    }

    /// Asked once for the whole search, not for each row.
    private var withoutPrompts: SQLPart {
        let prompts =
            isOfVersions
            ? "SELECT p.model FROM model_version_tags AS t JOIN model_versions AS p ON p.number = t.version"
            : "SELECT t.model FROM registered_model_tags AS t"
        return SQLPart("m.number NOT IN (\(prompts) WHERE t.key = ? AND t.value = 'true')", [.text(PromptRules.tag)])
    }

    private func condition(_ given: SearchComparison) throws -> SQLPart {
        guard given.entity == .tag else {
            guard let column = column(given.key) else { return .never }
            return try comparison.condition(column, given.comparator, given.value)
        }
        let value = try comparison.condition("t.value", given.comparator, given.value)
        let row =
            isOfVersions
            ? "SELECT 1 FROM model_version_tags AS t WHERE t.version = v.number"
            : "SELECT 1 FROM registered_model_tags AS t WHERE t.model = m.number"
        return SQLPart("EXISTS (\(row) AND t.key = ? AND \(value.sql))", [.text(given.key)] + value.values)
    }

    private func column(_ attribute: String) -> String? {
        switch attribute {
        case "name": "m.name"
        case "version_number": isOfVersions ? "v.version" : nil
        case "run_id": isOfVersions ? "v.run" : nil
        case "source_path": isOfVersions ? "v.source" : nil
        case "creation_timestamp": isOfVersions ? "v.created_at" : nil
        case "last_updated_timestamp": isOfVersions ? "v.updated_at" : "m.updated_at"
        default: nil
        }
    }

    func terms(_ orders: [SearchOrder]) -> String {
        orders.compactMap { order in column(order.key).map { $0 + RunOrdering.direction(order) } }.joined(separator: ", ")
    }
}
