/// What BERT's uncased tokenizer makes of a character before it looks for words: control characters go, accents and case go,
/// punctuation and ideographs become words of their own.
struct WordPieceCharacters: Sendable {
    /// What becomes of one character.
    enum Meaning: Equatable, Sendable {
        case removed
        case space
        /// A word of its own.
        case word(UInt32)
        case part(UInt32)
        /// Several characters in a row, each of which may be punctuation.
        case parts([UInt32])
    }

    private struct Rule: Sendable {
        enum Kind: Sendable { case removed, space, ideograph, variant, replaced, decomposed([UInt32]) }

        var first: UInt32
        var last: UInt32
        /// 2 where only every other character from the first on is meant.
        var step: UInt32 = 1
        var added: Int32 = 0
        var kind: Kind
    }

    static let bert = WordPieceCharacters()

    private let ascii: [Meaning]
    private let rules: [Rule]
    private let punctuation: [Rule]

    private init() {
        let rules = Self.ranges(WordPieceTable.removed, .removed) + Self.ranges(WordPieceTable.spaces, .space)
            + Self.ranges(WordPieceTable.ideographs, .ideograph) + Self.runs(WordPieceTable.variants, .variant)
            + Self.runs(WordPieceTable.replaced, .replaced) + Self.several(WordPieceTable.decomposed)
        let sorted = rules.sorted { $0.first < $1.first }
        let punctuation = Self.ranges(WordPieceTable.punctuation, .ideograph)
        self.rules = sorted
        self.punctuation = punctuation
        ascii = (0..<128).map { Self.meaning(of: $0, sorted, punctuation) }
    }

    /// What becomes of a character.
    func meaning(of character: Unicode.Scalar) -> Meaning {
        character.isASCII ? ascii[Int(character.value)] : Self.meaning(of: character.value, rules, punctuation)
    }

    /// Whether a character, as it has become, is a word of its own.
    func isWord(_ character: UInt32) -> Bool { Self.rule(for: character, in: punctuation) != nil }

    private static func meaning(of character: UInt32, _ rules: [Rule], _ punctuation: [Rule]) -> Meaning {
        guard let rule = rule(for: character, in: rules) else {
            if let syllable = hangul(character) { return .parts(syllable) }
            return self.rule(for: character, in: punctuation) == nil ? .part(character) : .word(character)
        }
        let changed = UInt32(clamping: Int64(character) + Int64(rule.added))
        switch rule.kind {
        case .removed: return .removed
        case .space: return .space
        case .ideograph, .variant: return .word(changed)
        case .replaced: return self.rule(for: changed, in: punctuation) == nil ? .part(changed) : .word(changed)
        case .decomposed(let parts): return .parts(parts)
        }
    }

    /// The rule whose characters include one, by halving.
    private static func rule(for character: UInt32, in rules: [Rule]) -> Rule? {
        var (low, high) = (0, rules.count)
        while low < high {
            let middle = (low + high) / 2
            if rules[middle].first <= character { low = middle + 1 } else { high = middle }
        }
        guard low > 0 else { return nil }
        let rule = rules[low - 1]
        return character <= rule.last && (character - rule.first) % rule.step == 0 ? rule : nil
    }

    /// The letters of a Hangul syllable (The Unicode Standard, section 3.12).
    private static func hangul(_ character: UInt32) -> [UInt32]? {
        guard (0xAC00..<0xD7A4).contains(character) else { return nil }
        let syllable = character - 0xAC00
        let (lead, vowel, trail) = (0x1100 + syllable / 588, 0x1161 + syllable % 588 / 28, 0x11A7 + syllable % 28)
        return trail == 0x11A7 ? [lead, vowel] : [lead, vowel, trail]
    }
}

/// Reading `WordPieceTable`.
extension WordPieceCharacters {
    private static func numbers(_ text: String) -> [Int] { text.split(separator: " ").compactMap { Int($0, radix: 36) } }

    private static func ranges(_ text: String, _ kind: Rule.Kind) -> [Rule] {
        let numbers = numbers(text)
        var end = 0
        return stride(from: 0, to: numbers.count - 1, by: 2).map { position in
            let first = end + numbers[position]
            end = first + numbers[position + 1]
            return Rule(first: UInt32(first), last: UInt32(end - 1), kind: kind)
        }
    }

    private static func runs(_ text: String, _ kind: Rule.Kind) -> [Rule] {
        let numbers = numbers(text)
        var start = 0
        return stride(from: 0, to: numbers.count - 2, by: 3).map { position in
            start += numbers[position]
            let (count, step) = (numbers[position + 1] / 2, 1 + numbers[position + 1] % 2)
            let last = start + (count - 1) * step
            return Rule(first: UInt32(start), last: UInt32(last), step: UInt32(step), added: Int32(numbers[position + 2]), kind: kind)
        }
    }

    private static func several(_ text: String) -> [Rule] {
        let numbers = numbers(text)
        var rules: [Rule] = []
        var position = 0
        while position + 1 < numbers.count {
            let (code, count) = (UInt32(numbers[position]), numbers[position + 1])
            let parts = numbers[(position + 2)..<(position + 2 + count)].map { UInt32($0) }
            rules.append(Rule(first: code, last: code, kind: .decomposed(parts)))
            position += 2 + count
        }
        return rules
    }
}
