/// Keywords of several words, which are one token with the space between them.
extension SQLLexer {
    func phrase(at place: Int) -> Match? {
        guard let first = text[place], first.isWord else { return nil }
        // The longest word that begins a phrase has eight letters.
        let end = text.end(of: \.isWord, from: place)
        guard end - place <= 8 else { return nil }
        let word = text[place..<end].uppercased()
        switch word {
        case "LEFT", "RIGHT", "FULL", "INNER", "OUTER", "STRAIGHT", "CROSS", "NATURAL", "JOIN": return join(word, end)
        case "END": return (.keyword, after(end, ["IF", "LOOP", "WHILE", "FOR", "CASE"]) ?? end)
        case "IF": return after(after(end, ["NOT"]) ?? end, ["EXISTS"]).map { (.keyword, $0) }
        case "NOT": return negated(end)
        case "ASC", "DESC": return (.order, after(end, ["NULLS"]).flatMap { after($0, ["FIRST", "LAST"]) } ?? end)
        case "NULLS": return after(end, ["FIRST", "LAST"]).map { (.order, $0) }
        case "UNION": return after(end, ["ALL"]).map { (.keyword, $0) }
        case "CREATE": return (.dataDefinition, after(end, ["OR"]).flatMap { after($0, ["REPLACE"]) } ?? end)
        case "DOUBLE": return after(end, ["PRECISION"]).map { (.builtin, $0) }
        case "GROUP", "ORDER": return after(end, ["BY"]).map { (.keyword, $0) }
        case "PRIMARY": return after(end, ["KEY"]).map { (.keyword, $0) }
        case "HANDLER": return after(end, ["FOR"]).map { (.keyword, $0) }
        case "GO": return counted(end)
        case "LATERAL":
            let views: Set = ["EXPLODE", "INLINE", "PARSE_URL_TUPLE", "POSEXPLODE", "STACK"]
            return after(end, ["VIEW"]).flatMap { after($0, views) }.map { (.keyword, $0) }
        case "AT": return zoneCast(end)
        case "WITH": return text[end] == "'" ? zoneCast(end + 1) : nil
        case "LIKE", "ILIKE", "RLIKE": return (.comparator, end)
        case "REGEXP": return (.comparator, after(end, ["BINARY"]) ?? end)
        default: return nil
        }
    }

    /// The end of one of some words behind a place and at least one space.
    private func after(_ place: Int, _ words: Set<String>) -> Int? {
        let start = text.end(of: \.isSpace, from: place)
        guard start > place else { return nil }
        let end = text.end(of: \.isWord, from: start)
        return end - start <= 16 && words.contains(text[start..<end].uppercased()) ? end : nil
    }

    private func join(_ word: String, _ end: Int) -> Match? {
        switch word {
        case "JOIN": return (.keyword, end)
        case "LEFT", "RIGHT", "FULL":
            return after(after(end, ["INNER", "OUTER", "STRAIGHT"]) ?? end, ["JOIN"]).map { (.keyword, $0) }
        default: return after(end, ["JOIN"]).map { (.keyword, $0) }
        }
    }

    private func negated(_ end: Int) -> Match? {
        if let null = after(end, ["NULL"]) { return (.keyword, null) }
        if let like = after(end, ["LIKE", "ILIKE", "RLIKE"]) { return (.comparator, like) }
        return after(end, ["REGEXP"]).map { (.comparator, after($0, ["BINARY"]) ?? $0) }
    }

    /// `GO 2`, with exactly one space.
    private func counted(_ end: Int) -> Match? {
        guard text[end].map(\.isSpace) == true else { return nil }
        let last = text.end(of: \.isDigit, from: end + 1)
        return last > end + 1 && text[last].map(\.isWord) != true ? (.keyword, last) : nil
    }

    /// `AT TIME ZONE 'name'`.
    private func zoneCast(_ end: Int) -> Match? {
        guard let zone = after(end, ["TIME"]).flatMap({ after($0, ["ZONE"]) }) else { return nil }
        let quote = text.end(of: \.isSpace, from: zone)
        guard quote > zone, text[quote] == "'" else { return nil }
        let last = text.end(of: { $0 != "'" }, from: quote + 1)
        return last > quote + 1 && text[last] == "'" ? (.zoneCast, last + 1) : nil
    }
}
