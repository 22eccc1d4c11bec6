import MartletCore
import Testing

@testable import MartletPipeline

@Suite struct PathPatternTests {
    private func path(_ text: String, _ values: [String: String]) throws -> String {
        try PathPattern(text, keys: Array(values.keys)).path(of: values)
    }

    static let paths = [
        ("data/raw/$day.csv", "data/raw/2013-01-05.csv"), ("data/${day}_raw/", "data/2013-01-05_raw"), ("$part", "a/b.csv"),
        ("../$part/$day", "../a/b.csv/2013-01-05"), ("/data/$day$day", "/data/2013-01-052013-01-05"), ("/$day", "/2013-01-05"),
        ("data/.$day", "data/.2013-01-05"), ("cost$$/$$$day", "cost$/$2013-01-05"),
    ]

    @Test(arguments: paths) func `a key stands for its value`(text: String, expected: String) throws {
        let pattern = try PathPattern(text, keys: ["day", "part"])
        #expect(pattern.whole == nil)
        #expect(try pattern.path(of: ["day": "2013-01-05", "part": "a/b.csv"]) == expected)
    }

    static let wholes = [("data/raw/", "data/raw/"), ("cost$$.csv", "cost$.csv"), ("$$day", "$day"), ("../a/./b", "../a/./b"), ("", "")]

    @Test(arguments: wholes) func `a path without a key is one for all instances`(text: String, expected: String) throws {
        let pattern = try PathPattern(text, keys: ["day"])
        #expect(pattern.whole == expected)
        #expect(try pattern.path(of: ["day": ".."]) == expected)
    }

    @Test func `what is before a key is looked for from the project's folder on`() throws {
        let place: (String) -> String = { "/my$project/\($0)" }
        #expect(try PathPattern("raw/$day", keys: ["day"]).placed(place).path(of: ["day": "1"]) == "/my$project/raw/1")
        #expect(try PathPattern("$day", keys: ["day"]).placed { _ in "/p" }.path(of: ["day": "1"]) == "/p/1")
        #expect(try PathPattern("a$$b", keys: []).placed(place).whole == "/my$project/a$b")
    }

    static let faults = [
        ("$dya.csv", "expected one of day, part behind a '$', found '$dya' in '$dya.csv'; did you mean '$day'?"),
        ("$day_raw.csv", "expected one of day, part behind a '$', found '$day_raw' in '$day_raw.csv'; "),
        ("a$", "expected '$key', '${key}', or '$$' for a dollar, found 'a$'; write one of these"),
        ("$$$", "expected '$key', '${key}', or '$$' for a dollar, found '$$$'; write one of these"),
        ("${day", "expected '$key', '${key}', or '$$' for a dollar, found '${day'; write one of these"),
        ("${day.csv}", "expected '$key', '${key}', or '$$' for a dollar, found '${day.csv}'; write one of these"),
        ("$day/../x", "expected no '.', '..' and empty names behind a '$', found '$day/../x'; leave them out"),
        ("$day//x", "expected no '.', '..' and empty names behind a '$', found '$day//x'; leave them out"),
    ]

    @Test(arguments: faults) func `a dollar that stands for no key is refused with what there is`(text: String, message: String) throws {
        let error = #expect(throws: MartletError.self) { try PathPattern(text, keys: ["part", "day"]) }
        #expect(error?.code == .specificationBroken)
        #expect(error?.message.hasPrefix(message) == true, "\(error?.message ?? "")")
    }

    @Test func `a step without a fan-out has no key`() throws {
        let error = #expect(throws: MartletError.self) { try PathPattern("raw/$day.csv", keys: []) }
        #expect(
            error?.message == "expected no key, as the step has no 'each', behind a '$', found '$day' in 'raw/$day.csv'; "
                + "write '$$' where a dollar is meant")
    }

    static let hostile = ["..", ".", "", "/etc/passwd", "../x", "x/../../y", "x/..", "x/", "x//y", "x/./y", "x\0y", "/\u{301}/../x"]

    @Test(arguments: hostile) func `no value leads out of the folder`(value: String) throws {
        for text in ["raw/$day", "$day", "/raw/$day/", "../$day"] {
            let error = #expect(throws: MartletError.self) { try path(text, ["day": value]) }
            #expect(error?.code == .invalidInput)
            #expect(error?.message.hasPrefix("with day = '\(value)' the path ") == true)
        }
    }

    @Test func `values that are harmless alone do not lead out together`() throws {
        #expect(try path("raw/$a$b", ["a": ".", "b": "x"]) == "raw/.x")
        #expect(throws: MartletError.self) { try path("raw/$a$b", ["a": ".", "b": "."]) }
    }
}
