import MartletCore
import Testing

@testable import MartletInference

@Suite struct DecimalNumberTests {
    /// Reads a whole text; `nil` where something is left over.
    private func number(_ text: String) -> (double: Double, float: Float, integer: Int?)? {
        Array(text.utf8).withUnsafeBufferPointer { bytes in
            var position = 0
            guard let number = DecimalNumber(bytes, at: &position, until: bytes.count), position == bytes.count else { return nil }
            return (number.double, number.float, number.integer)
        }
    }

    @Test(arguments: 1..<9 as Range<UInt64>)
    func `random numbers are the nearest of their kind`(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        for _ in 0..<4_000 {
            let text = randomText(&random)
            let found = number(text)
            #expect(found?.double.bitPattern == Double(text)?.bitPattern, "seed \(seed): \(text)")
            #expect(found?.float.bitPattern == Float(text)?.bitPattern, "seed \(seed): \(text)")
        }
    }

    /// Digits by chance, or a number that a library would write, or one halfway between two neighbours.
    private func randomText(_ random: inout SplitMix64) -> String {
        let sign = random.unit() < 0.5 ? "-" : ""
        switch random.index(below: 4) {
        case 0:
            let digits = (0..<random.index(below: 22) + 1).map { _ in "\(random.index(below: 10))" }.joined()
            let point = random.index(below: digits.count)
            let number = digits.prefix(point) + "." + digits.dropFirst(point)
            return sign + (point == 0 ? "0" : "") + number + "e\(random.index(below: 90) - 45)"
        case 1:
            let value = Double(bitPattern: random.next())
            return value.isFinite ? "\(value)" : "1"
        case 2:
            let value = Float(bitPattern: UInt32(truncatingIfNeeded: random.next()))
            return value.isFinite ? "\(value)" : "1"
        default:
            // A whole number between 2^53 and 2^63 with a one behind the bits that are kept is exactly halfway.
            let kept = (1 << 52 | random.next() >> 12) << 1 | 1
            return sign + "\(kept << random.index(below: 10))"
        }
    }

    @Test(arguments: [
        "0", "-0", "0e999", "1e400", "-1e400", "1e-400", "4.9e-324", "2.4703282292062327e-324", "1.7976931348623157e308", "1e23",
        "9007199254740993", "16777217", "16777217.0000000000000001", "3.4028235677973366e38", "1.1754942e-38", "00001.5", ".5", "5.",
    ])
    func `numbers at the edges are the nearest of their kind`(text: String) {
        #expect(number(text)?.double.bitPattern == Double(text)?.bitPattern)
        #expect(number(text)?.float.bitPattern == Float(text)?.bitPattern)
    }

    @Test(arguments: ["", "-", ".", "e5", "1e", "1e+", "nan", "inf", "0x10", "1_000", "--1", "1.2.3"])
    func `what is no decimal number is refused`(text: String) { #expect(number(text) == nil) }

    @Test func `whole numbers are exact or none`() {
        #expect(number("-9223372036854775808")?.integer == Int.min)
        #expect(number("9223372036854775807")?.integer == Int.max)
        #expect(number("9223372036854775808")?.integer == nil)
        #expect(number("99999999999999999999")?.integer == nil)
        #expect(number("1.0")?.integer == nil)
    }
}
