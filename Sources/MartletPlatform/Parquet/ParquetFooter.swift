import Glibc
import MartletCore
import MartletStore

/// The footer of a Parquet file: what is where in it.
struct ParquetFooter {
    /// `PAR1`, with which a file begins and ends.
    static let mark = Array("PAR1".utf8)
    /// The largest footer that is read.
    static let sizeBytesMax = 1 << 30
    /// After the footer come its size in four bytes and the mark.
    static let tailSizeBytes = 8

    /// The footer's bytes, as they stand.
    let bytes: [UInt8]
    /// Where the footer begins in the file.
    let offset: Int

    /// Reads a file's footer. - Throws: `invalidInput` where the file is no Parquet file, `notFound`, `storage`.
    init(ofFile path: String) throws {
        let file = try OpenFile(path, O_RDONLY)
        let sizeBytes = try file.sizeBytes()
        guard sizeBytes >= Self.mark.count + Self.tailSizeBytes else {
            throw MartletError(.invalidInput, "'\(path)': expected a Parquet file, found \(sizeBytes) bytes; write it anew")
        }
        let tail = try file.read(at: sizeBytes - Self.tailSizeBytes, countMax: Self.tailSizeBytes)
        guard tail.count == Self.tailSizeBytes, Array(tail.suffix(4)) == Self.mark else {
            throw MartletError(
                .invalidInput, "'\(path)': expected a Parquet file, whose last bytes are 'PAR1'; it is damaged or of another format")
        }
        let length = tail.prefix(4).reversed().reduce(0) { $0 << 8 | Int($1) }
        guard length <= min(sizeBytes - Self.mark.count - Self.tailSizeBytes, Self.sizeBytesMax) else {
            throw MartletError(
                .invalidInput, "'\(path)': its Parquet footer claims \(length) bytes, more than there are; the file is damaged")
        }
        offset = sizeBytes - Self.tailSizeBytes - length
        bytes = try file.read(at: offset, countMax: length)
        guard bytes.count == length else { throw MartletError(.storage, "'\(path)' became shorter while it was read") }
    }
}
