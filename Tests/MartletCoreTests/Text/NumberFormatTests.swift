import Foundation
import MartletCore
import Testing

struct NumberFormatTests {
    @Test(arguments: [
        (0, 0, "0"), (0, 2, "0.00"), (2.5, 0, "3"), (-2.5, 0, "-3"), (0.125, 2, "0.13"), (1.05, 2, "1.05"),
        (999.999, 2, "1000.00"), (-0.004, 2, "0.00"), (12.3, 3, "12.300"), (-7.1, 1, "-7.1"), (.nan, 2, "–"),
        (.infinity, 2, "∞"), (-.infinity, 2, "−∞"), (1e15, 2, "1000000000000000.0"),
        (1e300, 2, "1e+300"), (123_456_789.5, 1, "123456789.5"),
    ])
    func `a number is written with its decimals`(_ number: Double, _ places: Int, _ text: String) {
        #expect(number.formatted(places: places) == text)
    }

    @Test func `random numbers are written within half a unit of the last place`() throws {
        var random = SplitMix64(seed: 5)
        for _ in 0..<5_000 {
            let number = (random.unit() - 0.5) * [1, 1e3, 1e6, 1e9][random.index(below: 4)]
            let places = random.index(below: 6)
            let text = number.formatted(places: places)
            let read = try #require(Double(text))
            #expect(abs(read - number) <= 0.5000001 * pow(10, -Double(places)) + number.magnitude * 1e-15, "\(number)")
            #expect(text.split(separator: ".").dropFirst().first?.count ?? 0 == places)
        }
    }

    @Test(arguments: [(0.042, "+4.2%"), (-0.1, "-10.0%"), (0, "+0.0%"), (-0.0001, "0.0%"), (1.5, "+150.0%")])
    func `a share is written as a percentage with its sign`(_ share: Double, _ text: String) {
        #expect(share.signedPercent == text)
    }

    @Test(arguments: [
        (0, "0"), (999, "999"), (1_000, "1,000"), (-106_139, "-106,139"), (1_234_567, "1,234,567"),
        (Int.min, "-9,223,372,036,854,775,808"),
    ])
    func `whole numbers have commas between thousands`(_ number: Int, _ text: String) {
        #expect(number.grouped == text)
    }
}
