import MartletCore
import NIOCore

/// The target of a request line, taken apart (RFC 9112, section 3.2).
///
/// What no route can mean is refused here, so that no handler needs to: broken percent-encoding, bytes that are not
/// UTF-8, control characters, and the steps `.` and `..`, also where they come encoded. Only queries are taken as they are.
struct RequestTarget: Sendable {
    /// The most parts that a path may have.
    static let componentCountMax = 256

    private let bytes: ByteBuffer
    /// How many parts a plain path has, which says the same decoded.
    private let plainCount: Int
    private let text: RequestTargetText?

    /// - Throws: `MartletError` with code `invalidInput`.
    init(parsing target: String) throws {
        self.init(ByteBuffer(string: target))
        try check()
    }

    /// A target of which `check()` says whether it can be read.
    init(_ target: ByteBuffer) {
        bytes = target
        let count = Self.plainPartCount(target)
        plainCount = count ?? 0
        text = count == nil ? RequestTargetText(String(buffer: target)) : nil
    }

    /// - Throws: `MartletError` with code `invalidInput` where no route can mean this target.
    func check() throws {
        if let fault = text?.fault { throw fault }
    }

    /// The path as it was sent: still percent-encoded, without the query; several slashes before it are one.
    var path: String { text?.path ?? String(buffer: bytes) }

    /// The items of the query, percent-decoded, in order.
    var query: [QueryItem] { text?.query ?? [] }

    /// The parts of the path between slashes, percent-decoded.
    var components: [String] {
        withParts { path, parts in parts.map { String(decoding: path[$0], as: UTF8.self) } }
    }

    /// Lends the decoded path and where its parts lie in it.
    func withParts<Result>(
        _ body: (UnsafeRawBufferPointer, UnsafeBufferPointer<Range<Int>>) throws -> Result
    ) rethrows -> Result {
        if let text { return try text.withParts(body) }
        return try bytes.withUnsafeReadableBytes { path in
            try withUnsafeTemporaryAllocation(of: Range<Int>.self, capacity: plainCount) { parts in
                var start = 1
                for index in 0..<plainCount {
                    let end = path.firstIndex(of: UInt8(ascii: "/"), from: start) ?? path.count
                    parts.initializeElement(at: index, to: start..<end)
                    start = end + 1
                }
                return try body(path, UnsafeBufferPointer(parts))
            }
        }
    }

    /// Outside text as a message may show it: short, without control characters.
    static func quoted(_ text: some StringProtocol) -> String {
        String(text.prefix(120).filter { !$0.isNewline && $0 != "\0" })
    }

    /// How many parts a path has which is the whole target and needs no decoding; `nil` for all others.
    private static func plainPartCount(_ target: ByteBuffer) -> Int? {
        target.withUnsafeReadableBytes { bytes in
            guard bytes.first == UInt8(ascii: "/") else { return nil }
            var count = 0
            var start = 1
            while start < bytes.count {
                let end = ASCIISet.plainPath.end(in: bytes, start..<bytes.count)
                guard end > start, bytes[start] != UInt8(ascii: "."), end == bytes.count || bytes[end] == UInt8(ascii: "/") else {
                    return nil
                }
                count += 1
                start = end + 1
            }
            return count <= componentCountMax ? count : nil
        }
    }
}
