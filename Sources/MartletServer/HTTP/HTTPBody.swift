package import MartletCore
import NIOCore

/// The bytes of a message: shared, so that handing them on copies nothing.
package struct HTTPBody: Sendable {
    private enum Storage {
        case buffer(ByteBuffer)
        case array([UInt8])
    }

    private let storage: Storage

    /// Takes an array over.
    package init(_ bytes: [UInt8] = []) { storage = .array(bytes) }

    /// Takes what is readable of a buffer over.
    init(_ buffer: ByteBuffer) { storage = .buffer(buffer) }

    /// Lends the bytes; the pointer is good within `body` only.
    package func withUnsafeBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
        switch storage {
        case .buffer(let buffer): try buffer.withUnsafeReadableBytes(body)
        case .array(let bytes): try bytes.withUnsafeBytes(body)
        }
    }

    /// A copy of the bytes, where they are not an array already.
    package var bytes: [UInt8] {
        switch storage {
        case .buffer(let buffer): Array(buffer: buffer)
        case .array(let bytes): bytes
        }
    }

    /// The bytes as a buffer; copies them where they are an array.
    var buffer: ByteBuffer {
        switch storage {
        case .buffer(let buffer): buffer
        case .array(let bytes): ByteBuffer(bytes: bytes)
        }
    }

    /// Appends the bytes to a buffer.
    func write(to output: inout ByteBuffer) {
        switch storage {
        case .buffer(let buffer): output.writeImmutableBuffer(buffer)
        case .array(let bytes): output.writeBytes(bytes)
        }
    }
}

extension HTTPBody: RandomAccessCollection {
    package var startIndex: Int { 0 }

    package var endIndex: Int {
        switch storage {
        case .buffer(let buffer): buffer.readableBytes
        case .array(let bytes): bytes.count
        }
    }

    package subscript(position: Int) -> UInt8 {
        precondition(indices.contains(position), "a body of \(count) bytes has none at \(position)")
        return withUnsafeBytes { $0[position] }
    }

    package func withContiguousStorageIfAvailable<Result>(
        _ body: (UnsafeBufferPointer<UInt8>) throws -> Result
    ) rethrows -> Result? {
        try withUnsafeBytes { try $0.withMemoryRebound(to: UInt8.self, body) }
    }
}

extension HTTPBody: Equatable, ExpressibleByArrayLiteral {
    package init(arrayLiteral elements: UInt8...) { self.init(elements) }

    package static func == (one: HTTPBody, other: HTTPBody) -> Bool { one.elementsEqual(other) }

    /// Whether the bytes are those of an array.
    package static func == (body: HTTPBody, bytes: [UInt8]) -> Bool { body.elementsEqual(bytes) }
}

extension JSONValue {
    /// Reads a body. `what` names it in messages. - Throws: `invalidInput`.
    package init(parsing body: HTTPBody, as what: String) throws { try self.init(parsing: body.bytes, as: what) }
}
