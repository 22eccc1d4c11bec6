import MartletCore

/// A comparison whose identifier and value have been read, and whose comparator has not been looked at.
struct SearchDraft {
    let entity: SearchEntity
    let key: String
    /// As it is written; searches differ in whether its case matters.
    let comparator: String
    let value: SearchValue

    /// The comparison with one of some comparators. - Throws: `invalidInput` with the message where it is another.
    func comparison(
        key: String? = nil, _ comparator: String, among allowed: Set<String>, value: SearchValue? = nil,
        orRefuse message: @autoclosure () -> String
    ) throws(MartletError) -> SearchComparison {
        guard allowed.contains(comparator), let known = SearchComparator(rawValue: comparator) else {
            throw MartletError(.invalidInput, message())
        }
        let isListComparator = known == .isIn || known == .isNotIn
        if !isListComparator, self.value.isList {
            // MLflow answers this with status 500.
            throw MartletError(.invalidInput, "Invalid comparator '\(comparator)' for a list of values. Expected IN or NOT IN.")
        }
        return SearchComparison(entity: entity, key: key ?? self.key, comparator: known, value: value ?? self.value)
    }
}

extension SearchValue {
    var isList: Bool {
        switch self {
        case .texts, .integers: true
        default: false
        }
    }
}

/// The sets of comparators that MLflow names in its refusals.
enum ComparatorSets {
    static let numbers: Set = [">", ">=", "!=", "=", "<", "<="]
    static let texts: Set = ["!=", "=", "LIKE", "ILIKE"]
    static let textsOrLists: Set = ["!=", "=", "LIKE", "ILIKE", "IN", "NOT IN"]
    static let textsOrNull: Set = ["!=", "=", "LIKE", "ILIKE", "IS NULL", "IS NOT NULL"]
}

/// How a kind whose filters are one statement of SQL is read: drafts of all comparisons first, then their comparators.
protocol StatementRules: SearchRules {
    /// Whether refused clauses stand in quotes in the message.
    var quotesInvalidClauses: Bool { get }
    var joinsTimestamps: Bool { get }

    func draft(of clause: FilterClause) throws(MartletError) -> SearchDraft
    func checked(_ draft: SearchDraft) throws(MartletError) -> SearchComparison
}

extension StatementRules {
    var quotesInvalidClauses: Bool { false }
    var joinsTimestamps: Bool { false }

    func comparisons(of text: String) throws(MartletError) -> [SearchComparison] {
        let statement: FilterStatement
        do throws(FilterStatement.Flaw) {
            statement = try FilterStatement(text, joinsTimestamps: joinsTimestamps)
        } catch {
            throw Self.refusal(of: text, error)
        }
        var drafts: [SearchDraft] = []
        for clause in try statement.clauses(quotesInvalid: quotesInvalidClauses) { drafts.append(try draft(of: clause)) }
        var comparisons: [SearchComparison] = []
        for draft in drafts { comparisons.append(try checked(draft)) }
        return comparisons
    }

    private static func refusal(of text: String, _ flaw: FilterStatement.Flaw) -> MartletError {
        switch flaw {
        case .limit: MartletError(.invalidInput, "Error on parsing filter '\(text)'")
        case .nothing: MartletError(.invalidInput, "Invalid filter '\(text)'. Could not be parsed.")
        case .severalStatements:
            MartletError(
                .invalidInput, "Search filter contained multiple expression \(PythonText.quoted(text)). Provide AND-ed expression list.")
        }
    }
}

// MARK: Values

extension FilterClause {
    /// A metric's value. - Throws: `invalidInput` where it is no number.
    func metricValue() throws(MartletError) -> SearchValue {
        guard case .number = form else {
            throw MartletError(.invalidInput, "Expected numeric value type for metric. Found \(value)")
        }
        guard case .number(let number) = try number(isWhole: false) else { return .nothing }
        return .number(number)
    }

    /// A value of a parameter or tag, by the name that MLflow has for those.
    func textValue(of entity: SearchEntity) throws(MartletError) -> SearchValue {
        guard case .text = form else {
            throw MartletError(
                .invalidInput, "Expected a quoted string value for \(entity.rawValue) (e.g. 'my-value'). Got value \(value)")
        }
        return .text(try quotedText())
    }

    /// A value of an attribute of runs or experiments. - Parameter listKeys: the attributes that `IN` works with.
    func attributeValue(_ key: String, isNumeric: Bool, listKeys: Set<String>) throws(MartletError) -> SearchValue {
        if isNumeric {
            guard case .number(let isWhole) = form else {
                throw MartletError(.invalidInput, "Expected numeric value type for numeric attribute: \(key). Found \(value)")
            }
            return try number(isWhole: isWhole)
        }
        switch form {
        case .text: return .text(try quotedText())
        case .list: return .texts(try list(key, listKeys: listKeys))
        default: throw MartletError(.invalidInput, "Expected a quoted string value for attributes. Got value \(value)")
        }
    }

    func list(_ key: String, listKeys: Set<String>) throws(MartletError) -> [String] {
        guard listKeys.contains(key) else {
            throw MartletError(
                .invalidInput,
                "Only \(PythonText.list(listKeys.sorted())) attributes support comparison with a list of quoted string values.")
        }
        return try texts()
    }

    func datasetValue() throws(MartletError) -> SearchValue {
        switch form {
        case .text: return .text(try quotedText())
        case .list: return .texts(try texts())
        default: throw MartletError(.invalidInput, "Expected a quoted string value for dataset attributes. Got value \(value)")
        }
    }
}
