/// A token of a filter, or several that belong together.
///
/// MLflow reads filters with Python's sqlparse, a reader of any SQL, and tells its users which of sqlparse's tokens it did not
/// like. So the kinds here are sqlparse's, and a group keeps what is inside only where MLflow looks there.
struct SQLToken {
    enum Kind {
        case whitespace, newline, singleComment, singleHint, multilineComment, multilineHint
        case name, builtin, placeholder, keyword, order, dataManipulation, dataDefinition, dataControl, commonTable, zoneCast
        case integer, float, hexadecimal, singleQuoted, doubleQuoted, dollarQuoted
        case punctuation, symbol, comparator, wildcard, assign, command, unknown
        // Groups of tokens.
        case comment, brackets, parenthesis, caseBlock, ifBlock, forBlock, beginBlock, over, function, whereClause
        case identifier, typedLiteral, operation, comparison, assignment, identifierList, values
    }

    let kind: Kind
    /// Where it stands in the text, as indices of scalars.
    var range: Range<Int>
    /// The tokens of a comparison; empty for every other kind.
    var parts: [SQLToken] = []
    /// How many groups made of delimiters lie one in the other.
    var depth = 0

    var isWhitespace: Bool { kind == .whitespace || kind == .newline }

    var isKeyword: Bool {
        switch kind {
        case .keyword, .order, .dataManipulation, .dataDefinition, .dataControl, .commonTable, .zoneCast: true
        default: false
        }
    }

    var isComment: Bool {
        switch kind {
        case .singleComment, .singleHint, .multilineComment, .multilineHint: true
        default: false
        }
    }

    var isGroup: Bool {
        switch kind {
        case .comment, .brackets, .parenthesis, .caseBlock, .ifBlock, .forBlock, .beginBlock, .over, .function, .whereClause: true
        case .identifier, .typedLiteral, .operation, .comparison, .assignment, .identifierList, .values: true
        default: false
        }
    }

    var isNumber: Bool { kind == .integer || kind == .float || kind == .hexadecimal }

    /// A number as MLflow takes one.
    var isNumericValue: Bool { kind == .integer || kind == .float }

    /// A text as MLflow takes one: in single quotes, or what may be a name, since double quotes make one.
    var isTextValue: Bool { kind == .singleQuoted || kind == .identifier }
}

extension SQLText {
    /// Whether a token is one of some keywords, in whatever case it is written.
    func isKeyword(_ token: SQLToken, _ words: String...) -> Bool {
        token.kind == .keyword && token.range.count <= 32 && words.contains(self[token.range].uppercased())
    }

    func isText(_ token: SQLToken, _ kind: SQLToken.Kind, _ value: StaticString) -> Bool {
        token.kind == kind && token.range.count == value.utf8CodeUnitCount && holds(value, at: token.range.lowerBound)
    }
}
