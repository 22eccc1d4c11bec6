/// The passes that join what stands between two delimiters, and those that are not of neighbours.
extension TokenGrouping {
    /// Comments with the line breaks between them; those that end the text stay apart.
    mutating func groupComments() {
        guard tokens.contains(where: \.isComment) else { return }
        var output: [SQLToken] = []
        var index = 0
        while index < tokens.count {
            guard tokens[index].isComment else {
                output.append(tokens[index])
                index += 1
                continue
            }
            guard let end = tokens[index...].firstIndex(where: { !$0.isComment && $0.kind != .newline }) else {
                output += tokens[index...]
                break
            }
            output.append(joined(tokens[index..<end], as: .comment))
            index = end
        }
        tokens = output
    }

    mutating func groupDelimited() throws(LimitReached) {
        let text = text
        try enclose(.brackets, opens: { text.isText($0, .punctuation, "[") }, closes: { text.isText($0, .punctuation, "]") })
        try enclose(.parenthesis, opens: { text.isText($0, .punctuation, "(") }, closes: { text.isText($0, .punctuation, ")") })
        try enclose(.caseBlock, opens: { text.isKeyword($0, "CASE") }, closes: { text.isKeyword($0, "END") })
        try enclose(.ifBlock, opens: { text.isKeyword($0, "IF") }, closes: { text.isKeyword($0, "END IF") })
        try enclose(.forBlock, opens: { text.isKeyword($0, "FOR", "FOREACH") }, closes: { text.isKeyword($0, "END LOOP") })
        try enclose(.beginBlock, opens: { text.isKeyword($0, "BEGIN") }, closes: { text.isKeyword($0, "END") })
    }

    private mutating func enclose(
        _ kind: SQLToken.Kind, opens: (SQLToken) -> Bool, closes: (SQLToken) -> Bool
    ) throws(LimitReached) {
        guard tokens.contains(where: closes) else { return }
        var output: [SQLToken] = []
        var open: [Int] = []
        for token in tokens {
            output.append(token)
            if opens(token) {
                open.append(output.count - 1)
            } else if closes(token), let start = open.popLast() {
                var group = joined(output[start...], as: kind)
                group.depth = 1 + output[start...].reduce(0) { max($0, $1.depth) }
                guard group.depth <= Self.depthMax else {
                    throw LimitReached(message: "Maximum grouping depth exceeded (\(Self.depthMax)).")
                }
                output.removeSubrange(start...)
                output.append(group)
            }
        }
        tokens = output
    }

    mutating func groupOver() {
        guard tokens.contains(where: { text.isKeyword($0, "OVER") }) else { return }
        var output: [SQLToken] = []
        var index = 0
        while index < tokens.count {
            var end = index
            if text.isKeyword(tokens[index], "OVER"), let next = nextIndex(after: index),
                [.parenthesis, .name, .builtin, .placeholder].contains(tokens[next].kind)
            {
                end = next
            }
            output.append(end == index ? tokens[index] : joined(tokens[index...end], as: .over))
            index = end + 1
        }
        tokens = output
    }

    mutating func groupFunctions() {
        guard tokens.contains(where: { $0.kind == .parenthesis }) else { return }
        let words = Set(tokens.filter { $0.range.count <= 6 }.map { text[$0.range].uppercased() })
        if words.contains("CREATE"), words.contains("TABLE"), !words.contains("AS") { return }
        var output: [SQLToken] = []
        var index = 0
        while index < tokens.count {
            var end = index
            if [.name, .builtin, .placeholder].contains(tokens[index].kind), let next = nextIndex(after: index),
                tokens[next].kind == .parenthesis
            {
                end = nextIndex(after: next).flatMap { tokens[$0].kind == .over ? $0 : nil } ?? next
            }
            output.append(end == index ? tokens[index] : joined(tokens[index...end], as: .function))
            index = end + 1
        }
        tokens = output
    }

    mutating func groupWhere() {
        let ends: Set = [
            "ORDER BY", "GROUP BY", "LIMIT", "UNION", "UNION ALL", "EXCEPT", "INTERSECT", "HAVING", "RETURNING", "INTO",
        ]
        guard tokens.contains(where: { text.isKeyword($0, "WHERE") }) else { return }
        var output: [SQLToken] = []
        var index = 0
        while index < tokens.count {
            guard text.isKeyword(tokens[index], "WHERE") else {
                output.append(tokens[index])
                index += 1
                continue
            }
            let end = tokens[index...].firstIndex { $0.kind == .keyword && ends.contains(text[$0.range].uppercased()) } ?? tokens.count
            output.append(joined(tokens[index..<end], as: .whereClause))
            index = end
        }
        tokens = output
    }

    /// What a name follows is taken for something with an alias: `a b`.
    mutating func groupAliases() {
        let kinds: Set<SQLToken.Kind> = [.parenthesis, .function, .caseBlock, .identifier, .operation, .comparison]
        var output: [SQLToken] = []
        var index = 0
        while index < tokens.count {
            var group = tokens[index]
            if kinds.contains(group.kind) || group.isNumber, let next = nextIndex(after: index), tokens[next].kind == .identifier {
                group = joined(tokens[index...next], as: .identifier, extends: true)
                index = next
            }
            output.append(group)
            index += 1
        }
        tokens = output
    }

    /// `a := b`, up to a semicolon where there is one.
    mutating func groupAssignments() {
        guard let middle = tokens.firstIndex(where: { text.isText($0, .assign, ":=") }) else { return }
        guard let previous = tokens[..<middle].lastIndex(where: { !$0.isWhitespace }), let next = nextIndex(after: middle),
            let semicolon = tokens[(next + 1)...].firstIndex(where: { text.isText($0, .punctuation, ";") })
        else { return join(assignments) }
        guard tokens[previous].kind != .keyword, tokens[next].kind != .keyword else { return }
        replace(previous...semicolon, as: .assignment)
    }

    /// A comment belongs to the group before it.
    mutating func alignComments() {
        guard tokens.contains(where: { $0.kind == .comment }) else { return }
        var output: [SQLToken] = []
        for token in tokens {
            output.append(token)
            guard token.kind == .comment, let previous = output.dropLast().lastIndex(where: { !$0.isWhitespace }),
                output[previous].isGroup
            else { continue }
            let group = joined(output[previous...], as: output[previous].kind, extends: true)
            output.removeSubrange(previous...)
            output.append(group)
        }
        tokens = output
    }

    mutating func groupValues() {
        guard let start = tokens.firstIndex(where: { text.isKeyword($0, "VALUES") }) else { return }
        guard let end = tokens[start...].lastIndex(where: { $0.kind == .parenthesis }) else { return }
        replace(start...end, as: .values)
    }

    private mutating func replace(_ range: ClosedRange<Int>, as kind: SQLToken.Kind) {
        tokens.replaceSubrange(range, with: [joined(tokens[range], as: kind)])
    }
}
