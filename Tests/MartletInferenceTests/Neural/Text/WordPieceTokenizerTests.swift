import Foundation
import MartletCore
import Testing

@testable import MartletInference

@Suite struct WordPieceTokenizerTests {
    private static let special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]

    private func tokenizer(_ pieces: [String], lengthMax: Int = 20) throws -> WordPieceTokenizer {
        let text = (Self.special + pieces).joined(separator: "\n")
        return try WordPieceTokenizer(WordPieceVocabulary(Array(text.utf8)), lengthMax: lengthMax, name: "test")
    }

    @Test func `the numbers of a nasty corpus are those of the reference`() throws {
        let folder = try NeuralFixtures.miniLM()
        let tokenizer = try WordPieceTokenizer(vocabularyPath: "\(folder)/vocab.txt", lengthMax: 256)
        let cases = try JSONDecoder().decode([NeuralFixtures.Tokens].self, from: NeuralFixtures.data("tokens.json"))
        #expect(cases.count > 150 && tokenizer.vocabularyCount == 30522)
        for (position, known) in cases.enumerated() {
            #expect(tokenizer.numbers(of: known.text) == known.ids, "text \(position): \(known.text.debugDescription.prefix(200))")
        }
    }

    @Test func `every character becomes what it becomes in the reference`() throws {
        let tokenizer = try tokenizer([])
        for line in try NeuralFixtures.text("characters.txt").split(separator: "\n") {
            let parts = line.split(separator: " ")
            let start = try #require(UInt32(parts[0], radix: 16))
            var words: [UInt8] = []
            for code in start..<start + 0x1000 {
                guard let character = Unicode.Scalar(code) else { continue }
                var isFirst = true
                tokenizer.forEachWord(of: "x\(character)y") { word in
                    guard case .bytes(let bytes) = word else { return false }
                    if !isFirst { words.append(1) }
                    isFirst = false
                    words += bytes
                    return true
                }
                words.append(UInt8(ascii: "\n"))
            }
            #expect(Digest(of: words).hex.hasPrefix(parts[1]), "somewhere from U+\(parts[0]) on")
        }
    }

    @Test func `the longest piece is taken, and a word that no pieces make is unknown as a whole`() throws {
        let tokenizer = try tokenizer(["un", "##aff", "##able", "##a", "unaff", "x"])
        #expect(tokenizer.numbers(of: "unaffable x unaffx UNÁFF") == [2, 9, 7, 10, 1, 9, 3])
    }

    @Test func `a text is cut to what fits, with its end`() throws {
        let tokenizer = try tokenizer(["a", "##b"], lengthMax: 4)
        #expect(tokenizer.numbers(of: "a abb a") == [2, 5, 5, 3])
        #expect(tokenizer.numbers(of: "") == [2, 3])
        #expect(try self.tokenizer(["a"], lengthMax: 2).numbers(of: "a a") == [2, 3])
    }

    @Test func `a vocabulary may end lines in either way, and repeat itself`() throws {
        let text = Self.special.joined(separator: "\r\n") + "\r\nhello\r\nworld\r\nhello\r\n"
        let tokenizer = try WordPieceTokenizer(WordPieceVocabulary(Array(text.utf8)), lengthMax: 9, name: "test")
        #expect(tokenizer.numbers(of: "Hello, world") == [2, 7, 1, 6, 3] && tokenizer.vocabularyCount == 8)
    }

    @Test func `a vocabulary without a special token is refused by its name`() throws {
        let error = try #require(throws: MartletError.self) {
            try WordPieceTokenizer(WordPieceVocabulary(Array("[PAD]\n[UNK]\n[CLS]".utf8)), lengthMax: 9, name: "short.txt")
        }
        #expect(error.code == .invalidInput && error.message.hasPrefix("vocabulary 'short.txt' has no '[SEP]'"))
    }

    @Test func `a missing vocabulary and a length without room are refused`() throws {
        let missing = try #require(throws: MartletError.self) { try WordPieceTokenizer(vocabularyPath: "/nowhere/vocab.txt", lengthMax: 9) }
        #expect(missing.code == .notFound && missing.message.contains("/nowhere/vocab.txt"))
        let short = try #require(throws: MartletError.self) { try tokenizer([], lengthMax: 1) }
        #expect(short.code == .invalidInput)
    }
}
