import Foundation

/// The lines of a text, one after the other, as ranges of its bytes without the line's end (`\n` or `\r\n`).
struct TextLines {
    let bytes: UnsafeBufferPointer<UInt8>
    /// Where the next line starts.
    private(set) var position = 0

    init(_ bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

    /// The next line; `nil` at the end of the text.
    mutating func next() -> Range<Int>? {
        guard position < bytes.count else { return nil }
        let first = position
        var last = bytes.count
        position = last
        let rest = UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(bytes)[first...])
        if let start = rest.baseAddress, let newline = memchr(start, 0x0A, rest.count) {
            last = first + (UnsafeRawPointer(newline) - start)
            position = last + 1
        }
        if last > first, bytes[last - 1] == 0x0D { last -= 1 }
        return first..<last
    }

    /// The next line, which the following `next` gives again.
    func peek() -> Range<Int>? {
        var copy = self
        return copy.next()
    }

    /// Whether a line begins with a text.
    func line(_ line: Range<Int>, startsWith text: StaticString) -> Bool {
        bytes[line].starts(with: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    /// Whether a line is a text.
    func line(_ line: Range<Int>, is text: StaticString) -> Bool {
        line.count == text.utf8CodeUnitCount && self.line(line, startsWith: text)
    }

    /// A line's text; bytes that are no UTF-8 are replaced.
    func text(_ line: Range<Int>) -> String { String(decoding: bytes[line], as: UTF8.self) }

    /// The key before a line's first `=` and what follows; `nil` without one.
    func member(_ line: Range<Int>) -> (key: String, value: Range<Int>)? {
        guard let equals = bytes[line].firstIndex(of: UInt8(ascii: "=")) else { return nil }
        return (text(line.lowerBound..<equals), equals + 1..<line.upperBound)
    }
}
