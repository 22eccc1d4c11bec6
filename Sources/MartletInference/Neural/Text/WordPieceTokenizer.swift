import MartletCore

/// Turns text into the numbers that a BERT model without case reads: basic tokenization, then WordPiece (Devlin et al., "BERT",
/// NAACL 2019; Wu et al., arXiv:1609.08144).
///
/// The numbers are those of the `tokenizers` library for the same vocabulary, whatever the platform's version of Unicode. The names
/// of special tokens, such as `[SEP]`, are those tokens in a text too, as they are there.
package struct WordPieceTokenizer: Sendable {
    /// Longer words are unknown.
    package static let wordCharactersMax = 100

    /// How many numbers a text has at most, with the one at its start and the one at its end; what is more is cut off.
    package let lengthMax: Int
    /// What fills a batch behind a shorter text.
    package let padding: Int32
    /// How many pieces the vocabulary has.
    package var vocabularyCount: Int { vocabulary.count }

    private let vocabulary: WordPieceVocabulary
    private let characters = WordPieceCharacters.bert
    private let first: Int32
    private let last: Int32
    private let unknown: Int32
    /// The special tokens' names without `[`, and their numbers.
    private let specials: [(name: [UInt8], number: Int32)]

    /// Reads a vocabulary of one piece a line.
    /// - Parameter lengthMax: 2 or more.
    /// - Throws: `notFound`, `limitExceeded`; `invalidInput` where a special token is missing or `lengthMax` is too small.
    package init(vocabularyPath path: String, lengthMax: Int) throws {
        try self.init(WordPieceVocabulary(path: path), lengthMax: lengthMax, name: path)
    }

    init(_ vocabulary: WordPieceVocabulary, lengthMax: Int, name: String) throws {
        guard lengthMax >= 2 else {
            throw MartletError(.invalidInput, "texts of at most \(lengthMax) tokens: expected 2 or more, one for the start and one for the end")
        }
        var specials: [(name: [UInt8], number: Int32)] = []
        for token in ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"] {
            guard let number = vocabulary.number(of: token) else {
                throw MartletError(.invalidInput, "vocabulary '\(name)' has no '\(token)'; expected the vocab.txt of a BERT model")
            }
            specials.append((Array(token.utf8.dropFirst()), number))
        }
        self.vocabulary = vocabulary
        self.lengthMax = lengthMax
        self.specials = specials
        (padding, unknown, first, last) = (specials[0].number, specials[1].number, specials[2].number, specials[3].number)
    }

    /// The numbers of a text, 2 to `lengthMax` of them. What lies beyond the last that fits is not looked at.
    package func numbers(of text: String) -> [Int32] {
        var numbers = [first]
        forEachWord(of: text) { word in
            switch word {
            case .special(let number): numbers.append(number)
            case .unknown: numbers.append(unknown)
            case .bytes(let bytes): vocabulary.appendPieces(of: bytes, unknown: unknown, to: &numbers)
            }
            return numbers.count < lengthMax
        }
        if numbers.count >= lengthMax { numbers.removeSubrange((lengthMax - 1)...) }
        numbers.append(last)
        return numbers
    }
}

extension WordPieceTokenizer {
    /// What basic tokenization finds in a text.
    enum Word: Equatable {
        case bytes([UInt8])
        /// Longer than any word may be.
        case unknown
        case special(Int32)
    }

    /// A word in the making.
    private struct Draft {
        var bytes: [UInt8] = []
        var characterCount = 0

        mutating func append(_ character: UInt32) {
            characterCount += 1
            guard characterCount <= WordPieceTokenizer.wordCharactersMax, let scalar = Unicode.Scalar(character) else { return }
            bytes.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
        }

        mutating func take() -> Word? {
            defer { self = Draft() }
            if characterCount == 0 { return nil }
            return characterCount > WordPieceTokenizer.wordCharactersMax ? .unknown : .bytes(bytes)
        }
    }

    /// Calls the body with one word after the other until it answers that it wants no more.
    func forEachWord(of text: String, _ body: (Word) -> Bool) {
        var draft = Draft()
        var rest = text.unicodeScalars[...]
        while let character = rest.popFirst() {
            if character == "[", let special = special(at: rest) {
                rest = rest.dropFirst(special.name.count)
                guard end(&draft, body), body(.special(special.number)) else { return }
                continue
            }
            switch characters.meaning(of: character) {
            case .removed: continue
            case .part(let part): draft.append(part)
            case .space: guard end(&draft, body) else { return }
            case .word(let word): guard add(word, asWord: true, to: &draft, body) else { return }
            case .parts(let parts):
                for part in parts {
                    guard add(part, asWord: characters.isWord(part), to: &draft, body) else { return }
                }
            }
        }
        _ = end(&draft, body)  // nothing follows
    }

    private func add(_ character: UInt32, asWord: Bool, to draft: inout Draft, _ body: (Word) -> Bool) -> Bool {
        guard asWord else {
            draft.append(character)
            return true
        }
        guard end(&draft, body) else { return false }
        draft.append(character)
        return end(&draft, body)
    }

    private func end(_ draft: inout Draft, _ body: (Word) -> Bool) -> Bool { draft.take().map(body) ?? true }

    private func special(at rest: Substring.UnicodeScalarView) -> (name: [UInt8], number: Int32)? {
        specials.first { special in
            var position = rest.startIndex
            for byte in special.name {
                guard position < rest.endIndex, rest[position].value == UInt32(byte) else { return false }
                rest.formIndex(after: &position)
            }
            return true
        }
    }
}
