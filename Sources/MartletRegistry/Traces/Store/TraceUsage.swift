import MartletCore

/// Sums that are kept as metadata of a trace, as JSON in one form.
enum TraceUsage: String, CaseIterable {
    case tokens = "mlflow.trace.tokenUsage"
    case cost = "mlflow.trace.cost"

    /// The attribute of a span that it is the sum of.
    var attribute: String { self == .tokens ? "mlflow.chat.tokenUsage" : "mlflow.llm.cost" }

    /// What there is of it, in the order in which it is written.
    private var keys: [String] {
        switch self {
        case .tokens:
            [
                "input_tokens", "output_tokens", "total_tokens", "cache_read_input_tokens", "cache_creation_input_tokens",
                "cache_creation_input_tokens_above_1hr",
            ]
        case .cost: ["input_cost", "output_cost", "total_cost"]
        }
    }

    /// How many of the keys are in every sum, as 0 where nothing has them.
    private static let commonCount = 3

    /// The text of what was known with what is told now in its place; `nil` where neither has a number.
    func merged(_ known: String?, _ told: String) -> String? {
        var numbers = known.map(numbers) ?? [:]
        if let object = Self.object(told) {
            for key in keys where object[key] != nil { numbers[key] = number(object[key]) }
        }
        return text(numbers)
    }

    /// The text of numbers; `nil` where there are none.
    func text(_ numbers: [String: JSONValue]) -> String? {
        let members = keys.compactMap { key in numbers[key].map { "\"\(key)\": \(PythonJSON.text($0))" } }
        return members.isEmpty ? nil : "{" + members.joined(separator: ", ") + "}"
    }

    func numbers(_ text: String) -> [String: JSONValue] {
        (Self.object(text) ?? [:]).compactMapValues(number).filter { keys.contains($0.key) }
    }

    /// A count must be whole, a cost finite.
    private func number(_ value: JSONValue?) -> JSONValue? {
        let value = value.flatMap { given in given.string.flatMap(Double.init).map(JSONValue.number) ?? given }
        switch self {
        case .tokens: return value?.int.map(JSONValue.integer)
        case .cost: return value?.double.flatMap { $0.isFinite ? .number($0) : nil }
        }
    }

    /// The sum over a tree of spans. A span whose ancestor tells numbers is left out, as those hold its own already.
    /// - Complexity: O(spans).
    func sum(_ spans: [UsageNode]) -> [String: JSONValue]? {
        let known = Set(spans.map(\.id))
        var children: [String: [UsageNode]] = [:]
        var open: [(span: UsageNode, isCounted: Bool)] = []
        for span in spans.reversed() {
            if let parent = span.parent, known.contains(parent) {
                children[parent, default: []].append(span)
            } else {
                open.append((span, false))
            }
        }
        var sums: [String: JSONValue]?
        while let (span, isCounted) = open.popLast() {
            if let numbers = span.numbers[self], !isCounted { sums = add(numbers, to: sums ?? [:]) }
            let hasNumbers = isCounted || span.numbers[self] != nil
            open += children.removeValue(forKey: span.id)?.map { ($0, hasNumbers) } ?? []
        }
        return sums
    }

    private func add(_ numbers: [String: JSONValue], to sums: [String: JSONValue]) -> [String: JSONValue] {
        var sums = sums
        for key in keys where numbers[key] != nil || keys.prefix(Self.commonCount).contains(key) {
            sums[key] = plus(sums[key], numbers[key])
        }
        return sums
    }

    private func plus(_ one: JSONValue?, _ other: JSONValue?) -> JSONValue {
        switch self {
        case .tokens: .integer((one?.int ?? 0).addingReportingOverflow(other?.int ?? 0).partialValue)
        case .cost: .number((one?.double ?? 0) + (other?.double ?? 0))
        }
    }

    static func object(_ text: String) -> [String: JSONValue]? {
        // What a client wrote here need not be JSON.
        try? JSONValue(parsing: text, as: "metadata").object
    }

    /// How many spans a client told that there are.
    static func spanCount(of info: TraceInfo) -> Int64? {
        info.metadata.first { $0.key == TraceKey.sizes }.flatMap { object($0.value)?["num_spans"]?.int }
    }
}

/// What a span tells of tokens and costs.
struct UsageNode {
    let id: String
    let parent: String?
    /// Nothing where the span tells nothing of it.
    let numbers: [TraceUsage: [String: JSONValue]]

    /// - Parameter attributes: of the span, each as JSON.
    init(id: String, parent: String?, attributes: (String) -> String?) {
        self.id = id
        self.parent = parent
        var numbers: [TraceUsage: [String: JSONValue]] = [:]
        for usage in TraceUsage.allCases {
            if let text = attributes(usage.attribute), TraceUsage.object(text) != nil { numbers[usage] = usage.numbers(text) }
        }
        self.numbers = numbers
    }
}
