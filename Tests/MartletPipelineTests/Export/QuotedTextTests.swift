import MartletCore
import MartletTesting
import Testing

@testable import MartletPipeline

@Suite struct QuotedTextTests {
    @Test(arguments: [
        ("plain", #""plain""#), (#"a"b\c"#, #""a\"b\\c""#), ("a\nb\tc\r", #""a\nb\tc\x0d""#), ("日本 ü 🙂", #""日本 ü 🙂""#),
        ("\u{202e}\u{2028}\u{7f}\u{85}\u{a0}\u{feff}", #""\u202e\u2028\x7f\x85\xa0\ufeff""#), ("\u{e0001}", #""\U000e0001""#),
    ])
    func `what cannot be seen is escaped`(text: String, quoted: String) {
        #expect(QuotedText.of(text) == quoted)
    }

    @Test func `Python and YAML read back what was written`() async throws {
        let odd = [
            "\u{7}\u{85}\u{2028}\u{1f642}\u{e0001}", "'''", "\"\"\"", "no", "12", "1e3", "~", "- a", "a: b", "2020-01-01", ".5", "NULL",
        ]
        let texts = ShellQuotingTests.words + odd
        let program = """
            import ast, json, sys
            print(json.dumps([ast.literal_eval(line) for line in sys.argv[1].split("\\n")]))
            """
        let result = try await Command(
            try PythonEnvironment.references.path(), ["-c", program, texts.map(QuotedText.of).joined(separator: "\n")]
        ).run()
        #expect(try JSONValue(parsing: result.output, as: "what Python read").array?.compactMap(\.string) == texts, "\(result.errors)")
        let yaml = YAMLText.mapping([("texts", .list(texts.map(YAMLText.text)))]).lines.joined(separator: "\n")
        #expect(try YAMLMapping(path: "texts.yaml", text: yaml).json("texts")?.array?.compactMap(\.string) == texts)
    }
}
