import MartletCore
import Testing

@Suite struct JSONParserTests {
    private func refusal(_ bytes: [UInt8]) throws -> String {
        let error = try #require(throws: MartletError.self) { try JSONValue(parsing: bytes, as: "the body") }
        #expect(error.code == .invalidInput)
        return error.message
    }

    @Test(arguments: [
        ("", "line 1, column 1: expected a value, found the end"),
        ("{\n \"a\": 1\n \"b\": 2}", "line 3, column 2: expected ',' or '}', found '\"'"),
        ("{\"a\":1,\"b\":2,\"a\":3}", "line 1, column 14: expected each name once, found 'a' twice"),
        ("[1,]", "line 1, column 4: expected a value, found ']'"),
        ("{a: 1}", "line 1, column 2: expected a name in quotes, found 'a'"),
        ("[01]", "line 1, column 2: expected digits without a leading zero, found '0'"),
        ("[-]", "line 1, column 2: expected digits without a leading zero, found '-'"),
        ("[1.]", "line 1, column 4: expected digits after the point, found ']'"),
        ("[1e]", "line 1, column 4: expected digits in the exponent, found ']'"),
        ("1e400", "line 1, column 1: expected a number within the range of doubles, found '1e400'"),
        ("[NaN]", "line 1, column 2: expected a value, found 'N'"),
        ("[nul]", "line 1, column 2: expected null, found 'n'"),
        ("\"a\nb\"", "line 1, column 3: expected control characters to be escaped in a text, found byte 10"),
        ("\"a", "line 1, column 3: expected the text's closing quote, found the end"),
        ("\"\\x\"", "line 1, column 2: expected an escape such as \\n or \\u00e9, found '\\'"),
        ("\"\\ud800\"", "line 1, column 8: expected the second half of a surrogate pair, found '\"'"),
        ("\"\\udc00\"", "line 1, column 2: expected the first half of a surrogate pair, found '\\'"),
        ("\"\\u00g0\"", "line 1, column 4: expected four hexadecimal digits, found '0'"),
        ("{} {}", "line 1, column 4: expected the end, found '{'"),
    ])
    func `a fault is told with its place`(_ text: String, _ expected: String) throws {
        #expect(try refusal(Array(text.utf8)) == "the body is not valid JSON: \(expected)")
    }

    @Test func `bytes that are not UTF-8 are refused where their text begins`() throws {
        let message = try refusal([0x7B, 0x22, 0x61, 0x22, 0x3A, 0x22, 0xE9, 0x22, 0x7D])
        #expect(message == "the body is not valid JSON: line 1, column 7: expected UTF-8 in a text, found byte 233")
    }

    @Test func `one level of nesting more than is read is refused`() throws {
        let text = String(repeating: "[", count: 129) + String(repeating: "]", count: 129)
        #expect(try refusal(Array(text.utf8)).hasSuffix("column 129: expected at most 128 levels of nesting, found '['"))
    }

    @Test func `whole numbers stay whole to the edge of 64 bits, and become doubles beyond`() throws {
        let value = try JSONValue(parsing: "[9223372036854775807, -9223372036854775808, 9223372036854775808, -0, 1.5e3]", as: "the body")
        #expect(value == [.integer(.max), .integer(.min), .number(9_223_372_036_854_775_808), 0, .number(1_500)])
    }

    @Test func `escapes of every kind are read, beyond the basic plane too`() throws {
        let value = try JSONValue(parsing: #""\"\\\/\b\f\n\r\t\u00e9\ud83d\udc26 ü""#, as: "the body")
        #expect(value == .string("\"\\/\u{8}\u{c}\n\r\té🐦 ü"))
    }

    @Test func `a byte order mark and white space around are passed over`() throws {
        #expect(try JSONValue(parsing: [0xEF, 0xBB, 0xBF, 0x20, 0x0A, 0x31, 0x09], as: "the body") == 1)
    }

    @Test func `random bytes are read or refused, and never trap`() {
        var generator = SplitMix64(seed: 5)
        let alphabet = Array(#"{}[]":,0123456789.eE+-truefalsn\u "#.utf8) + [0x80, 0xFF, 0x00]
        for _ in 0..<20_000 {
            let bytes = (0..<generator.index(below: 24)).map { _ in alphabet[generator.index(below: alphabet.count)] }
            do {
                let value = try JSONValue(parsing: bytes, as: "the body")
                #expect(throws: Never.self) { try JSONValue(parsing: value.canonicalText, as: "itself") }
            } catch {
                #expect(error is MartletError)
            }
        }
    }
}
