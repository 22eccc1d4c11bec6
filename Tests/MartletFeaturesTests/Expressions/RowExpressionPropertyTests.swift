import MartletCore
import MartletFeatures
import Testing

struct RowExpressionPropertyTests {
    private static let names = ["a", "b", "c_1", "c_2", "c_3", "gap"]

    /// Seven rows: `a` is one number for all, `gap` always missing, the others missing here and there.
    private static func rows(_ random: inout SplitMix64) -> (batch: ColumnBatch, rows: [[String: Double]]) {
        var batch = ColumnBatch(count: 7)
        var rows = [[String: Double]](repeating: [:], count: 7)
        for name in names {
            let same = Double(random.index(below: 9)) - 4
            let values = (0..<7).map { _ in
                name == "a" ? same : name == "gap" || random.unit() < 0.2 ? .nan : (random.unit() - 0.3) * 10
            }
            batch[name] = name == "a" ? .scalar(same) : .vector(values)
            for row in 0..<7 { rows[row][name] = values[row] }
        }
        return (batch, rows)
    }

    @Test(arguments: UInt64(0)..<60)
    func `random formulas agree bit for bit with a plain evaluation of their tree`(_ seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        for _ in 0..<20 {
            let formula = RandomFormula.random(depth: 5, columns: Self.names, &random)
            let text = formula.text(&random)
            let (batch, rows) = Self.rows(&random)
            let values = try RowExpression(text).evaluate(batch)
            for row in 0..<7 {
                let expected = formula.value(rows[row])
                let isSame = values[row] == expected || values[row].isNaN && expected.isNaN
                #expect(isSame, "seed \(seed), row \(row): \(text) is \(values[row]), expected \(expected)")
            }
        }
    }

    @Test(arguments: UInt64(0)..<10)
    func `random characters are refused or read, and never break the parser`(_ seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let alphabet = Array("ab1.e+-*/(), _é½\n")
        for _ in 0..<300 {
            let text = String((0..<random.index(below: 12)).map { _ in alphabet[random.index(below: alphabet.count)] })
            do {
                #expect(try RowExpression(text).text == text)
            } catch {
                #expect(error is MartletError, "seed \(seed): \(text)")
            }
        }
    }
}
