/// Finds the comparisons among the tokens of a statement: also those with `IN`, `NOT IN`, `IS NULL` and `IS NOT NULL`, which
/// sqlparse does not join and MLflow does.
struct ComparisonReader {
    /// A comparison as MLflow looks at it: its tokens without white space, and the words of a joined comparator.
    struct Clause {
        let tokens: [SQLToken]
        /// The comparator where MLflow writes one itself; `nil` where it is the second token's text.
        var comparator: String?
    }

    enum Item {
        case clause(Clause)
        case other(SQLToken)
    }

    private let text: SQLText
    private let tokens: [SQLToken]
    /// Whether `timestamp` alone may begin a comparison, as in searches of traces.
    private let joinsTimestamps: Bool
    private var items: [Item] = []
    private var index = 0

    /// The comparisons and whatever else stands between them, without white space. - Complexity: O(tokens).
    static func items(of tokens: [SQLToken], in text: SQLText, joinsTimestamps: Bool = false) -> [Item] {
        var reader = ComparisonReader(text: text, tokens: tokens.filter { !$0.isWhitespace }, joinsTimestamps: joinsTimestamps)
        while reader.index < reader.tokens.count { reader.readItem() }
        return reader.items
    }

    private init(text: SQLText, tokens: [SQLToken], joinsTimestamps: Bool) {
        self.text = text
        self.tokens = tokens
        self.joinsTimestamps = joinsTimestamps
    }

    /// Reads one token, or as many as MLflow takes from its list at once, matched or not.
    private mutating func readItem() {
        // Fewer than three tokens are left as they are.
        guard tokens.count - index >= 3 else { return pass(tokens.count - index) }
        if joinsTimestamps, joinTimestamp() { return }
        guard tokens[index].kind == .identifier else { return pass(1) }
        let (second, third) = (tokens[index + 1], tokens[index + 2])
        if text.isKeyword(second, "IN"), third.kind == .parenthesis { return join("IN", [tokens[index], second, third], length: 3) }
        if text.isKeyword(second, "IS"), text.isKeyword(third, "NULL") { return join("IS NULL", [tokens[index], third], length: 3) }
        if text.isKeyword(second, "IS"), text.isKeyword(third, "NOT NULL") {
            return join("IS NOT NULL", [tokens[index], third], length: 3)
        }
        guard index + 3 < tokens.count else { return pass(3) }
        let fourth = tokens[index + 3]
        if text.isKeyword(second, "NOT"), text.isKeyword(third, "IN"), fourth.kind == .parenthesis {
            return join("NOT IN", [tokens[index], second, fourth], length: 4)
        }
        pass(4)
    }

    /// `timestamp > 5`, where `timestamp` is a type in SQL; where no number follows, MLflow goes on with its first token twice.
    private mutating func joinTimestamp() -> Bool {
        let first = tokens[index]
        guard first.kind == .builtin, ["timestamp", "timestamp_ms"].contains(text[first.range]) else { return false }
        let (second, third) = (tokens[index + 1], tokens[index + 2])
        if second.kind == .comparator, [">", ">=", "!=", "=", "<", "<="].contains(text[second.range]), third.kind == .integer {
            items.append(.clause(Clause(tokens: [first, second, third])))
        } else {
            items += [first, second, third, first].map { item($0) }
        }
        index += 3
        return true
    }

    private mutating func join(_ comparator: String, _ parts: [SQLToken], length: Int) {
        items.append(.clause(Clause(tokens: parts, comparator: comparator == "IN" ? nil : comparator)))
        index += length
    }

    private mutating func pass(_ count: Int) {
        items += tokens[index..<index + count].map { item($0) }
        index += count
    }

    private func item(_ token: SQLToken) -> Item {
        guard token.kind == .comparison else { return .other(token) }
        return .clause(Clause(tokens: token.parts.filter { !$0.isWhitespace }))
    }
}
