import MartletCore

/// A column as it was read, with what other parts of the contract take from it.
struct ParsedProperty {
    let node: SpecificationNode
    let property: Contract.Property
    let isPrimaryKey: Bool
    let primaryKeyPosition: Int?
    let rules: [QualityRule]
}

extension ContractParser {
    private static let propertyShapes: [String: StandardShape] = StandardShape.annotations.merging([
        "id": .text, "businessName": .text, "physicalType": .text, "description": .text, "partitioned": .any,
        "partitionKeyPosition": .any, "classification": .any, "encryptedName": .text,
        "transformSourceObjects": .list(.text), "transformLogic": .text, "transformDescription": .text,
        "examples": .list(.any), "criticalDataElement": .any, "relationships": .relationships,
    ]) { $1 }
    private static let enforcedKeys = [
        "physicalName", "logicalTypeOptions", "required", "unique", "primaryKey", "primaryKeyPosition", "quality",
    ]

    func property(_ node: SpecificationNode) -> ParsedProperty? {
        let optional = Self.propertyShapes.keys.sorted() + Self.enforcedKeys
        guard let keys = node.object(required: ["name", "logicalType"], optional: optional) else { return nil }
        keys.check(Self.propertyShapes)
        guard let name = keys["name"]?.string, let type = keys["logicalType"].flatMap(logicalType) else { return nil }
        let options = options(keys.given("logicalTypeOptions"), of: type, column: name)
        let quality = rules(keys.given("quality"), of: .column(name, type))
        let isPrimaryKey = keys.given("primaryKey")?.bool ?? false
        let isRequired = keys.given("required")?.bool ?? false
        let position = keys.given("primaryKeyPosition")?.int
        if let position, position != -1, position < 1 || !isPrimaryKey {
            node.report(
                "primaryKeyPosition \(position): expected a number from 1 beside 'primaryKey: true'; "
                    + "correct or remove it"
            )
        }
        let property = Contract.Property(
            name: name,
            sourceName: keys.given("physicalName")?.string ?? name,
            type: type,
            format: options.format,
            isRequired: isRequired || isPrimaryKey || quality.isRequired,
            isUnique: (keys.given("unique")?.bool ?? false) || !quality.uniqueKeys.isEmpty,
            constraints: options.constraints + quality.constraints
        )
        return ParsedProperty(
            node: node, property: property, isPrimaryKey: isPrimaryKey,
            primaryKeyPosition: position == -1 ? nil : position,
            rules: quality.rules
        )
    }

    private func logicalType(_ node: SpecificationNode) -> LogicalType? {
        if case .string(let name) = node.json, LogicalType.unsupportedNames.contains(name) {
            node.report(
                "the type '\(name)' is the standard's, but a dataset is a flat table; "
                    + "make it text, numbers or timestamps with the dataset's 'select'"
            )
            return nil
        }
        return node.choice(LogicalType.allCases.map(\.rawValue)).flatMap(LogicalType.init)
    }

    // MARK: logicalTypeOptions

    private func options(
        _ node: SpecificationNode?, of type: LogicalType, column: String
    ) -> (constraints: [Constraint], format: String?) {
        guard let node, let keys = node.object(optional: type.optionKeys) else { return ([], nil) }
        var constraints = bounds(keys, type) + lengths(keys)
        if let factor = keys.given("multipleOf") {
            guard let value = factor.double else { return ([], nil) }
            if value <= 0 { factor.report("expected a number above 0, found \(plain(value))") }
            constraints.append(.multipleOf(value))
        }
        if let pattern = keys.given("pattern").flatMap(pattern) { constraints.append(.pattern(pattern)) }
        checkZone(keys)
        guard let format = keys.given("format") else { return (constraints, nil) }
        return (
            constraints + width(format, type, column), type == .date || type == .timestamp ? directives(format) : nil
        )
    }

    private func bounds(_ keys: SpecificationObject, _ type: LogicalType) -> [Constraint] {
        let makers: [(String, (JSONValue) -> Constraint)] = [
            ("minimum", Constraint.minimum), ("exclusiveMinimum", Constraint.exclusiveMinimum),
            ("maximum", Constraint.maximum), ("exclusiveMaximum", Constraint.exclusiveMaximum),
        ]
        let found = makers.compactMap { key, make in
            keys.given(key).flatMap { scalar($0, of: type) }.map { (key, $0, make($0)) }
        }
        let low = found.first { $0.0 == "minimum" }?.1.double
        let high = found.first { $0.0 == "maximum" }?.1.double
        if let low, let high, low > high {
            keys["minimum"]?.report(
                "the minimum \(plain(low)) is above the maximum \(plain(high)); no value can be both")
        }
        return found.map(\.2)
    }

    private func lengths(_ keys: SpecificationObject) -> [Constraint] {
        let minimum = keys.given("minLength").flatMap(length)
        let maximum = keys.given("maxLength").flatMap(length)
        if let minimum, let maximum, minimum > maximum {
            keys["minLength"]?.report("minLength \(minimum) is above maxLength \(maximum); no text can be both")
        }
        return [minimum.map(Constraint.minimumLength), maximum.map(Constraint.maximumLength)].compactMap { $0 }
    }

    private func length(_ node: SpecificationNode) -> Int? {
        guard let value = node.int else { return nil }
        guard value >= 0 else { return node.expected("a length from 0") }
        return value
    }

    private func checkZone(_ keys: SpecificationObject) {
        _ = keys.given("timezone")?.bool
        guard let node = keys.given("defaultTimezone"), let zone = node.string else { return }
        if !["UTC", "Etc/UTC", "Z"].contains(zone) {
            node.report("expected UTC, found '\(zone)'; convert the times with the dataset's 'select'")
        }
    }

    private func directives(_ node: SpecificationNode) -> String? {
        guard let text = node.string else { return nil }
        switch DateFormat.parse(text) {
        case .success(let format): return format.directives
        case .failure(let unknown):
            let known = DateFormat.symbols.map(\.letters).joined(separator: ", ")
            node.report("the format '\(text)' has '\(unknown.letter)', which has no meaning here; expected \(known)")
            return nil
        }
    }

    /// The range of a whole number's format. The formats of texts are notes for people.
    private func width(_ node: SpecificationNode, _ type: LogicalType, _ column: String) -> [Constraint] {
        switch type {
        case .number: _ = node.choice(["f32", "f64"])
        case .string:
            if node.string != nil { unenforced.append("format of '\(column)'") }
        case .integer:
            let widths: [String: ClosedRange<Int64>] = [
                "i8": -128...127, "i16": -32_768...32_767, "i32": -2_147_483_648...2_147_483_647,
                "i64": .min ... .max, "i128": .min ... .max, "u8": 0...255, "u16": 0...65_535, "u32": 0...4_294_967_295,
                "u64": 0 ... .max, "u128": 0 ... .max,
            ]
            guard let name = node.choice(widths.keys.sorted()), let range = widths[name], range != .min ... .max else {
                return []
            }
            return [.minimum(.integer(range.lowerBound)), .maximum(.integer(range.upperBound))]
        case .boolean, .date, .timestamp: break
        }
        return []
    }

    // MARK: Values

    /// A regular expression; Swift's own syntax check finds most faults here, the engine finds the rest.
    func pattern(_ node: SpecificationNode) -> String? {
        guard let text = node.string else { return nil }
        do {
            _ = try Regex(text)
            return text
        } catch {
            return node.expected("a regular expression (\(String(describing: error).prefix(120)))")
        }
    }

    /// A scalar that a column of a type can hold.
    func scalar(_ node: SpecificationNode, of type: LogicalType) -> JSONValue? {
        let value = node.json
        switch (type, value) {
        case (.integer, .integer), (.integer, .number), (.number, .integer), (.number, .number), (.boolean, .boolean),
            (.string, .string):
            return value
        case (.string, .integer), (.string, .number), (.string, .boolean):
            return node.string.map(JSONValue.string)
        case (.date, .string(let text)) where text.utf8.count == 10 && Timestamp(text) != nil: return value
        case (.timestamp, .string(let text)):
            if let time = Timestamp(text) { return .string(time.description) }
        default: break
        }
        let example =
            [LogicalType.date: " such as '2024-03-01'", .timestamp: " such as '2024-03-01T14:03:00Z'"][type] ?? ""
        return node.expected("\(type == .integer ? "an" : "a") \(type.rawValue)\(example)")
    }
}
