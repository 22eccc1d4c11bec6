/// Where comments between `/*` and `*/` and texts between `$tag$` and `$tag$` begin and could end.
///
/// All of them are found in one pass; which opening belongs to which end is asked only for openings that the lexer reaches, since
/// those within a quoted text are none.
struct DelimitedSpans {
    private struct Opening {
        let end: Int
        let tag: String
        let kind: SQLToken.Kind
    }

    private var openings: [Int: Opening] = [:]
    private var closings: [String: [Range<Int>]] = [:]

    private static let commentTag = "/*"

    init(in text: SQLText) {
        for place in 0..<text.count {
            switch text.scalars[place] {
            case "$": addDollar(at: place, in: text)
            case "/" where text.holds("/*", at: place):
                let isHint = text[place + 2] == "+"
                openings[place] = Opening(
                    end: place + (isHint ? 3 : 2), tag: Self.commentTag, kind: isHint ? .multilineHint : .multilineComment)
            case "*" where text.holds("*/", at: place): closings[Self.commentTag, default: []].append(place..<place + 2)
            default: break
            }
        }
    }

    private mutating func addDollar(at place: Int, in text: SQLText) {
        var end = place + 1
        if let first = text[end], first.isNameStart || first == "_" { end = text.end(of: \.isWord, from: end) }
        guard text[end] == "$" else { return }
        let tag = text[place..<end + 1]
        closings[tag, default: []].append(place..<end + 1)
        let previous = text[place - 1]
        guard previous.map({ !$0.isWord && $0 != "\"" && $0 != "$" }) ?? true else { return }
        openings[place] = Opening(end: end + 1, tag: tag, kind: .dollarQuoted)
    }

    /// The span that opens at a place; `nil` where none does, or where it never ends. - Complexity: O(log delimiters).
    func span(at place: Int) -> (kind: SQLToken.Kind, end: Int)? {
        guard !openings.isEmpty, let opening = openings[place], let ends = closings[opening.tag] else { return nil }
        var low = 0
        var high = ends.count
        while low < high {
            let middle = (low + high) / 2
            if ends[middle].lowerBound < opening.end { low = middle + 1 } else { high = middle }
        }
        return low < ends.count ? (opening.kind, ends[low].upperBound) : nil
    }
}
