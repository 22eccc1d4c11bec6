package import Glibc
import MartletCore

/// An open file, closed with this value. Calls that a signal interrupts are made again.
package struct OpenFile: ~Copyable, Sendable {
    /// The operating system's descriptor, owned by this value.
    package let descriptor: Int32
    /// The path it was opened by, for messages.
    package let path: String

    /// Opens a file; the descriptor is not inherited by child processes.
    /// - Throws: `MartletError` with code `notFound` or `storage`.
    package init(_ path: String, _ flags: Int32, mode: mode_t = 0o600) throws {
        let descriptor = retrying { open(path, flags | O_CLOEXEC, mode) }
        guard descriptor >= 0 else { throw MartletError.io("open", path, errno: errno) }
        self.descriptor = descriptor
        self.path = path
    }

    deinit { close(descriptor) }

    /// The file's length in bytes.
    package func sizeBytes() throws -> Int {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw MartletError.io("look at", path, errno: errno) }
        return Int(status.st_size)
    }

    /// Writes all bytes at an offset; on an error some of them may have been written.
    package func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws {
        var done = 0
        while done < bytes.count {
            let rest = UnsafeRawBufferPointer(rebasing: bytes[done...])
            let count = retrying { pwrite(descriptor, rest.baseAddress, rest.count, off_t(offset + done)) }
            guard count > 0 else { throw MartletError.io("write", path, errno: count == 0 ? ENOSPC : errno) }
            done += count
        }
    }

    /// Reads up to `countMax` bytes at an offset; fewer only at the end of the file.
    package func read(at offset: Int, countMax: Int) throws -> [UInt8] {
        try [UInt8](unsafeUninitializedCapacity: countMax) { buffer, count in
            while count < countMax {
                let rest = UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(buffer)[count...])
                let read = retrying { pread(descriptor, rest.baseAddress, rest.count, off_t(offset + count)) }
                guard read >= 0 else { throw MartletError.io("read", path, errno: errno) }
                if read == 0 { break }
                count += read
            }
        }
    }

    /// Cuts the file, or extends it with zeros, to a length.
    package func truncate(to sizeBytes: Int) throws {
        guard retrying({ ftruncate(descriptor, off_t(sizeBytes)) }) == 0 else {
            throw MartletError.io("truncate", path, errno: errno)
        }
    }

    /// Makes the content durable against loss of power.
    package func synchronize() throws {
        guard retrying({ fdatasync(descriptor) }) == 0 else { throw MartletError.io("sync", path, errno: errno) }
    }
}

/// Calls again while a signal interrupts.
func retrying<Count: SignedInteger>(_ call: () -> Count) -> Count {
    while true {
        let result = call()
        if result != -1 || errno != EINTR { return result }
    }
}
