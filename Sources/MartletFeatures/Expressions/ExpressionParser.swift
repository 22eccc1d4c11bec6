import MartletCore

/// A recursive-descent parser for `RowExpression`; nesting is limited to 100 levels, a formula to 1,000 operators.
struct ExpressionParser {
    private static let depthMax = 100
    private static let operatorsMax = 1_000

    private enum Token: Equatable {
        case number(Double)
        case name(String)
        case symbol(Character)
        case end

        var text: String {
            switch self {
            case .number(let value): "'\(value)'"
            case .name(let name): "'\(name)'"
            case .symbol(let symbol): "'\(symbol)'"
            case .end: "the end"
            }
        }
    }

    private let text: String
    private let characters: [Character]
    private var position = 0
    private var token = Token.end
    private var tokenStart = 0
    private var depth = 0
    private var operatorCount = 0

    init(_ text: String) {
        self.text = text
        characters = Array(text)
    }

    mutating func parse() throws -> RowExpression.Node {
        try advance()
        let node = try sum()
        guard token == .end else { throw unexpected("an operator or the end") }
        return node
    }

    private func unexpected(_ expected: String) -> MartletError {
        MartletError(.invalidInput, "'\(text)', character \(tokenStart + 1): expected \(expected), found \(token.text)")
    }

    // MARK: Grammar

    private mutating func sum() throws -> RowExpression.Node {
        depth += 1
        defer { depth -= 1 }
        guard depth <= Self.depthMax else {
            throw MartletError(
                .limitExceeded, "'\(text.prefix(60))…' nests more than \(Self.depthMax) levels; split it into several features")
        }
        var left = try product()
        while let function = try takeOperator(["+": .add, "-": .subtract]) {
            left = .call(function, [left, try product()])
        }
        return left
    }

    private mutating func product() throws -> RowExpression.Node {
        var left = try factor()
        while let function = try takeOperator(["*": .multiply, "/": .divide]) {
            left = .call(function, [left, try factor()])
        }
        return left
    }

    private mutating func factor() throws -> RowExpression.Node {
        switch token {
        case .number(let value):
            try advance()
            return .number(value)
        case .symbol("-"):
            try advance()
            depth += 1
            defer { depth -= 1 }
            guard depth <= Self.depthMax else { throw unexpected("fewer signs") }
            return .call(.negate, [try factor()])
        case .symbol("("):
            try advance()
            let node = try sum()
            try close()
            return node
        case .name(let name):
            try advance()
            return token == .symbol("(") ? try call(name) : .column(name)
        default: throw unexpected("a number, a column, a function or '('")
        }
    }

    private mutating func call(_ name: String) throws -> RowExpression.Node {
        guard let function = RowExpression.Function.named.first(where: { $0.rawValue == name }) else {
            let names = RowExpression.Function.named.map(\.rawValue)
            let hint = nearest(to: name, among: names).map { "did you mean '\($0)'?" } ?? "there are \(names.joined(separator: ", "))"
            throw MartletError(.invalidInput, "'\(text)': there is no function '\(name)'; \(hint)")
        }
        var arguments: [RowExpression.Node] = []
        repeat {
            try advance()
            arguments.append(try argument())
        } while token == .symbol(",")
        try close()
        let prefixes = arguments.contains { if case .prefix = $0 { true } else { false } }
        guard function.arity.contains(arguments.count), !prefixes || function.arity.upperBound > 1 else {
            throw MartletError(
                .invalidInput, "'\(text)': '\(name)' takes \(function.arity.upperBound == 1 ? "one argument" : "one or more arguments")")
        }
        return .call(function, arguments)
    }

    /// An argument is a formula, or a name with a trailing `*`.
    private mutating func argument() throws -> RowExpression.Node {
        if case .name(let name) = token, isAtPrefixStar {
            try advance()
            try advance()
            return .prefix(name)
        }
        return try sum()
    }

    private var isAtPrefixStar: Bool {
        guard position < characters.count, characters[position] == "*" else { return false }
        let rest = characters[(position + 1)...].first { $0 != " " }
        return rest == "," || rest == ")"
    }

    private mutating func close() throws {
        guard token == .symbol(")") else { throw unexpected("')'") }
        try advance()
    }

    /// Every operator makes the tree one level deeper on its left, so their number is limited as well.
    private mutating func takeOperator(
        _ operators: [Character: RowExpression.Function]
    ) throws -> RowExpression.Function? {
        guard case .symbol(let symbol) = token, let function = operators[symbol] else { return nil }
        operatorCount += 1
        guard operatorCount <= Self.operatorsMax else {
            throw MartletError(
                .limitExceeded,
                "'\(text.prefix(60))…' has more than \(Self.operatorsMax) operators; split it into several features"
            )
        }
        try advance()
        return function
    }

    // MARK: Words

    private mutating func advance() throws {
        while position < characters.count, characters[position].isWhitespace { position += 1 }
        tokenStart = position
        guard position < characters.count else {
            token = .end
            return
        }
        let first = characters[position]
        if first.isLetter || first == "_" {
            token = .name(take { $0.isLetter || $0.isNumber || $0 == "_" })
        } else if first.isNumber || first == "." {
            let digits = number()
            guard let value = Double(digits), value.isFinite else {
                throw MartletError(.invalidInput, "'\(text)', character \(tokenStart + 1): expected a number, found '\(digits)'")
            }
            token = .number(value)
        } else {
            token = .symbol(first)
            position += 1
        }
    }

    private mutating func number() -> String {
        var digits = take { $0.isNumber || $0 == "." }
        guard position < characters.count, characters[position] == "e" || characters[position] == "E" else { return digits }
        digits.append(characters[position])
        position += 1
        if position < characters.count, "+-".contains(characters[position]) {
            digits.append(characters[position])
            position += 1
        }
        return digits + take { $0.isNumber }
    }

    private mutating func take(while belongs: (Character) -> Bool) -> String {
        let start = position
        while position < characters.count, belongs(characters[position]) { position += 1 }
        return String(characters[start..<position])
    }
}
