import MartletCore

/// A filter's statement, cut into comparisons and what is none, as the parsers of all kinds begin with.
struct FilterStatement {
    let text: SQLText
    let items: [ComparisonReader.Item]

    /// What can be wrong with a text before anything in it is looked at.
    enum Flaw: Error {
        case limit(String)
        case nothing
        case severalStatements
    }

    init(_ filter: String, joinsTimestamps: Bool = false) throws(Flaw) {
        text = SQLText(filter)
        let first: (tokens: [SQLToken], isOnly: Bool)?
        var tokens: [SQLToken] = []
        do throws(TokenGrouping.LimitReached) {
            first = StatementSplitter.firstStatement(of: try SQLLexer.tokens(of: text), in: text)
            if let first { tokens = try TokenGrouping.grouped(first.tokens, of: text) }
        } catch {
            throw .limit(error.message)
        }
        guard let first else { throw .nothing }
        guard first.isOnly else { throw .severalStatements }
        items = ComparisonReader.items(of: tokens, in: text, joinsTimestamps: joinsTimestamps)
    }

    /// The clauses between the words `AND`. - Throws: `invalidInput` where there is anything else.
    func clauses(quotesInvalid: Bool) throws(MartletError) -> [FilterClause] {
        var clauses: [FilterClause] = []
        var invalid: [String] = []
        for item in items {
            switch item {
            case .clause(let clause): clauses.append(FilterClause(clause, text))
            case .other(let token):
                let isAnd = token.kind == .keyword && text[token.range].uppercased() == "AND"
                if !isAnd { invalid.append(quotesInvalid ? "'\(text[token.range])'" : text[token.range]) }
            }
        }
        guard invalid.isEmpty else {
            throw MartletError(.invalidInput, "Invalid clause(s) in filter string: \(invalid.joined(separator: ", "))")
        }
        return clauses
    }
}

/// One comparison as it is written, before its words are looked at.
struct FilterClause {
    /// What a value is, in the grammar.
    enum Form { case text, number(isWhole: Bool), list, other }

    let identifier: String
    let comparator: String
    let value: String
    let form: Form
    /// How many tokens there are: three, or two with `IS NULL`.
    let tokenCount: Int
    let startsWithIdentifier: Bool
    /// Whether the identifier is the type `timestamp`, which traces may begin with.
    let startsWithTimestamp: Bool

    init(_ clause: ComparisonReader.Clause, _ text: SQLText) {
        let tokens = clause.tokens
        tokenCount = tokens.count
        identifier = tokens.first.map { text[$0.range] } ?? ""
        startsWithIdentifier = tokens.first?.kind == .identifier
        startsWithTimestamp = tokens.first?.kind == .builtin && ["timestamp", "timestamp_ms"].contains(identifier)
        comparator = clause.comparator ?? (tokens.count > 1 ? text[tokens[1].range] : "")
        let last = tokens.count == 3 ? tokens[2] : nil
        value = last.map { text[$0.range] } ?? ""
        form =
            switch last?.kind {
            case .singleQuoted, .identifier: .text
            case .integer: .number(isWhole: true)
            case .float: .number(isWhole: false)
            case .parenthesis: .list
            default: .other
            }
    }

    var isNullTest: Bool { tokenCount == 2 && (comparator == "IS NULL" || comparator == "IS NOT NULL") }

    /// Refuses what is no comparison of an identifier.
    func validate() throws(MartletError) {
        guard tokenCount == 3 || isNullTest else {
            throw MartletError(.invalidInput, "Invalid comparison clause. Expected 3 tokens found \(tokenCount)")
        }
        guard startsWithIdentifier else {
            throw MartletError(.invalidInput, "Invalid comparison clause. Expected 'Identifier' found '\(identifier)'")
        }
    }

    // MARK: Values

    /// The text between the quotes, whose escapes stay as they are. - Throws: `invalidInput` where there are none.
    func quotedText() throws(MartletError) -> String {
        guard let text = value.insideQuotes("'", "\"") else {
            throw MartletError(
                .invalidInput,
                "Parameter value is either not quoted or unidentified quote types used for string value \(value). Use either single or double quotes."
            )
        }
        return text
    }

    func texts() throws(MartletError) -> [String] { try PythonList.texts(of: value) }

    /// The number, whole where it is written so and fits.
    func number(isWhole: Bool) throws(MartletError) -> SearchValue {
        if isWhole, let integer = PythonText.integer(value) { return .integer(integer) }
        guard let number = PythonText.number(value) else {
            throw MartletError(.invalidInput, "could not convert string to float: \(PythonText.quoted(value))")
        }
        return .number(number)
    }
}

extension String {
    /// What stands between quotes of a kind; `nil` where it is not so quoted.
    func insideQuotes(_ quotes: Unicode.Scalar...) -> String? {
        let scalars = unicodeScalars
        guard let first = scalars.first, quotes.contains(first), scalars.last == first, scalars.count >= 2 else { return nil }
        return String(scalars.dropFirst().dropLast())
    }

    /// A key without the quotes around it.
    var unquotedKey: String {
        let key = insideQuotes("'", "\"") ?? self
        return key.insideQuotes("`") ?? key
    }

    /// The words before and after the first period; no word before where there is none.
    var splitAtPeriod: (entity: String?, key: String) {
        guard let period = unicodeScalars.firstIndex(of: ".") else { return (nil, self) }
        return (String(unicodeScalars[..<period]), String(unicodeScalars[unicodeScalars.index(after: period)...]))
    }
}
