import MartletCore
import Testing

@testable import MartletPlatform

@Suite struct ScoringPartTests {
    private func plan(_ counts: [Int], rowCountMax: Int = 100, canCut: Bool = true) -> [String] {
        ScoringPart.plan(counts.enumerated().map { ("f\($0)", $1) }, rowCountMax: rowCountMax, canCut: canCut).map { part in
            "\(part.number): \(part.files.joined(separator: "+"))\(part.rows.map { " \($0)" } ?? "")"
        }
    }

    @Test func `long files are cut and short ones put together`() {
        #expect(plan([250]) == ["0: f0 0..<100", "1: f0 100..<200", "2: f0 200..<250"])
        #expect(plan([30, 30, 40, 1, 100]) == ["0: f0+f1+f2", "1: f3", "2: f4"])
        #expect(plan([10, 150, 20]) == ["0: f0", "1: f1 0..<100", "2: f1 100..<150", "3: f2"])
    }

    @Test func `files that cannot be cut stay whole`() {
        #expect(plan([250, 10], canCut: false) == ["0: f0", "1: f1"])
    }

    @Test func `files without rows are no part of their own unless there is no other`() {
        #expect(plan([0]) == ["0: f0"])
        #expect(plan([0, 0, 5]) == ["0: f0+f1+f2"])
    }

    @Test func `every row is in one part, in order`() {
        let seed = UInt64.random(in: .min ... .max)
        var random = SplitMix64(seed: seed)
        for _ in 0..<200 {
            let files = (0..<random.index(below: 20) + 1).map { (path: "\($0)", rowCount: random.index(below: 300)) }
            let counts = Dictionary(uniqueKeysWithValues: files.map { ($0.path, $0.rowCount) })
            let parts = ScoringPart.plan(files, rowCountMax: 1 + random.index(below: 120), canCut: true)
            let rows = parts.flatMap { part in
                part.files.flatMap { file in (part.rows ?? 0..<(counts[file] ?? 0)).map { "\(file) \($0)" } }
            }
            #expect(rows == files.flatMap { file in (0..<file.rowCount).map { "\(file.path) \($0)" } }, "seed \(seed)")
            #expect(parts.map(\.rowCount).reduce(0, +) == rows.count, "seed \(seed)")
        }
    }
}
