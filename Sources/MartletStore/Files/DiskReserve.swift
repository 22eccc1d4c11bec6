import Glibc
import MartletCore

/// The bytes of a file system that uploads leave free, so that the records beside them can still be written.
package struct DiskReserve: Sendable {
    /// At most a fiftieth of the file system is left free, however small that is.
    private static let shareMax = 50

    /// What is left free, in bytes.
    package let sizeBytes: Int

    /// Names a reserve.
    package init(sizeBytes: Int) { self.sizeBytes = sizeBytes }

    /// A gibibyte.
    package static let standard = DiskReserve(sizeBytes: 1 << 30)

    /// - Parameter folder: one of the file system.
    /// - Throws: `full` where no more than the reserve is free, `storage`.
    package func check(_ folder: String) throws {
        var status = statvfs()
        guard statvfs(folder, &status) == 0 else { throw MartletError.io("look at the file system of", folder, errno: errno) }
        let free = Self.bytes(status.f_bavail, status.f_frsize)
        let least = min(sizeBytes, Self.bytes(status.f_blocks, status.f_frsize) / Self.shareMax)
        guard free > least else {
            throw MartletError(
                .full,
                "the disk of '\(folder)' has \(free >> 20) MiB left, and \(least >> 20) MiB are kept free for records; delete artifacts "
                    + "and run 'martlet gc', or give the home a larger disk")
        }
    }

    private static func bytes(_ blocks: UInt, _ size: UInt) -> Int {
        let (bytes, overflows) = blocks.multipliedReportingOverflow(by: size)
        return overflows ? .max : Int(clamping: bytes)
    }
}
