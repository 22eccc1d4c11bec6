import MartletCore

/// What a text has not where it was expected: thrown until someone knows what the text is called.
struct JSONFault: Error {
    let position: Int
    let expected: String

    /// The error for people, with line and column from 1 and what was found.
    /// - Parameter subject: the text, and the part of it that was being read.
    func error(in bytes: UnsafeRawBufferPointer, of subject: String) -> MartletError {
        let before = bytes[..<min(position, bytes.count)]
        let line = before.count { $0 == 0x0A } + 1
        let column = position - (before.lastIndex(of: 0x0A).map { $0 + 1 } ?? 0) + 1
        return MartletError(.invalidInput, "\(subject), line \(line), column \(column): expected \(expected), found \(found(in: bytes))")
    }

    private func found(in bytes: UnsafeRawBufferPointer) -> String {
        guard position < bytes.count else { return "the end" }
        let visible: ClosedRange<UInt8> = 0x21...0x7E
        guard visible.contains(bytes[position]) else { return "byte \(bytes[position])" }
        let delimiters: Set<UInt8> = [UInt8(ascii: ","), UInt8(ascii: "]"), UInt8(ascii: "}"), UInt8(ascii: ":")]
        let word = bytes[position...].prefix(Self.excerptSizeMaxBytes).prefix { visible.contains($0) && !delimiters.contains($0) }
        return "'\(String(decoding: word.isEmpty ? bytes[position...position] : word, as: UTF8.self))'"
    }

    /// How much of what was found is repeated.
    private static let excerptSizeMaxBytes = 40
}
