import MartletCore
import Testing

@testable import MartletStore

struct IgnoreRulesTests {
    private func leavesOut(_ path: String, _ patterns: String, isFolder: Bool = false, in folder: String = "") throws -> Bool {
        var rules = IgnoreRules()
        try rules.add(Array(patterns.utf8), folder: Array(folder.utf8))
        let bytes = Array(path.utf8)
        return rules.leavesOut(bytes[...], name: bytes[((bytes.lastIndex(of: 0x2F) ?? -1) + 1)...], isFolder: isFolder)
    }

    @Test(arguments: [".git", "a/.git", "a/__pycache__", ".martlet", "a/b/.martletignore"])
    func `the state of other programs is never data`(_ path: String) throws { #expect(try leavesOut(path, "!*")) }

    @Test(arguments: [
        ("a.tmp", "*.tmp"), ("x/y/a.tmp", "*.tmp"), ("a", "/a"), ("x/a", "x/a"), ("x/a", "/x/a"), ("x/y/z/a", "x/**/a"), ("x/a", "x/**/a"),
        ("x/y/a", "**/a"), ("a", "**/a"), ("x/y", "x/**"), ("x/y/z", "x/**"), ("abc", "a?c"), ("abbbc", "a*b*c"), ("a", "a  "),
        ("a", "# no\n\na\r\n"), ("#a", "!x\n*a"), ("x/b/c", "x/*/c"),
    ])
    func `what a pattern fits is left out`(_ path: String, _ pattern: String) throws { #expect(try leavesOut(path, pattern)) }

    @Test(arguments: [
        ("a.txt", "*.tmp"), ("x/a", "/a"), ("y/x/a", "x/a"), ("x", "x/**"), ("ac", "a?c"), ("x/b/d/c", "x/*/c"), ("a/c", "a?c"),
        ("a", "# a"), ("a", "*\n!a"), ("a", "a/"), ("abcd", "a*c"),
    ])
    func `what no pattern fits stays`(_ path: String, _ pattern: String) throws { #expect(try !leavesOut(path, pattern)) }

    @Test func `a slash at the end means folders only`() throws { #expect(try leavesOut("x/a", "a/", isFolder: true)) }

    @Test func `the patterns of a folder say nothing of what is beside it`() throws {
        #expect(try leavesOut("x/a", "/a", in: "x/"))
        #expect(try !leavesOut("y/a", "a", in: "x/"))
    }

    @Test(arguments: ["[ab]", "a\\*"])
    func `wildcards that are not supported are refused`(_ pattern: String) {
        #expect(code(of: { try leavesOut("a", pattern) }) == .invalidInput)
    }

    @Test func `a hostile pattern takes no time`() throws {
        #expect(try !leavesOut(String(repeating: "a", count: 250), String(repeating: "*a", count: 60) + "b"))
    }
}
