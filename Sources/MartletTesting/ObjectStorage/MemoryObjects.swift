import Glibc
package import MartletCore
package import MartletStore
import Synchronization

/// Objects in memory, which can be cut off, lost and damaged.
package final class MemoryObjects: ObjectPlace {
    private struct State {
        var objects: [String: [UInt8]] = [:]
        var puts: [String] = []
        var reads: [String] = []
        var putCountMax = Int.max
        var readCountMax = Int.max
    }

    private let state = Mutex(State())

    package init() {}

    /// The names of all objects, in the order in which they were put, also again.
    package var puts: [String] { state.withLock(\.puts) }
    /// The names of all objects that were read.
    package var reads: [String] { state.withLock(\.reads) }
    /// What there is, by name.
    package var objects: [String: [UInt8]] { state.withLock(\.objects) }

    /// Lets the place be out of reach once so much was put and read.
    package func cutOff(afterPuts puts: Int = .max, reads: Int = .max) {
        state.withLock { state in
            (state.putCountMax, state.readCountMax) = (
                puts == .max ? .max : state.puts.count + puts, reads == .max ? .max : state.reads.count + reads
            )
        }
    }

    /// Changes an object; `nil` takes it away.
    package func set(_ name: String, _ bytes: [UInt8]?) { state.withLock { $0.objects[name] = bytes } }

    package func address(of name: String) -> String { "memory://\(name)" }
    package func check() {}
    package func close() {}
    package func size(of name: String) -> Int? { state.withLock { $0.objects[name]?.count } }

    package func put(_ name: String, file path: String, sizeBytes: Int, digest: Digest) throws {
        let bytes = try OpenFile(path, O_RDONLY).read(at: 0, countMax: sizeBytes + 1)
        guard bytes.count == sizeBytes, Digest(of: bytes) == digest else { throw MartletError(.storage, "'\(name)' is not what was said") }
        try state.withLock { state in
            guard state.puts.count < state.putCountMax else { throw Self.outOfReach }
            state.puts.append(name)
            state.objects[name] = bytes
        }
    }

    package func read(_ name: String, sizeBytes: Int) throws -> (any ContentStream)? {
        try state.withLock { state in
            guard state.reads.count < state.readCountMax else { throw Self.outOfReach }
            guard let bytes = state.objects[name] else { return nil }
            guard bytes.count == sizeBytes else { throw MartletError(.storage, "'\(name)' has another size") }
            state.reads.append(name)
            return MemoryStream(bytes)
        }
    }

    private static var outOfReach: MartletError { MartletError(.unavailable, "the memory cannot be reached") }
}

/// Bytes in pieces.
private final class MemoryStream: ContentStream {
    private static let pieceBytes = 100_000

    private let rest: Mutex<ArraySlice<UInt8>>

    init(_ bytes: [UInt8]) { rest = Mutex(bytes[...]) }

    func next() -> [UInt8]? {
        rest.withLock { rest in
            let piece = rest.prefix(Self.pieceBytes)
            rest = rest.dropFirst(piece.count)
            return piece.isEmpty ? nil : Array(piece)
        }
    }
}
