import MartletCore
import MartletServer
import Testing

@Suite struct ShortestDecimalTests {
    private func texts(_ elements: TensorElements) throws -> [String] {
        let response = InferResponse(modelName: "m", outputs: [Tensor(name: "o", shape: [elements.count], elements: elements)])
        let body = String(decoding: try InferResponseEncoder.encode(response, for: InferRequest()).bytes, as: UTF8.self)
        let data = try #require(body.split(separator: "[").last?.split(separator: "]").first)
        return data.split(separator: ",").map(String.init)
    }

    /// The significant digits of a number.
    private func digits(_ text: String) -> Substring {
        let significand = text.prefix { $0 != "e" }.filter { $0 != "." && $0 != "-" }.drop { $0 == "0" }
        return significand.isEmpty ? "" : significand.prefix(through: significand.lastIndex { $0 != "0" } ?? significand.startIndex)
    }

    @Test func `doubles are the shortest decimals that read back equal`() throws {
        for seed in UInt64(0)..<20 {
            var generator = TensorGenerator(seed: seed)
            let numbers = (0..<2_000).map { _ in generator.double() }.filter { !$0.isNaN }
            for (number, text) in zip(numbers, try texts(.float64(numbers))) {
                guard Double(text)?.bitPattern != number.bitPattern || digits(text) != digits(number.description) else { continue }
                Issue.record("seed \(seed): \(number) is written as \(text)")
            }
        }
    }

    @Test func `floats are the shortest decimals that read back equal`() throws {
        for seed in UInt64(0)..<20 {
            var generator = TensorGenerator(seed: seed)
            let numbers = (0..<2_000).map { _ in generator.float() }.filter { !$0.isNaN }
            for (number, text) in zip(numbers, try texts(.float32(numbers))) {
                guard Float(text)?.bitPattern != number.bitPattern || digits(text) != digits(number.description) else { continue }
                Issue.record("seed \(seed): \(number) is written as \(text)")
            }
        }
    }

    @Test func `powers of two, whose neighbours are not equally far, are written like others`() throws {
        let doubles = (-1_074...1_023).map { Double(sign: .plus, exponent: $0, significand: 1) }
        let floats = (-149...127).map { Float(sign: .plus, exponent: $0, significand: 1) }
        for (number, text) in zip(doubles, try texts(.float64(doubles))) { #expect(Double(text) == number && digits(text) == digits("\(number)")) }
        for (number, text) in zip(floats, try texts(.float32(floats))) { #expect(Float(text) == number && digits(text) == digits("\(number)")) }
    }

    @Test func `numbers are written with a point as far as people do, and with an exponent beyond`() throws {
        let numbers: [Double] = [
            0, -0.0, 1, -1.5, 0.1, 100, 12_345.678, 0.000_012_3, 0.000_001_23, 9_999_999_999_999_998, 1e16, 1.5e300, -.leastNonzeroMagnitude, 0.5, 123_456_789,
            1_234_567_890_123_456, 0.3,
        ]
        #expect(
            try texts(.float64(numbers)) == [
                "0.0", "-0.0", "1.0", "-1.5", "0.1", "100.0", "12345.678", "0.0000123", "1.23e-6", "9999999999999998.0", "1e16", "1.5e+300",
                "-5e-324", "0.5", "123456789.0", "1234567890123456.0", "0.3",
            ]
        )
        #expect(try texts(.float32([0.1, 16_777_216, 3.402_823_5e38, .leastNonzeroMagnitude, 1e10])) == ["0.1", "16777216.0", "3.4028235e38", "1e-45", "10000000000.0"])
    }

    @Test func `numbers of 16 bits are written as the floats that they are`() throws {
        #expect(try texts(.float16([0x3C00, 0x2E66, 0x0001, 0x7BFF, 0x8000])) == ["1.0", "0.099975586", "5.9604645e-8", "65504.0", "-0.0"])
        #expect(try texts(.bfloat16([0x3F80, 0x3DCD, 0x0001, 0x7F7F])) == ["1.0", "0.100097656", "9.1835e-41", "3.3895314e38"])
    }

    @Test func `integers are written to the edges of their types`() throws {
        #expect(
            try texts(.int64([.min, .max, 0, -1, 99_999_999, 100_000_000, 1_000_000_000_000_000_000])) == [
                "-9223372036854775808", "9223372036854775807", "0", "-1", "99999999", "100000000", "1000000000000000000",
            ]
        )
        #expect(try texts(.uint64([.max, 10, 1_234_567])) == ["18446744073709551615", "10", "1234567"])
        #expect(try texts(.int8([-128, 127])) == ["-128", "127"])
    }
}
