import Foundation
import MartletCore
import Testing

struct JSONValueTests {
    private static let texts: [(value: JSONValue, text: String)] = [
        (["b": 1, "a": [true, nil], "ä": "x", "Z": [:]], #"{"Z":{},"a":[true,null],"b":1,"ä":"x"}"#),
        (.string("\u{0}\u{1f}\"\\\n\r\t/é\u{2028}🐦"), #""\u0000\u001f\"\\\n\r\t/é"# + "\u{2028}🐦\""),
        (.number(2), "2"), (.number(-0.0), "0"), (.number(0.1), "0.1"), (.number(1e300), "1e+300"),
        (.integer(.min), "-9223372036854775808"), (.number(.nan), "null"), (.number(.infinity), "null"),
        ([], "[]"),
    ]

    @Test(arguments: texts)
    func `canonical text sorts keys, escapes what must be, and writes whole numbers as integers`(
        _ value: JSONValue, _ text: String
    ) {
        #expect(value.canonicalText == text)
    }

    @Test func `text for people is indented by two`() {
        let value: JSONValue = ["b": [1, 2], "a": [:]]
        #expect(value.prettyText == "{\n  \"a\": {},\n  \"b\": [\n    1,\n    2\n  ]\n}")
    }

    @Test(arguments: UInt64(0)..<20)
    func `random values are read back as what was written, and keep their digest`(_ seed: UInt64) throws {
        var generator = JSONGenerator(seed: seed)
        for _ in 0..<30 {
            let value = generator.value(depth: 4)
            for text in [value.canonicalText, value.prettyText] {
                let read = try JSONValue(parsing: text, as: "seed \(seed)")
                #expect(read == JSONGenerator.written(value), "seed \(seed)")
                #expect(Digest(of: read) == Digest(of: value), "seed \(seed)")
            }
        }
    }

    @Test(arguments: [
        "", " ", "{", "{\"a\" 1}", "{'a': 1}", "nul", "NaN", "01", "1 2", "\"\u{1}\"", "\"\\x\"", "{\"a\":1}}",
        "[1e400]", "\"\\ud800\"",
    ])
    func `what is no JSON is refused with the name of the text`(_ text: String) throws {
        let error = try #require(throws: MartletError.self) { try JSONValue(parsing: text, as: "the request") }
        #expect(error.code == .invalidInput)
        #expect(error.message.hasPrefix("the request is not valid JSON: "))
    }

    @Test func `bytes that are no UTF-8 are refused`() throws {
        let error = try #require(throws: MartletError.self) {
            try JSONValue(parsing: [0x22, 0xFF, 0xFE, 0x22], as: "the request")
        }
        #expect(error.code == .invalidInput)
    }

    @Test(arguments: ["[", "{\"a\":"])
    func `nesting without end is refused, not followed`(_ open: String) throws {
        let text = String(repeating: open, count: 100_000)
        let error = try #require(throws: MartletError.self) { try JSONValue(parsing: text, as: "the request") }
        #expect(error.code == .invalidInput)
    }

    @Test func `the deepest nesting that is read survives writing`() throws {
        let text = String(repeating: "[", count: 128) + String(repeating: "]", count: 128)
        let value = try JSONValue(parsing: text, as: "the request")
        #expect(value.canonicalText == text)
    }

    @Test func `accessors answer for their kind only`() {
        let value: JSONValue = ["whole": .number(3), "half": 0.5, "text": "3", "list": [1]]
        #expect(value["whole"]?.int == 3 && value["half"]?.int == nil && value["half"]?.double == 0.5)
        #expect(value["text"]?.int == nil && value["text"]?.double == nil && value["text"]?.string == "3")
        #expect(value["list"]?["whole"] == nil && value["list"]?.array == [1] && value["none"] == nil)
        #expect(JSONValue.number(1e19).int == nil && JSONValue.number(.nan).int == nil)
    }

    @Test func `a type is written and read back through JSON`() throws {
        struct Pair: Codable, Equatable {
            var a: [Int?]
            var b: JSONValue
        }
        let pair = Pair(a: [1, nil], b: ["x": [0.5, "é"]])
        let value = try JSONValue(encoding: pair)
        #expect(value == ["a": [1, nil], "b": ["x": [0.5, "é"]]])
        #expect(try value.decoded(as: Pair.self) == pair)
    }

    @Test func `what another version stored is told by the member that is missing`() {
        struct Card: Decodable { let trees: Int }
        let stored: JSONValue = ["leaves": 3]
        let error = #expect(throws: MartletError.self) { try stored.decoded(as: Card.self) }
        #expect(error?.code == .corrupt && error?.message.contains("has no 'trees'") == true)
    }

    @Test func `a number that is not finite is null`() {
        #expect(JSONValue(finite: -.infinity) == .null && JSONValue(finite: 1.5) == .number(1.5))
    }
}

/// Random JSON values.
private struct JSONGenerator {
    private var random: SplitMix64
    private static let alphabet = Array("aZ0 \"\\/\n\r\t\u{0}\u{1f}\u{7f}ßœ東\u{2028}\u{FEFF}🐦".unicodeScalars)

    init(seed: UInt64) { random = SplitMix64(seed: seed) }

    mutating func value(depth: Int) -> JSONValue {
        switch random.index(below: depth > 0 ? 8 : 6) {
        case 0: .null
        case 1: .boolean(random.unit() < 0.5)
        case 2: .integer(Int64(bitPattern: random.next()) >> Int64(random.index(below: 64)))
        case 3: .number(Double(bitPattern: random.next()))
        case 4: .number((random.unit() - 0.5) * 1e6.rounded())
        case 5: .string(text())
        case 6: .array((0..<random.index(below: 5)).map { _ in value(depth: depth - 1) })
        default:
            .object(
                Dictionary(
                    (0..<random.index(below: 5)).map { _ in (text(), value(depth: depth - 1)) },
                    uniquingKeysWith: { $1 }
                )
            )
        }
    }

    private mutating func text() -> String {
        var text = String.UnicodeScalarView()
        for _ in 0..<random.index(below: 6) { text.append(Self.alphabet[random.index(below: Self.alphabet.count)]) }
        return String(text)
    }

    /// What a value becomes by being written: whole numbers are integers, those that are not finite null.
    static func written(_ value: JSONValue) -> JSONValue {
        switch value {
        case .number(let number): number.isFinite ? Int64(exactly: number).map(JSONValue.integer) ?? value : .null
        case .array(let elements): .array(elements.map(written))
        case .object(let members): .object(members.mapValues(written))
        default: value
        }
    }
}
