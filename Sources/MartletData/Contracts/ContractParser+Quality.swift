import MartletCore

/// What the rules of a `quality` list come to: checks of rows where nothing may break, measures of the table elsewhere.
struct ParsedQuality {
    var rules: [QualityRule] = []
    var constraints: [Constraint] = []
    var uniqueKeys: [[String]] = []
    var isRequired = false
}

extension ContractParser {
    /// What a list of rules is about.
    enum Subject {
        case table(String, columns: [String])
        case column(String, LogicalType)

        var name: String {
            switch self {
            case .table(let name, _), .column(let name, _): name
            }
        }
    }

    private static let ruleShapes: [String: StandardShape] = StandardShape.annotations.merging([
        "id": .text, "name": .text, "description": .text, "dimension": .text, "method": .text, "businessImpact": .text,
        "scheduler": .text, "schedule": .text, "engine": .text, "implementation": .any,
    ]) { $1 }
    private static let enforcedKeys = ["type", "metric", "rule", "arguments", "unit", "severity", "query"]
    private static let operators = [
        "mustBe", "mustNotBe", "mustBeGreaterThan", "mustBeGreaterOrEqualTo", "mustBeLessThan", "mustBeLessOrEqualTo",
        "mustBeBetween", "mustNotBeBetween",
    ]

    func rules(_ node: SpecificationNode?, of subject: Subject) -> ParsedQuality {
        var quality = ParsedQuality()
        guard let node, node.requireList() else { return quality }
        for item in node.items { read(item, of: subject, into: &quality) }
        return quality
    }

    private func read(_ node: SpecificationNode, of subject: Subject, into quality: inout ParsedQuality) {
        let optional = Self.ruleShapes.keys.sorted() + Self.enforcedKeys + Self.operators
        guard let keys = node.object(optional: optional) else { return }
        keys.check(Self.ruleShapes)
        keys.given("rule")?.report("the key 'rule' is deprecated since 3.1; write 'metric'")
        guard let type = keys.given("type").map({ $0.choice(["library", "text", "sql", "custom"]) }) ?? "library" else {
            return
        }
        guard type == "library" || type == "sql" else {
            unenforced.append("\(type) rule of '\(subject.name)'")
            return
        }
        guard let metric = type == "sql" ? query(node, keys, subject) : metric(node, keys, subject),
            let comparison = comparison(node, keys)
        else { return }
        let isPercent = keys.given("unit").map { $0.choice(["rows", "percent"]) == "percent" } ?? false
        if isPercent, case .rowCount = metric { node.report("a rowCount has no percent; remove 'unit'") }
        let severity = keys.given("severity")?.string?.lowercased()
        let rule = QualityRule(
            name: label(keys, metric, subject), metric: metric, comparison: comparison, isPercent: isPercent,
            isWarning: severity == "info" || severity == "warning"
        )
        add(rule, to: &quality)
    }

    /// A rule that allows nothing broken is checked row by row, so that the broken rows go to quarantine.
    private func add(_ rule: QualityRule, to quality: inout ParsedQuality) {
        guard !rule.isWarning, rule.comparison.allowsOnlyZero(percent: rule.isPercent) else {
            quality.rules.append(rule)
            return
        }
        switch rule.metric {
        case .nullValues: quality.isRequired = true
        case .missingValues(_, let values):
            quality.constraints.append(.missingValues(values.filter { $0 != .null }))
            if values.contains(.null) { quality.isRequired = true }
        case .invalidValues(_, let constraints): quality.constraints += constraints
        case .duplicateValues(let columns): quality.uniqueKeys.append(columns)
        case .rowCount, .sql: quality.rules.append(rule)
        }
    }

    private func label(_ keys: SpecificationObject, _ metric: QualityRule.Metric, _ subject: Subject) -> String {
        if let name = (keys.given("name") ?? keys.given("id"))?.string { return name }
        return "\(keys.given("metric")?.string ?? "sql") of '\(subject.name)'"
    }

    // MARK: Metrics

    private func query(_ node: SpecificationNode, _ keys: SpecificationObject, _ subject: Subject) -> QualityRule
        .Metric?
    {
        guard let text = keys.given("query")?.string else {
            if keys.given("query") == nil { node.report("the key 'query' is missing; add it") }
            return nil
        }
        return if case .column(let name, _) = subject { .sql(text, column: name) } else { .sql(text, column: nil) }
    }

    private func metric(_ node: SpecificationNode, _ keys: SpecificationObject, _ subject: Subject) -> QualityRule
        .Metric?
    {
        let allowed: [String] =
            switch subject {
            case .table: ["rowCount", "duplicateValues"]
            case .column: ["nullValues", "missingValues", "invalidValues", "duplicateValues"]
            }
        guard let given = keys.given("metric") else {
            node.report("the key 'metric' is missing; add one of \(allowed.joined(separator: ", "))")
            return nil
        }
        guard let name = given.choice(allowed) else { return nil }
        let known = ["missingValues": ["missingValues"], "invalidValues": ["validValues", "pattern"]]
        let columns: [String] = if case .table = subject, name == "duplicateValues" { ["properties"] } else { [] }
        let arguments = keys.given("arguments").flatMap { $0.object(optional: (known[name] ?? []) + columns) }
        switch subject {
        case .table(_, let names):
            return name == "rowCount" ? .rowCount : duplicates(node, arguments, names)
        case .column(let column, let type):
            return metric(name, of: column, type, node, arguments)
        }
    }

    private func metric(
        _ name: String, of column: String, _ type: LogicalType, _ node: SpecificationNode,
        _ arguments: SpecificationObject?
    ) -> QualityRule.Metric? {
        switch name {
        case "nullValues": return .nullValues(column: column)
        case "duplicateValues": return .duplicateValues(columns: [column])
        case "missingValues":
            guard let list = arguments?.given("missingValues") else {
                node.report("the argument 'missingValues' is missing; add the list of values")
                return nil
            }
            return .missingValues(column: column, list.items.compactMap { $0.isNull ? .null : scalar($0, of: type) })
        default: return invalidValues(column, type, node, arguments)
        }
    }

    private func invalidValues(
        _ column: String, _ type: LogicalType, _ node: SpecificationNode, _ arguments: SpecificationObject?
    ) -> QualityRule.Metric? {
        var constraints: [Constraint] = []
        if let list = arguments?.given("validValues") {
            constraints.append(.validValues(list.items.filter { !$0.isNull }.compactMap { scalar($0, of: type) }))
        }
        if let argument = arguments?.given("pattern"), let pattern = pattern(argument) {
            if type != .string {
                argument.report("a pattern is for texts, and '\(column)' is of type \(type.rawValue)")
            }
            constraints.append(.pattern(pattern))
        }
        if constraints.isEmpty {
            node.report("the arguments are missing; add 'validValues' or 'pattern' to 'arguments'")
        }
        return .invalidValues(column: column, constraints)
    }

    private func duplicates(
        _ node: SpecificationNode, _ arguments: SpecificationObject?, _ names: [String]
    ) -> QualityRule.Metric? {
        guard let list = arguments?.given("properties"), let columns = list.strings, !columns.isEmpty else {
            node.report("the argument 'properties' is missing; add the list of columns")
            return nil
        }
        for (item, column) in zip(list.items, columns) where !names.contains(column) {
            let hint = nearest(to: column, among: names).map { "; did you mean '\($0)'?" } ?? ""
            item.report("expected a column of the table, found '\(column)'\(hint)")
        }
        return .duplicateValues(columns: columns)
    }

    // MARK: Comparisons

    private func comparison(_ node: SpecificationNode, _ keys: SpecificationObject) -> QualityRule.Comparison? {
        let given = Self.operators.filter { keys.given($0) != nil }
        guard given.count == 1, let key = given.first, let bound = keys.given(key) else {
            let found = given.isEmpty ? "none" : given.joined(separator: " and ")
            node.report("expected one of \(Self.operators.joined(separator: ", ")), found \(found)")
            return nil
        }
        switch key {
        case "mustBeBetween": return range(bound).map { .between($0.0, $0.1) }
        case "mustNotBeBetween": return range(bound).map { .notBetween($0.0, $0.1) }
        case "mustBe": return number(bound).map { .equal($0) }
        case "mustNotBe": return number(bound).map { .notEqual($0) }
        case "mustBeGreaterThan": return bound.double.map { .greater($0) }
        case "mustBeGreaterOrEqualTo": return bound.double.map { .greaterOrEqual($0) }
        case "mustBeLessThan": return bound.double.map { .less($0) }
        default: return bound.double.map { .lessOrEqual($0) }
        }
    }

    /// A number; true counts as 1 and false as 0.
    private func number(_ node: SpecificationNode) -> Double? {
        if case .boolean(let value) = node.json { return value ? 1 : 0 }
        return node.double
    }

    private func range(_ node: SpecificationNode) -> (Double, Double)? {
        let bounds = node.items.compactMap(\.double)
        guard node.isList, bounds.count == 2, bounds[0] < bounds[1] else {
            return node.expected("two numbers, the smaller first")
        }
        return (bounds[0], bounds[1])
    }
}
