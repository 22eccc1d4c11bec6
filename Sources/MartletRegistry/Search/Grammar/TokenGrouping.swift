import MartletCore

/// Joins the tokens of one statement as sqlparse does, so that what MLflow takes for a comparison, an identifier or neither is the same.
///
/// Only the outermost level is built, since MLflow looks at no other: what lies in a group is a range of the text. Each pass is one
/// walk over the tokens, and none calls itself.
struct TokenGrouping {
    /// The most tokens of a statement, which is also sqlparse's limit.
    static let tokenCountMax = 10_000
    /// The most brackets one in the other, which is also sqlparse's limit.
    static let depthMax = 100

    let text: SQLText
    var tokens: [SQLToken]

    /// What went beyond a limit, in sqlparse's words.
    struct LimitReached: Error {
        let message: String

        static let tooManyTokens = LimitReached(message: "Maximum number of tokens exceeded (\(tokenCountMax)).")
    }

    /// The tokens of a statement, grouped. - Throws: `LimitReached`. - Complexity: O(tokens).
    static func grouped(_ tokens: [SQLToken], of text: SQLText) throws(LimitReached) -> [SQLToken] {
        var grouping = TokenGrouping(text: text, tokens: tokens)
        grouping.groupComments()
        guard grouping.tokens.count <= tokenCountMax else { throw .tooManyTokens }
        try grouping.groupDelimited()
        grouping.groupOver()
        grouping.groupFunctions()
        grouping.groupWhere()
        grouping.groupPairs()
        grouping.groupAliases()
        grouping.groupAssignments()
        grouping.alignComments()
        grouping.groupIdentifierLists()
        grouping.groupValues()
        return grouping.tokens
    }

    // MARK: What passes are made of

    /// The index of the next token that is no white space.
    func nextIndex(after index: Int) -> Int? { tokens.indices.first(from: index + 1) { !tokens[$0].isWhitespace } }

    /// Makes one token of several; a group that `extends` and begins with one of its own kind makes that one longer.
    func joined(_ parts: ArraySlice<SQLToken>, as kind: SQLToken.Kind, extends: Bool = false) -> SQLToken {
        guard let first = parts.first, let last = parts.last else { return SQLToken(kind: kind, range: 0..<0) }
        let range = first.range.lowerBound..<last.range.upperBound
        if extends, first.kind == kind {
            var longer = first
            longer.range = range
            if kind == .comparison { longer.parts += parts.dropFirst().map(Self.withoutParts) }
            return longer
        }
        return SQLToken(kind: kind, range: range, parts: kind == .comparison ? parts.map(Self.withoutParts) : [])
    }

    /// A part as a comparison keeps it: nobody looks deeper, and a chain of comparisons must not become a deep tree.
    private static func withoutParts(_ token: SQLToken) -> SQLToken {
        SQLToken(kind: token.kind, range: token.range, depth: token.depth)
    }

    /// How `groupPairs` joins a token with its neighbours.
    struct Pairing {
        enum Span { case both, previous, next }

        let kind: SQLToken.Kind
        var extends = true
        let isMiddle: (SQLToken) -> Bool
        let isPrevious: (SQLToken) -> Bool
        let isNext: (SQLToken?) -> Bool
        var span: (_ next: SQLToken?) -> Span = { _ in .both }
    }

    /// Joins what a middle token binds, `a . b` for one.
    ///
    /// As in sqlparse the walk goes on with the last token of a new group, not behind it; so a chain `a = b = c` nests to the left.
    mutating func join(_ pairing: Pairing) {
        var output: [SQLToken] = []
        output.reserveCapacity(tokens.count)
        var previous: SQLToken?
        var previousPlace = 0
        var taken = 0
        for (index, token) in tokens.enumerated() {
            if index >= taken { output.append(token) }
            taken = max(taken, index + 1)
            if token.isWhitespace { continue }
            let here = output.count - 1
            if pairing.isMiddle(token), let before = previous, pairing.isPrevious(before) {
                let next = nextIndex(after: taken - 1)
                if pairing.isNext(next.map { tokens[$0] }) {
                    let span = pairing.span(next.map { tokens[$0] })
                    let start = span == .next ? here : previousPlace
                    if span != .previous, let next {
                        output += tokens[taken...next]
                        taken = next + 1
                    }
                    let group = joined(output[start...], as: pairing.kind, extends: pairing.extends)
                    output.removeSubrange(start...)
                    output.append(group)
                    previous = group
                    previousPlace = start
                    continue
                }
            }
            previous = token
            previousPlace = here
        }
        tokens = output
    }
}

extension Range<Int> {
    /// The first index at or after `start` that meets a condition.
    fileprivate func first(from start: Int, where isMet: (Int) -> Bool) -> Int? {
        start < upperBound ? (Swift.max(start, lowerBound)..<upperBound).first(where: isMet) : nil
    }
}
