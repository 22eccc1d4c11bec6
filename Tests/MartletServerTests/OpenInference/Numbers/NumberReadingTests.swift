import MartletCore
import Testing

@testable import MartletServer

@Suite struct NumberReadingTests {
    /// Numbers as the elements of a tensor; the comma at the end of each but the last makes both ways of reading them take part.
    private func elements(_ numbers: [String], _ datatype: TensorDatatype) throws -> TensorElements {
        let data = numbers.joined(separator: ",")
        let text = "{\"inputs\":[{\"name\":\"a\",\"shape\":[\(numbers.count)],\"datatype\":\"\(datatype.rawValue)\",\"data\":[\(data)]}]}"
        return try #require(try InferRequestDecoder().decode(Array(text.utf8)).inputs.first).elements
    }

    private func doubles(_ numbers: [String]) throws -> [UInt64] {
        guard case .float64(let elements) = try elements(numbers, .float64) else { return [] }
        return elements.map(\.bitPattern)
    }

    private func floats(_ numbers: [String]) throws -> [UInt32] {
        guard case .float32(let elements) = try elements(numbers, .float32) else { return [] }
        return elements.map(\.bitPattern)
    }

    /// What the standard library, which goes another way, makes of the same text.
    private func expectNearest(_ numbers: [String], sourceLocation: SourceLocation = #_sourceLocation) throws {
        #expect(try doubles(numbers) == numbers.map { (Double($0) ?? .nan).bitPattern }, sourceLocation: sourceLocation)
        let small = numbers.filter { Float($0)?.isFinite == true }
        #expect(try floats(small) == small.map { (Float($0) ?? .nan).bitPattern }, sourceLocation: sourceLocation)
    }

    /// What a run of numbers gives, by vectors or without them: the numbers up to the first that needs care, and where that one begins.
    private func run(_ text: [UInt8], from position: Int, count: Int, usesVectors: Bool) -> (
        floats: [UInt32], doubles: [UInt64], ends: [Int]
    ) {
        text.withUnsafeBytes { bytes in
            var (narrow, wide) = (JSONCursor(bytes, usesVectors: usesVectors), JSONCursor(bytes, usesVectors: usesVectors))
            narrow.position = position
            wide.position = position
            let floats = [Float](unsafeUninitializedCapacity: count) { $1 = narrow.floats(into: $0[...]) }
            let doubles = [Double](unsafeUninitializedCapacity: count) { $1 = wide.doubles(into: $0[...]) }
            return (floats.map(\.bitPattern), doubles.map(\.bitPattern), [narrow.position, wide.position])
        }
    }

    /// Both ways read the same numbers as far as either goes, and neither passes what is none.
    private func expectSameRun(_ text: String, _ numbers: [String], count: Int, sourceLocation: SourceLocation = #_sourceLocation) {
        let head = String(repeating: "[", count: 40)
        for usesVectors in [false, JSONCursor.hasVectors] {
            let found = run(Array((head + text).utf8), from: head.count, count: count, usesVectors: usesVectors)
            let truth = numbers.prefix(count).map { ((Float($0) ?? .nan).bitPattern, (Double($0) ?? .nan).bitPattern) }
            #expect(found.floats == truth.prefix(found.floats.count).map(\.0), "\(text)", sourceLocation: sourceLocation)
            #expect(found.doubles == truth.prefix(found.doubles.count).map(\.1), "\(text)", sourceLocation: sourceLocation)
            for (end, read) in zip(found.ends, [found.floats.count, found.doubles.count]) {
                let passed = Array((head + text).utf8)[head.count..<end].count { $0 == UInt8(ascii: ",") }
                #expect(passed == read, "\(text)", sourceLocation: sourceLocation)
            }
        }
    }

    @Test func `a run of numbers is the same by vectors and without them, wherever it breaks off`() {
        for seed in UInt64(0)..<300 {
            var random = SplitMix64(seed: seed)
            var numbers = (0..<1 + random.index(below: 400)).map { _ in
                let whole = random.index(below: 2) == 0 ? "0" : "\(1 + random.next() % [9, 1_000, 1_000_000_000][random.index(below: 3)])"
                let fraction = (0..<random.index(below: [3, 8, 20][random.index(below: 3)])).map { _ in String(random.index(below: 10)) }
                    .joined()
                return (random.next() & 1 == 0 ? "-" : "") + whole + (fraction.isEmpty ? "" : ".\(fraction)")
            }
            let separator = random.index(below: 2) == 0 ? "," : ", "
            // Of the first one that is no number on, nothing is expected.
            let broken = [
                "1e5", "", "-", "00", "01.5", "1.", ".5", "1..2", "1.2.3", "--1", "1 2", "  1", "null", "\"1\"", "[1]", "1]", "+1", "0x1",
                "é",
            ]
            let place = random.index(below: numbers.count + 1)
            let text = (numbers[..<place] + [broken[random.index(below: broken.count)]] + numbers[place...]).joined(separator: separator)
            numbers.removeSubrange(place...)
            expectSameRun(text, numbers, count: numbers.count + 5)
            expectSameRun(text, numbers, count: min(numbers.count, 1 + random.index(below: 30)))
        }
    }

    @Test(.enabled(if: JSONCursor.hasVectors)) func `a run of many plain numbers is read to its end by vectors`() throws {
        let numbers = (0..<5_000).map { "\(Double($0) * 0.37 - 900)" }
        let text = Array((String(repeating: " ", count: 32) + numbers.joined(separator: ",") + ",").utf8)
        let found = run(text, from: 32, count: numbers.count, usesVectors: true)
        #expect(found.doubles == numbers.map { (Double($0) ?? .nan).bitPattern })
        #expect(found.floats.count > 4_990)
    }

    @Test func `numbers in the middle of two floats, and beside it, are rounded to the nearest`() throws {
        for seed in UInt64(0)..<40 {
            var random = SplitMix64(seed: seed)
            let numbers = (0..<200).flatMap { _ in
                // A middle of floats has 25 bits; one of doubles 54.
                let float = ((random.next() >> 40) << 1 | 1) << UInt64(random.index(below: 4))
                let double = (random.next() >> 11) << 1 | 1
                let quarters = ["", ".25", ".5", ".75"][random.index(below: 4)]
                return [
                    "\(float)", "\(float).0000000001", "\(float - 1).9999999999", "\(double)", "\(double)\(quarters)",
                    "\(double / 1024)\(quarters)",
                ]
            }
            try expectNearest(numbers)
        }
    }

    @Test func `numbers at the edges are rounded to the nearest`() throws {
        try expectNearest([
            "0", "-0", "0.0", "-0.0", "0e5", "0.000", "1", "-1", "1e0", "1E+2", "1e-2", "10", "12345678", "123456789", "99999999.5",
            "8388608.5", "8388609.5", "83886085e-1", "16777217", "16777219", "9007199254740993", "9007199254740992.9999", "1e22", "1e23",
            "8.5e15", "123456789012345678", "1234567890123456789", "12345678901234567890", "0.1", "0.3", "2.675", "1.7976931348623157e308",
            "5e-324", "2.4703282292062327e-324", "2.4703282292062328e-324", "1e-400", "2.2250738585072011e-308", "1.17549435e-38",
            "1.1754943e-38", "7.006492321624085e-46", "7.006492321624086e-46", "1e-46", "3.4028235e38", "3.4028235677973365e38",
            "1.00000017881393421514957253748434595763683319091796875",
            "1.00000017881393421514957253748434595763683319091796875001",
            "1.00000017881393421514957253748434595763683319091796874999", "0.000000000000000000000000000000000000000001", "1.0e55",
            "1.0e56",
            "179769313486231570000000000000000000000e270", "\(String(repeating: "9", count: 300))e-290",
            "0.\(String(repeating: "0", count: 900))1e900",
        ])
    }

    @Test func `random decimals are rounded to the nearest`() throws {
        for seed in UInt64(0)..<40 {
            var random = SplitMix64(seed: seed)
            let numbers = (0..<500).map { _ in
                let whole =
                    random.index(below: 3) == 0 ? "0" : "\(1 + random.next() >> UInt64(random.index(below: 63)) % 1_000_000_000_000)"
                let fraction = (0..<random.index(below: 24)).map { _ in String(random.index(below: 10)) }.joined()
                let exponent = random.index(below: 4) == 0 ? "e\(random.index(below: 120) - 60)" : ""
                return (random.next() & 1 == 0 ? "-" : "") + whole + (fraction.isEmpty ? "" : ".\(fraction)") + exponent
            }
            let given = try doubles(numbers)
            for (number, bits) in zip(numbers, given) where bits != Double(number)?.bitPattern { Issue.record("seed \(seed): \(number)") }
            let small = numbers.filter { Float($0)?.isFinite == true }
            for (number, bits) in zip(small, try floats(small)) where bits != Float(number)?.bitPattern {
                Issue.record("seed \(seed): \(number)")
            }
        }
    }

    @Test func `short numbers of every form are read, whatever stands beside them`() throws {
        for seed in UInt64(0)..<60 {
            var random = SplitMix64(seed: seed)
            let numbers = (0..<300).map { _ in
                let digits = String(random.next() % [10, 100, 1_000, 1_000_000, 100_000_000, 10_000_000_000][random.index(below: 6)])
                let point = random.index(below: digits.count)
                let text = point == 0 ? digits : "\(digits.prefix(point)).\(digits.dropFirst(point))"
                let hasLeadingZero = text.hasPrefix("0") && text.count > 1 && !text.hasPrefix("0.")
                return (random.next() & 1 == 0 ? "-" : "") + (hasLeadingZero ? "0" : text)
            }
            try expectNearest(numbers)
            let whole = numbers.filter { !$0.contains(".") }
            #expect(try elements(whole, .int64).exact == TensorElements.int64(whole.compactMap(Int64.init)).exact, "seed \(seed)")
        }
    }

    @Test(arguments: [
        "00", "01", "-01", "00.5", "1.", "-", "-.5", ".5", "+1", "1e", "1e+", "1.e1", "0x1", "1_0", "1,,2", "1 2", "--1", "1-", "1.2.3",
        "Inf",
    ])
    func `what is no number is refused among numbers`(_ text: String) {
        for (before, after) in [("", ""), ("1.25,", ",2.5"), ("1,2,3,", ",4,5,6")] {
            let count = (before + after).count { $0 == "," } + 1
            let data = "[\(before)\(text)\(after)]" + String(repeating: " ", count: 64)
            for datatype in ["FP32", "FP64", "INT32", "FP16"] {
                let body = "{\"inputs\":[{\"name\":\"a\",\"shape\":[\(count)],\"datatype\":\"\(datatype)\",\"data\":\(data)}]}"
                #expect(throws: MartletError.self, "\(datatype) \(data)") { try InferRequestDecoder().decode(Array(body.utf8)) }
            }
        }
    }

    @Test func `words for numbers that JSON does not have are read`() throws {
        let words = ["null", "NaN", "Infinity", "-Infinity", "1"]
        #expect(try doubles(words) == [.nan, .nan, .infinity, -.infinity, 1].map(\Double.bitPattern))
        #expect(try floats(words) == [.nan, .nan, .infinity, -.infinity, 1].map(\Float.bitPattern))
        #expect(try elements(words, .float16) == .float16([0x7E00, 0x7E00, 0x7C00, 0xFC00, 0x3C00]))
        #expect(try elements(words, .bfloat16) == .bfloat16([0x7FC0, 0x7FC0, 0x7F80, 0xFF80, 0x3F80]))
    }

    /// Between neighbours of 16 bits lies a middle, which goes to the even one; a hair beside it goes to the nearer one.
    @Test func `numbers of 16 bits are rounded once`() throws {
        for bits in stride(from: UInt16(0), to: 0x7BFF, by: 13) {
            // Twice the middle in units of 2⁻²⁵, and its decimal: 2⁻²⁵ is 5²⁵ · 10⁻²⁵.
            let sum = (RequestWriter.halfFloat(bits) + RequestWriter.halfFloat(bits + 1)) * 0x1p24
            let middle = UInt128(sum) * UInt128(298_023_223_876_953_125)
            let texts = ["\(middle * 1_000_000 - 1)e-31", "\(middle)e-25", "\(middle * 1_000_000 + 1)e-31"]
            let even = bits & 1 == 0 ? bits : bits + 1
            #expect(try elements(texts, .float16) == .float16([bits, even, bits + 1]), "\(texts)")
        }
    }

    @Test func `brain floats are rounded once`() throws {
        // 1.00390625 lies half-way between 0x3F80 and 0x3F81.
        let texts = ["1.00390625", "1.0039062500000000000001", "1.0039062499999999999999", "1.01171875", "-1e-41", "9.1835e-41", "3.38e38"]
        #expect(try elements(texts, .bfloat16) == .bfloat16([0x3F80, 0x3F81, 0x3F80, 0x3F82, 0x8000, 0x0001, 0x7F7E]))
    }

    @Test func `integers are read to the edges of their types`() throws {
        #expect(try elements(["-128", "127", "-0"], .int8) == .int8([-128, 127, 0]))
        #expect(try elements(["0", "-0", "18446744073709551615"], .uint64) == .uint64([0, 0, .max]))
        #expect(try elements(["-9223372036854775808", "9223372036854775807"], .int64) == .int64([.min, .max]))
        for (datatype, text) in [
            (TensorDatatype.uint8, "256"), (.uint8, "-1"), (.int8, "-129"), (.int64, "-9223372036854775809"), (.int32, "1e2"),
        ] {
            #expect(throws: MartletError.self) { try elements(["1", text, "2"], datatype) }
        }
    }
}
