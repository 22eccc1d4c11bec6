#if GRPC
import Foundation
import MartletCore

extension TensorElements {
    /// The elements as they lie in memory, little-endian; byte strings each after its length in four bytes.
    /// - Throws: `limitExceeded` for a byte string of 4 GiB or more.
    func rawContents() throws -> Data {
        switch self {
        case .bool(let elements): Data(elements.map { $0 ? 1 : 0 })
        case .uint8(let elements): Data(elements)
        case .uint16(let elements), .float16(let elements), .bfloat16(let elements): Self.copied(elements)
        case .uint32(let elements): Self.copied(elements)
        case .uint64(let elements): Self.copied(elements)
        case .int8(let elements): Self.copied(elements)
        case .int16(let elements): Self.copied(elements)
        case .int32(let elements): Self.copied(elements)
        case .int64(let elements): Self.copied(elements)
        case .float32(let elements): Self.copied(elements)
        case .float64(let elements): Self.copied(elements)
        case .bytes(let elements): try Self.joined(elements)
        }
    }

    private static func copied(_ elements: [some BitwiseCopyable]) -> Data {
        elements.withUnsafeBytes { Data($0) }
    }

    private static func joined(_ strings: [[UInt8]]) throws -> Data {
        var data = Data(capacity: strings.reduce(0) { $0 + 4 + $1.count })
        for string in strings {
            guard let length = UInt32(exactly: string.count) else {
                throw MartletError(
                    .limitExceeded, "a byte string of \(string.count) bytes has no place in raw contents; the most is \(UInt32.max)")
            }
            withUnsafeBytes(of: length.littleEndian) { data.append(contentsOf: $0) }
            data.append(contentsOf: string)
        }
        return data
    }
}
#endif
