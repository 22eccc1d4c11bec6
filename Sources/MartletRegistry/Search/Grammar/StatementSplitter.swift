/// Finds where the first statement of a text ends: at a semicolon outside of parentheses and blocks, or at `GO`.
struct StatementSplitter {
    private var blocks: [String] = []
    private var beginCount = 0
    private var unconfirmedStart: String?
    private var isCreate = false
    private var hasSeenBegin = false
    private var level = 0
    private var isComplete = false

    /// The first statement's tokens and whether others follow; `nil` where there is nothing but white space.
    static func firstStatement(of tokens: [SQLToken], in text: SQLText) -> (tokens: [SQLToken], isOnly: Bool)? {
        var splitter = StatementSplitter()
        for (index, token) in tokens.enumerated() {
            if splitter.isComplete, token.kind != .whitespace, token.kind != .singleComment {
                let first = Array(tokens[..<index])
                // What follows counts as a statement of its own unless it is only white space without an end.
                let isOnly = tokens[index...].allSatisfy(\.isWhitespace)
                return (first, isOnly)
            }
            splitter.take(token, text)
        }
        return tokens.allSatisfy(\.isWhitespace) ? nil : (tokens, true)
    }

    private mutating func take(_ token: SQLToken, _ text: SQLText) {
        let word = token.isKeyword || token.kind == .punctuation ? text[token.range] : ""
        level += change(token.kind, word)
        if token.kind == .punctuation, word == ";" {
            hasSeenBegin = false
            if level <= 0, beginCount == 0 { isComplete = true }
        } else if token.kind == .keyword, word == "GO" || word.prefix(3).dropFirst(2).first?.isWhitespace == true && word.hasPrefix("GO") {
            isComplete = true
        } else if !token.isWhitespace, token.kind != .singleComment, token.kind != .multilineComment,
            !(token.kind == .keyword && word.uppercased() == "BEGIN")
        {
            hasSeenBegin = false
        }
    }

    /// By how much a token changes the level of nesting.
    private mutating func change(_ kind: SQLToken.Kind, _ word: String) -> Int {
        if kind == .punctuation { return punctuationChange(word) }
        guard SQLToken(kind: kind, range: 0..<0).isKeyword else { return 0 }
        let unified = word.uppercased()
        if kind == .dataDefinition, unified.hasPrefix("CREATE") {
            isCreate = true
            return 0
        }
        if unified == "DECLARE", isCreate, blocks.isEmpty {
            blocks.append("DECLARE")
            return 1
        }
        if unified == "BEGIN" { return begin() }
        if hasSeenBegin, kind == .keyword, Self.transactionWords.contains(unified) {
            hasSeenBegin = false
            return closeBegin()
        }
        if beginCount > 0, let change = nestedChange(unified) { return change }
        return closingChange(unified)
    }

    private static let transactionWords: Set = [
        "TRANSACTION", "WORK", "TRAN", "DISTRIBUTED", "DEFERRED", "IMMEDIATE", "EXCLUSIVE",
    ]

    private mutating func punctuationChange(_ word: String) -> Int {
        switch word {
        case "(": return 1
        case ")": return -1
        case ";":
            unconfirmedStart = nil
            guard hasSeenBegin else { return 0 }
            hasSeenBegin = false
            return closeBegin()
        default: return 0
        }
    }

    private mutating func begin() -> Int {
        hasSeenBegin = true
        let isDeclared = blocks.last == "DECLARE"
        if isDeclared { blocks.removeLast() }
        blocks.append("BEGIN")
        beginCount += 1
        return isDeclared ? 0 : 1
    }

    private mutating func closeBegin() -> Int {
        guard blocks.last == "BEGIN" else { return 0 }
        close()
        return -1
    }

    private mutating func nestedChange(_ word: String) -> Int? {
        switch word {
        case "FOR", "WHILE":
            unconfirmedStart = word
            return 0
        case "LOOP", "DO":
            if let start = unconfirmedStart {
                blocks.append(start)
                unconfirmedStart = nil
                return 1
            }
            guard word == "LOOP" else { return nil }
            blocks.append("LOOP")
            return 1
        case "IF", "CASE":
            blocks.append(word)
            return 1
        default: return nil
        }
    }

    private mutating func closingChange(_ word: String) -> Int {
        if word == "END" {
            close()
            return -1
        }
        guard word.hasPrefix("END "), let block = blocks.last else { return 0 }
        let kind = word.dropFirst(4)
        guard ["IF", "FOR", "WHILE", "CASE"].contains(kind) && kind == block || kind == "LOOP" && ["LOOP", "FOR", "WHILE"].contains(block)
        else { return 0 }
        close()
        return -1
    }

    private mutating func close() {
        if blocks.popLast() == "BEGIN" { beginCount -= 1 }
    }
}
