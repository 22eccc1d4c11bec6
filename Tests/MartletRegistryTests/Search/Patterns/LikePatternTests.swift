import MartletCore
import Testing

@testable import MartletRegistry

@Suite struct LikePatternTests {
    @Test(arguments: [
        ("", "", true), ("", "a", false), ("abc", "abc", true), ("abc", "ABC", false), ("a%", "a", true), ("a%", "ba", false),
        ("%a", "ba", true), ("%b%", "abc", true), ("a_c", "abc", true), ("a_c", "ac", false), ("_", "日", true), ("__", "日", false),
        ("%_日", "a日日", true), ("a%a", "a", false), ("%%", "", true), (#"\%"#, #"\x"#, true), (#"\_"#, "_", false), ("a%b%c", "a1b2c", true),
        ("a%b%c", "a1c2b", false), ("%ab", "aab", true), ("%aab%", "aaaab", true), ("_%_", "a", false), ("Ä", "ä", false),
    ])
    func `a text is as a pattern says or not`(pattern: String, text: String, expected: Bool) {
        #expect(LikePattern(pattern).matches(text) == expected)
    }

    @Test(arguments: [("A%b", "aXB", true), ("é", "É", false), ("straẞe", "STRAẞE", true), ("[", "{", false), ("@", "`", false)])
    func `without case only the letters of ASCII are folded`(pattern: String, text: String, expected: Bool) {
        #expect(LikePattern(pattern, foldsCase: true).matches(text) == expected)
    }

    /// All ways to match, character by character.
    private func matchesNaively(_ pattern: ArraySlice<Unicode.Scalar>, _ text: ArraySlice<Unicode.Scalar>) -> Bool {
        guard let first = pattern.first else { return text.isEmpty }
        if first == "%" { return (text.startIndex...text.endIndex).contains { matchesNaively(pattern.dropFirst(), text[$0...]) } }
        guard let character = text.first, first == "_" || first == character else { return false }
        return matchesNaively(pattern.dropFirst(), text.dropFirst())
    }

    @Test(arguments: 0..<20) func `random patterns match what a naive model matches`(round: Int) {
        let seed = UInt64(1000 + round)
        var random = SplitMix64(seed: seed)
        func word(_ alphabet: [Unicode.Scalar], upTo length: Int) -> [Unicode.Scalar] {
            (0..<random.index(below: length)).map { _ in alphabet[random.index(below: alphabet.count)] }
        }
        for _ in 0..<500 {
            let pattern = word(["a", "a", "b", "%", "_", "é", "日"], upTo: 8)
            let text = word(["a", "a", "b", "é", "日"], upTo: 12)
            let written = (String(String.UnicodeScalarView(pattern)), String(String.UnicodeScalarView(text)))
            let found = LikePattern(written.0).matches(written.1)
            #expect(found == matchesNaively(pattern[...], text[...]), "seed \(seed): \(written)")
        }
    }

    @Test func `a hostile pattern is answered`() {
        let text = String(repeating: "a", count: 8000)
        #expect(!LikePattern(String(repeating: "%a", count: 4000) + "%b").matches(text))
        #expect(!LikePattern("%" + String(repeating: "a", count: 4000) + "b%").matches(text))
        #expect(!LikePattern(String(repeating: "%a_", count: 2000) + "%b_").matches(text))
    }
}
