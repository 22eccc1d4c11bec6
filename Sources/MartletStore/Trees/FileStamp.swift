import Glibc
import MartletCore

/// What the operating system says of a file without reading it: equal stamps of a file that was left alone mean equal bytes.
struct FileStamp: Equatable, Sendable {
    /// How much older than the moment of its reading the last change of a file must be before its stamp is believed.
    ///
    /// A clock of files ticks in steps (10 ms on many systems, 2 s on FAT): a change within the step in which the file was read leaves
    /// the stamp as it was. Git calls such entries racy.
    static let marginNanoseconds: Int64 = 2_000_000_000

    var sizeBytes: Int64
    var modifiedNanoseconds: Int64
    var changedNanoseconds: Int64
    var inode: UInt64
    var device: UInt64

    init(_ status: stat) {
        sizeBytes = Int64(status.st_size)
        modifiedNanoseconds = Int64(status.st_mtim.tv_sec) &* 1_000_000_000 &+ Int64(status.st_mtim.tv_nsec)
        changedNanoseconds = Int64(status.st_ctim.tv_sec) &* 1_000_000_000 &+ Int64(status.st_ctim.tv_nsec)
        inode = UInt64(status.st_ino)
        device = UInt64(status.st_dev)
    }

    /// Whether a later change would show.
    ///
    /// The time of the change of the inode decides, which no program can set, so that a file with a date in the future is believed too.
    func isSettled(readAt nanoseconds: Int64) -> Bool { changedNanoseconds < nanoseconds - Self.marginNanoseconds }
}

extension FileStamp {
    /// Of what is at a path; `nil` where there is nothing.
    init?(at path: String) {
        var status = stat()
        guard lstat(path, &status) == 0 else { return nil }
        self.init(status)
    }

    /// Of an open file.
    init?(_ descriptor: Int32) {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { return nil }
        self.init(status)
    }

    /// Whether it is of the same file, which may have another mode, date and more names by now.
    func isSameFile(as other: FileStamp) -> Bool {
        inode == other.inode && device == other.device && sizeBytes == other.sizeBytes
    }

    /// Whether nobody wrote to the same file in between, as far as its date tells.
    func hasSameBytes(as other: FileStamp) -> Bool { isSameFile(as: other) && modifiedNanoseconds == other.modifiedNanoseconds }
}

extension Timestamp {
    /// Nanoseconds since 1970; stops at the ends of the range.
    var nanoseconds: Int64 {
        let (product, overflows) = microseconds.multipliedReportingOverflow(by: 1_000)
        return overflows ? (microseconds < 0 ? .min : .max) : product
    }
}
