package import MartletStore

/// A body that is read as the client takes it.
package enum ResponseSource: Sendable {
    case file(ResponseFile)
    case stream(ResponseStream)

    /// How many bytes it has.
    var sizeBytes: Int {
        switch self {
        case .file(let file): file.range.count
        case .stream(let stream): stream.sizeBytes
        }
    }
}

/// Bytes from another machine as the body of an answer. They stop coming with the last who holds this.
package struct ResponseStream: Sendable {
    /// How many bytes come.
    package let sizeBytes: Int
    private let bytes: any ContentStream

    /// - Parameter sizeBytes: exactly as many come; where it is fewer, the connection ends before.
    package init(_ bytes: any ContentStream, sizeBytes: Int) {
        self.bytes = bytes
        self.sizeBytes = sizeBytes
    }

    /// The next bytes; `nil` behind the last. - Throws: as the other machine.
    func next() async throws -> [UInt8]? { try await bytes.next() }
}
