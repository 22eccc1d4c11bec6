import MartletCore
package import MartletStore
import NIOCore

/// A range of a file as the body of an answer, read as the client takes it. The file is closed with the last who holds this.
package final class ResponseFile: Sendable {
    /// How much is read at a time, in bytes.
    static let pieceSizeBytes = 256 << 10

    private let held: HeldFile
    /// Which of its bytes.
    package let range: Range<Int>

    /// Takes a file over. - Parameter range: of its bytes; must lie within the file.
    package convenience init(_ file: consuming OpenFile, _ range: Range<Int>) { self.init(HeldFile(file), range) }

    /// Holds a file as others may. - Parameter range: of its bytes; must lie within the file.
    package init(_ held: HeldFile, _ range: Range<Int>) {
        self.held = held
        self.range = range
    }

    /// The bytes from an offset of the file on, as many as are sent at a time; blocks on the disk.
    /// - Throws: `corrupt` where the file is shorter than it was.
    func piece(at offset: Int) throws -> ByteBuffer {
        let bytes = try held.file.read(at: offset, countMax: min(Self.pieceSizeBytes, range.upperBound - offset))
        guard !bytes.isEmpty else { throw MartletError(.corrupt, "'\(held.file.path)' ends at byte \(offset), before \(range.upperBound)") }
        return ByteBuffer(bytes: bytes)
    }
}
