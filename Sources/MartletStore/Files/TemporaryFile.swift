package import Glibc
import MartletCore

/// A new file under a private name, which becomes visible under its own name at once and whole, or never.
///
/// Removed with this value unless it was moved into place.
package final class TemporaryFile {
    /// Where it is until it is moved.
    package let path: String

    /// Reserves a name in a folder that lies in the file system of the later destination; makes no file yet.
    package init(in folder: String) {
        let number = String(UInt64.random(in: .min ... .max), radix: 16)
        path = "\(folder)/\(getpid())-\(number)"
    }

    /// Removes the file where it was not moved. A failure is left to `Home.prepare()`, which removes stale files.
    deinit { unlink(path) }

    /// Creates the file with these bytes and makes them durable.
    package func write(_ bytes: UnsafeRawBufferPointer, mode: mode_t = 0o600) throws {
        let file = try OpenFile(path, O_WRONLY | O_CREAT | O_EXCL, mode: mode)
        try file.write(bytes, at: 0)
        try file.synchronize()
    }

    /// Takes the place of whatever is at the destination, and makes the name durable.
    package func move(to destination: String) throws {
        guard rename(path, destination) == 0 else { throw MartletError.io("rename to", destination, errno: errno) }
        try Directory.synchronize(Directory.parent(of: destination))
    }
}
