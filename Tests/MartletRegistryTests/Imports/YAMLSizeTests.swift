import Testing

@testable import MartletRegistry

struct YAMLSizeTests {
    /// Values that hold the ones before several times.
    private func bomb(levels: Int, aliases: Int, isKey: Bool) -> String {
        (1...levels).reduce(into: "a0: &a0 [x]\n") { text, level in
            let names = Array(repeating: "*a\(level - 1)", count: aliases).joined(separator: ", ")
            text += isKey ? "a\(level): &a\(level)\n  ? [\(names)]\n  : 1\n" : "a\(level): &a\(level) [\(names)]\n"
        }
    }

    @Test(arguments: [(9, 9), (40, 2), (3, 2_000)], [false, true])
    func `aliases that stand for too many values are too much`(_ size: (levels: Int, aliases: Int), isKey: Bool) throws {
        let excess = try #require(YAMLSize(of: bomb(levels: size.levels, aliases: size.aliases, isKey: isKey)).excess)
        #expect(excess.hasSuffix("aliases that may stand for too many values"))
    }

    @Test(arguments: ["- ", "[", "{a: ", ",", "a: 1\n", "? "])
    func `too many values are too much, however they are written`(piece: String) throws {
        let excess = try #require(YAMLSize(of: "a: [" + String(repeating: piece, count: 1 << 20)).excess)
        #expect(excess.hasSuffix("expected at most 1048576"))
    }

    @Test(arguments: [
        "a: &x {k: v}\nb: *x\nc: *x\n", "name: n\n" + String(repeating: "R&D a & b, **bold** and *slanted* ", count: 200), "",
    ])
    func `a few aliases, and texts full of signs, are fine`(text: String) {
        #expect(YAMLSize(of: text).excess == nil)
    }
}
