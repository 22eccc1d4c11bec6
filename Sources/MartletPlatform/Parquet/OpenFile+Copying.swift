import MartletCore
import MartletStore

extension OpenFile {
    private static let pieceSizeBytes = 4 << 20

    /// Writes a range of another file's bytes at an offset. - Throws: `storage`, also where the other file is shorter.
    func copy(from other: borrowing OpenFile, _ range: Range<Int>, to offset: Int) throws {
        var position = range.lowerBound
        while position < range.upperBound {
            let piece = try other.read(at: position, countMax: min(Self.pieceSizeBytes, range.upperBound - position))
            guard !piece.isEmpty else { throw MartletError(.storage, "'\(other.path)' became shorter while it was read") }
            try piece.withUnsafeBytes { try write($0, at: offset + position - range.lowerBound) }
            position += piece.count
        }
    }
}
