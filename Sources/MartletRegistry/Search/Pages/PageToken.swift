import Foundation
package import MartletCore

/// The token of a page of a search, as MLflow writes it: Base64 of `{"offset": 1000}`.
package struct PageToken: Sendable, Hashable {
    /// The longest token that is read, in bytes.
    package static let lengthMaxBytes = 64 << 10

    /// How many things the pages before hold; not negative.
    package let offset: Int

    package init(offset: Int) { self.offset = max(0, offset) }

    /// Reads a token; an empty one is the first page's. - Throws: `invalidInput` in MLflow's words.
    package init(parsing token: String) throws(MartletError) {
        guard !token.isEmpty else {
            self.init(offset: 0)
            return
        }
        guard token.utf8.count <= Self.lengthMaxBytes, let decoded = PythonBase64.decoded(token) else {
            throw MartletError(.invalidInput, "Invalid page token, could not base64-decode")
        }
        let parsed: JSONValue
        do {
            parsed = try JSONValue(parsing: decoded, as: "page token")
        } catch {
            throw MartletError(.invalidInput, "Invalid page token, decoded value=\(PythonText.bytes(decoded))")
        }
        try self.init(offset: parsed)
    }

    /// The offset in a token's JSON; texts and numbers that are not whole are read as Python's `int` reads them.
    private init(offset parsed: JSONValue) throws(MartletError) {
        let offset: Int64?
        switch parsed["offset"] {
        case .integer(let integer) where integer != 0: offset = integer
        case .number(let number) where number != 0: offset = Int64(exactly: number.rounded(.towardZero))
        case .boolean(true): offset = 1
        case .string(let text) where !text.isEmpty:
            guard let integer = PythonText.integer(text) else {
                throw MartletError(.invalidInput, "Invalid page token, not stringable \(text)")
            }
            offset = integer
        default: offset = nil
        }
        guard let offset, let places = Int(exactly: offset) else {
            throw MartletError(.invalidInput, "Invalid page token, parsed value=\(PythonText.value(parsed))")
        }
        self.init(offset: places)
    }

    /// The token's text.
    package var text: String { Data("{\"offset\": \(offset)}".utf8).base64EncodedString() }
}
