import MartletCore

/// One clause of an order as it is written: an identifier, then `ASC`, `DESC` or nothing.
struct OrderClause {
    /// The identifier; its quotes are gone where a direction follows.
    let identifier: String
    let isAscending: Bool

    /// Reads a clause. - Throws: `invalidInput` in MLflow's words.
    init(parsing clause: String) throws(MartletError) {
        let words: [String]?
        let token = try Self.token(of: clause)
        words = ShellWords.split(String(String.UnicodeScalarView(token.unicodeScalars.map { $0 == "`" ? "\"" : $0 })))
        guard let words, words.count <= 2 else { throw Self.unreadable(clause) }
        guard words.count == 2 else {
            identifier = token.trimmingSpace
            isAscending = true
            return
        }
        let direction = words[1].lowercased()
        guard direction == "asc" || direction == "desc" else {
            throw MartletError(.invalidInput, "Invalid ordering key in order_by clause '\(clause)'.")
        }
        identifier = words[0].trimmingSpace
        isAscending = direction == "asc"
    }

    private static func unreadable(_ clause: String) -> MartletError {
        MartletError(.invalidInput, "Invalid order_by clause '\(clause)'. Could not be parsed.")
    }

    /// The one identifier of a clause, with its direction; `timestamp`, a type in SQL, is one as well.
    private static func token(of clause: String) throws(MartletError) -> String {
        guard clause.utf8.count <= SearchFilter.lengthMaxBytes else {
            throw MartletError(
                .invalidInput,
                "the order_by clause is \(clause.utf8.count) bytes long, expected at most \(SearchFilter.lengthMaxBytes); shorten it")
        }
        let text = SQLText(clause)
        let statement: (tokens: [SQLToken], isOnly: Bool)?
        var tokens: [SQLToken] = []
        do throws(TokenGrouping.LimitReached) {
            statement = StatementSplitter.firstStatement(of: try SQLLexer.tokens(of: text), in: text)
            if let statement { tokens = try TokenGrouping.grouped(statement.tokens, of: text) }
        } catch {
            throw MartletError(.invalidInput, "Error on parsing order_by clause '\(clause)'")
        }
        guard let statement else { throw unreadable(clause) }
        guard statement.isOnly, let first = tokens.first, let last = tokens.last else { throw unreadable(clause) }
        if tokens.count == 1, first.kind == .identifier { return text[first.range] }
        guard first.kind == .builtin, text[first.range] == "timestamp" else { throw unreadable(clause) }
        if tokens.count == 1 { return "timestamp" }
        guard last.kind == .order, tokens.dropFirst().dropLast().allSatisfy(\.isWhitespace) else { throw unreadable(clause) }
        return "timestamp " + text[last.range]
    }
}

extension String {
    /// Without the space that Python's `strip` takes from both ends.
    var trimmingSpace: String {
        let scalars = unicodeScalars
        guard let first = scalars.firstIndex(where: { !$0.isSpace }), let last = scalars.lastIndex(where: { !$0.isSpace }) else {
            return ""
        }
        return String(scalars[first...last])
    }
}
