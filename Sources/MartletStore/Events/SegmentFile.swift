import Glibc

/// The operations on the file of a segment. One writer calls them in turn, from any thread.
package protocol SegmentFile: AnyObject, Sendable {
    /// The length in bytes.
    func sizeBytes() throws -> Int
    /// Up to `countMax` bytes from an offset on; fewer only at the end.
    func read(at offset: Int, countMax: Int) throws -> [UInt8]
    /// Writes all bytes at an offset; where it throws, some of them may have been written.
    func write(_ bytes: [UInt8], at offset: Int) throws
    /// Cuts the file to a length.
    func truncate(to sizeBytes: Int) throws
    /// Makes the content durable.
    func synchronize() throws
}

/// A segment's file in the file system.
package final class StoredSegmentFile: SegmentFile {
    private let file: OpenFile

    /// Opens the file for reading and writing, and makes it where missing.
    package init(path: String) throws { file = try OpenFile(path, O_RDWR | O_CREAT) }

    /// Opens a file that is there, for reading only.
    /// - Throws: `notFound`, `storage`.
    package init(reading path: String) throws { file = try OpenFile(path, O_RDONLY) }

    /// The length in bytes.
    package func sizeBytes() throws -> Int { try file.sizeBytes() }

    /// Up to `countMax` bytes from an offset on; fewer only at the end.
    package func read(at offset: Int, countMax: Int) throws -> [UInt8] {
        try file.read(at: offset, countMax: countMax)
    }

    /// Writes all bytes at an offset, in one system call unless the system cuts it short.
    package func write(_ bytes: [UInt8], at offset: Int) throws {
        try bytes.withUnsafeBytes { try file.write($0, at: offset) }
    }

    /// Cuts the file to a length.
    package func truncate(to sizeBytes: Int) throws { try file.truncate(to: sizeBytes) }

    /// Makes the content durable (`fdatasync`).
    package func synchronize() throws { try file.synchronize() }
}
