/// The passes that join a token with its neighbours, in sqlparse's order.
extension TokenGrouping {
    mutating func groupPairs() {
        join(periods)
        join(arrays)
        groupIdentifiers()
        groupOrders()
        join(typecasts)
        join(zoneCasts)
        join(typedLiterals)
        join(longerTypedLiterals)
        join(operations)
        join(comparisons)
        join(renamings)
    }

    private var periods: Pairing {
        Pairing(
            kind: .identifier,
            isMiddle: { text.isText($0, .punctuation, ".") || text.isText($0, .symbol, "->") || text.isText($0, .symbol, "->>") },
            isPrevious: { [.brackets, .identifier, .name, .doubleQuoted].contains($0.kind) },
            isNext: { _ in true },
            span: { next in
                let kinds: [SQLToken.Kind] = [.brackets, .function, .name, .doubleQuoted, .wildcard, .singleQuoted]
                return next.map { kinds.contains($0.kind) } == true ? .both : .previous
            })
    }

    private var arrays: Pairing {
        Pairing(
            kind: .identifier, isMiddle: { $0.kind == .brackets },
            isPrevious: { [.brackets, .identifier, .function, .name, .doubleQuoted].contains($0.kind) },
            isNext: { _ in true }, span: { _ in .previous })
    }

    private mutating func groupIdentifiers() {
        for (index, token) in tokens.enumerated() where token.kind == .name || token.kind == .doubleQuoted {
            tokens[index] = joined([token], as: .identifier)
        }
    }

    private mutating func groupOrders() {
        var output: [SQLToken] = []
        for token in tokens {
            output.append(token)
            guard token.kind == .order, let previous = output.dropLast().lastIndex(where: { !$0.isWhitespace }) else { continue }
            guard output[previous].kind == .identifier || output[previous].isNumber else { continue }
            let group = joined(output[previous...], as: .identifier)
            output.removeSubrange(previous...)
            output.append(group)
        }
        tokens = output
    }

    private var typecasts: Pairing {
        Pairing(kind: .identifier, isMiddle: { text.isText($0, .punctuation, "::") }, isPrevious: { _ in true }, isNext: { $0 != nil })
    }

    private var zoneCasts: Pairing {
        Pairing(
            kind: .identifier, isMiddle: { $0.kind == .zoneCast }, isPrevious: { _ in true },
            isNext: { next in next.map { text.isKeyword($0, "AS") || $0.kind == .singleQuoted } == true })
    }

    private var typedLiterals: Pairing {
        Pairing(
            kind: .typedLiteral, extends: false, isMiddle: { $0.kind == .builtin || text.isKeyword($0, "TIMESTAMP") },
            isPrevious: { _ in true }, isNext: { $0?.kind == .singleQuoted }, span: { _ in .next })
    }

    private var longerTypedLiterals: Pairing {
        Pairing(
            kind: .typedLiteral, isMiddle: { $0.kind == .typedLiteral }, isPrevious: { _ in true },
            isNext: { next in next.map { text.isKeyword($0, "DAY", "HOUR", "MINUTE", "MONTH", "SECOND", "YEAR") } == true },
            span: { _ in .next })
    }

    private static let operands: Set<SQLToken.Kind> = [
        .integer, .float, .singleQuoted, .doubleQuoted, .name, .placeholder,
        .parenthesis, .function, .identifier, .operation, .typedLiteral,
    ]

    private var operations: Pairing {
        let isOperand = { (token: SQLToken) in
            Self.operands.contains(token.kind) || token.kind == .brackets
                || text.isKeyword(token, "CURRENT_DATE", "CURRENT_TIME", "CURRENT_TIMESTAMP")
        }
        return Pairing(
            kind: .operation, extends: false, isMiddle: { $0.kind == .symbol || $0.kind == .wildcard }, isPrevious: isOperand,
            isNext: { $0.map(isOperand) == true })
    }

    private var comparisons: Pairing {
        let isSide = { (token: SQLToken) in
            Self.operands.contains(token.kind) || (token.isKeyword && text[token.range].uppercased() == "NULL")
        }
        return Pairing(
            kind: .comparison, extends: false, isMiddle: { $0.kind == .comparator }, isPrevious: isSide,
            isNext: { $0.map(isSide) == true })
    }

    /// `a AS b`.
    private var renamings: Pairing {
        Pairing(
            kind: .identifier, isMiddle: { $0.isKeyword && text[$0.range].uppercased() == "AS" },
            isPrevious: { !$0.isKeyword || text[$0.range].uppercased() == "NULL" },
            isNext: { next in next.map { ![.dataManipulation, .dataDefinition, .commonTable].contains($0.kind) } == true })
    }

    var assignments: Pairing {
        Pairing(
            kind: .assignment, isMiddle: { $0.kind == .assign }, isPrevious: { $0.kind != .keyword },
            isNext: { next in next.map { $0.kind != .keyword } == true })
    }

    mutating func groupIdentifierLists() {
        let text = text
        let kinds: Set<SQLToken.Kind> = [
            .function, .caseBlock, .identifier, .comparison, .identifierList, .operation, .integer, .float, .singleQuoted, .doubleQuoted,
            .name, .placeholder, .keyword, .wildcard,
        ]
        join(
            Pairing(
                kind: .identifierList, isMiddle: { text.isText($0, .punctuation, ",") }, isPrevious: { kinds.contains($0.kind) },
                isNext: { $0.map { kinds.contains($0.kind) } == true }))
    }
}
