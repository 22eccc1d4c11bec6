import Testing

@testable import MartletCore

struct PythonValueTests {
    @Test func `numbers keep their kind and their digits`() throws {
        let text = "[1, 1.0, -0, -0.0, 100000000000000000000, 1e400, NaN, -Infinity]"
        let elements = try #require(try PythonValue(parsing: text, as: "numbers").array)
        #expect(elements[..<6] == [1, 1.0, 0, -0.0, .integer("100000000000000000000"), .number(.infinity)])
        guard case .number(let nan) = elements[6] else { throw MartletError(.invalidInput, "NaN is no number") }
        #expect(nan.isNaN)
        #expect(elements[7] == .number(-.infinity))
    }

    @Test func `members keep their order, and the last of equal names counts`() throws {
        let members = try #require(try PythonValue(parsing: #"{"b": 1, "a": 2, "b": 3}"#, as: "members").object)
        #expect(members.all.map(\.name) == ["b", "a"])
        #expect(members["b"] == 3)
    }

    @Test func `names that Unicode has as equivalent are two`() throws {
        let members = try #require(try PythonValue(parsing: #"{"\u00e9": 1, "e\u0301": 2}"#, as: "members").object)
        #expect(members.all.map(\.value) == [1, 2])
    }

    @Test func `a member is taken out`() throws {
        var members = try #require(try PythonValue(parsing: #"{"a": 1, "b": 2, "c": 3}"#, as: "members").object)
        members["b"] = nil
        members["c"] = 4
        #expect(PythonValue.object(members) == ["a": 1, "c": 4])
    }

    @Test(arguments: ["", "nan", "+Infinity", "-NaN", "Infinit", "[1,]", "01", String(repeating: "9", count: 4301), "{\"a\":}"])
    func `what Python's JSON has not is refused`(text: String) {
        let error = #expect(throws: MartletError.self) { try PythonValue(parsing: text, as: "it") }
        #expect(error?.code == .invalidInput)
    }

    @Test(arguments: ["NaN", "Infinity", "-Infinity", "[NaN]", "1e400", #"{"a":1,"a":2}"#])
    func `JSON as the standard has it stays strict`(text: String) {
        #expect(throws: MartletError.self) { try JSONValue(parsing: text, as: "it") }
    }
}
