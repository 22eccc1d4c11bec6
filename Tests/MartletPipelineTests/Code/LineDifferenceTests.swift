import MartletCore
import MartletTesting
import Testing

@testable import MartletPipeline

@Suite struct LineDifferenceTests {
    private func summary(_ old: String, _ new: String, limit: Int = 5) -> [String] {
        LineDifference.summary(old: old, new: new, name: "train.py", limit: limit)
    }

    /// The length of the longest common subsequence, by the table that every book has.
    private func commonCount(_ old: [String], _ new: [String]) -> Int {
        var row = [Int](repeating: 0, count: new.count + 1)
        for line in old {
            var diagonal = 0
            for (index, other) in new.enumerated() {
                let above = row[index + 1]
                row[index + 1] = line == other ? diagonal + 1 : max(above, row[index])
                diagonal = above
            }
        }
        return row[new.count]
    }

    @Test func `changes lead from the old text to the new one, and are the fewest`() {
        var random = SplitMix64(seed: 7)
        for round in 0..<2_000 {
            let letters = Int.random(in: 1...4, using: &random)
            func text() -> [String] {
                (0..<Int.random(in: 0...14, using: &random)).map { _ in String(Int.random(in: 0..<letters, using: &random)) }
            }
            let (old, new) = (text(), text())
            let difference = LineDifference(old: old, new: new)
            var (applied, next) = ([String](), 0)
            for change in difference.changes {
                applied += old[next..<change.oldStart]
                #expect(applied.count == change.newStart, "round \(round)")
                #expect(Array(old[change.oldStart..<change.oldStart + change.old.count]) == change.old, "round \(round)")
                applied += change.new
                next = change.oldStart + change.old.count
            }
            applied += old[next...]
            #expect(applied == new, "round \(round)")
            let edits = difference.changes.reduce(0) { $0 + $1.old.count + $1.new.count }
            #expect(edits == old.count + new.count - 2 * commonCount(old, new), "round \(round)")
        }
    }

    @Test func `beyond the limit of edits all between the first and the last is one change`() {
        let old = (0..<20).map { "a\($0)" }
        let new = (0..<20).map { "b\($0)" }
        #expect(!LineDifference(old: ["x"] + old, new: ["x"] + new, editCountMax: 40).isCoarse)
        let coarse = LineDifference(old: ["x"] + old, new: ["x"] + new, editCountMax: 39)
        #expect(coarse.isCoarse)
        #expect(coarse.changes == [.init(oldStart: 1, old: old, newStart: 1, new: new)])
        let many = (0...LineDifference.editCountMax).map { "\($0)\n" }.joined()
        #expect(summary("", many) == ["train.py: more than 1000 lines changed (0 lines → 1001 lines)"])
    }

    @Test(arguments: [
        ("a\n  lr = 0.1\n", "a\n  lr = 0.2\n", ["train.py line 2: 'lr = 0.1' → 'lr = 0.2'"]),
        ("a\nb\n", "a\nx\ny\nz\nb\n", ["train.py: 3 lines added after line 1"]),
        ("a\n", "x\ny\na\n", ["train.py: 2 lines added at the top"]),
        ("a\n", "a\nx\n", ["train.py line 2 is new: 'x'"]),
        ("a\nb\nc\n", "a\n", ["train.py: 2 lines removed after line 1"]),
        ("a\nb\n", "a\n", ["train.py: 'b' removed after line 1"]),
        ("a\nb\nc\nd\n", "1\n2\n", ["train.py lines 1–2: 4 lines → 2"]),
        ("a\nb\n", "1\n", ["train.py line 1: 2 lines → 1"]),
        ("if x:\n  y\n", "if x:\n    y\n", ["train.py line 2: only its white space changed"]),
        ("a\r\nb\r\n", "a\nb\n", ["train.py: only the ends of lines changed"]),
        ("a", "a\n", ["train.py: only the ends of lines changed"]),
        ("a\n", "a\n", []),
        ("", "", []),
    ])
    func `changes are told in words`(_ old: String, _ new: String, _ expected: [String]) {
        #expect(summary(old, new) == expected)
    }

    @Test func `what is no text says only that`() {
        #expect(LineDifference.summary(old: [0, 1], new: [1], name: "m.bin") == ["m.bin: 2 bytes → 1 bytes, no text"])
        #expect(LineDifference.summary(old: [0x61], new: [0xFF], name: "m.bin") == ["m.bin: 1 bytes → 1 bytes, no text"])
    }

    @Test func `more changes than asked for are counted`() {
        let old = (0..<9).map { "\($0)\n" }.joined()
        let new = (0..<9).map { $0 % 2 == 0 ? "\($0)\n" : "x\($0)\n" }.joined()
        #expect(summary(old, new, limit: 3).last == "train.py: 1 more change")
        #expect(summary(old, new, limit: 2).count == 3)
        #expect(summary(old, new, limit: 4).count == 4)
    }

    @Test func `a long line is cut to where it differs, and has no control characters`() throws {
        let start = String(repeating: "a", count: 500)
        let shown = try #require(summary(start + "1" + start, start + "2" + start).first)
        #expect(shown.count < 220)
        #expect(shown.contains("a1a") && shown.contains("a2a"))
        #expect(summary("", "\u{1B}[31m\n") == ["train.py line 1 is new: '�[31m'"])
    }

    @Test func `columns of a table that changed are named`() {
        let (a, b) = (Digest(of: "a"), Digest(of: "b"))
        let told = TableDifference.changedColumns(old: ["price": a, "same": a, "y": a], new: ["price": b, "same": a, "x": b])
        #expect(told == ["column 'price' changed", "column 'x' is new", "column 'y' is gone"])
        #expect(TableDifference.changedColumns(old: [:], new: [:]).isEmpty)
    }
}
