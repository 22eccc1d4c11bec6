import CDecimals

/// The numbers of one line, with blanks between them.
struct LightGBMNumbers {
    private let bytes: UnsafeBufferPointer<UInt8>
    private let line: Range<Int>
    private let key: String
    private let tree: Int?

    /// The numbers of the line with a key, in the header or in a tree.
    init(_ bytes: UnsafeBufferPointer<UInt8>, _ line: Range<Int>, key: String, tree: Int? = nil) {
        self.bytes = bytes
        self.line = line
        self.key = key
        self.tree = tree
    }

    /// Whole numbers within a range. - Throws: a fault for another count, another number, or something else.
    func integers(expected count: Int? = nil, in range: ClosedRange<Int>) throws -> [Int] {
        try numbers(expected: count, "whole numbers in \(range)") { position in
            let value = DecimalNumber.integer(bytes, at: &position, until: line.upperBound)
            guard let value, range.contains(value) else { return nil }
            return value
        }
    }

    /// Numbers, infinite ones only where they are allowed.
    func doubles(expected count: Int, allowsInfinity: Bool = false) throws -> [Double] {
        try numbers(expected: count, "numbers, none NaN") { position, numbers in
            withUnsafeTemporaryAllocation(of: Double.self, capacity: min(count - numbers.count, Self.severalMax)) { several in
                // The last one of a line, which has no blank behind it, is not among them.
                let read = martlet_decimals_doubles(
                    bytes.baseAddress, line.upperBound, &position, UInt8(ascii: " "), several.baseAddress, several.count)
                numbers += several[..<read]
            }
        } _: { position in
            let value = DecimalNumber(bytes, at: &position, until: line.upperBound)?.double ?? word(&position)
            guard let value, value.isFinite || allowsInfinity else { return nil }
            return value
        }
    }

    /// How many numbers are read at once: a kilobyte of the stack.
    private static let severalMax = 128

    /// - Parameters:
    ///   - several: reads numbers of usual form, each with its blank, as long as they come and no more than are expected.
    ///   - read: reads any number.
    private func numbers<Number>(
        expected count: Int?, _ kind: @autoclosure () -> String, several: (inout Int, inout [Number]) -> Void = { _, _ in },
        _ read: (inout Int) -> Number?
    ) throws -> [Number] {
        var numbers: [Number] = []
        // A number takes two bytes at least, so what is reserved is bounded by the file.
        numbers.reserveCapacity(min(count ?? 0, line.count / 2 + 1))
        var position = skipBlanks(line.lowerBound)
        while position < line.upperBound {
            several(&position, &numbers)
            position = skipBlanks(position)
            guard position < line.upperBound else { break }
            guard count.map({ numbers.count < $0 }) ?? true, let number = read(&position),
                position == line.upperBound || bytes[position] == UInt8(ascii: " ")
            else { throw fault(count, kind(), "something else at number \(numbers.count + 1)") }
            numbers.append(number)
            position = skipBlanks(position)
        }
        guard count.map({ numbers.count == $0 }) ?? true else { throw fault(count, kind(), "\(numbers.count)") }
        return numbers
    }

    /// `inf`, `-inf` and the like.
    private func word(_ position: inout Int) -> Double? {
        let end = bytes[position..<line.upperBound].firstIndex(of: UInt8(ascii: " ")) ?? line.upperBound
        let text = String(decoding: bytes[position..<min(end, position + 10)], as: UTF8.self)
        position = end
        switch text.lowercased() {
        case "inf", "+inf", "infinity": return .infinity
        case "-inf", "-infinity": return -.infinity
        default: return nil
        }
    }

    private func skipBlanks(_ start: Int) -> Int {
        var position = start
        while position < line.upperBound, bytes[position] == UInt8(ascii: " ") { position += 1 }
        return position
    }

    private func fault(_ count: Int?, _ kind: String, _ found: String) -> ForestFault {
        let place = tree.map { "tree \($0)" } ?? "header"
        return ForestFault.damaged(place: "\(place): \(key)", "expected \(count.map { "\($0) " } ?? "")\(kind), found \(found)")
    }
}
