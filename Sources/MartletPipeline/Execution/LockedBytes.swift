import Glibc
import MartletCore
import Synchronization

/// Locks on single bytes of a file that is opened once, at the first of them.
final class LockedBytes: Sendable {
    private struct State {
        var descriptor: Int32?
        /// The kernel excludes others only: to who has the file open it gives the same byte again.
        var held: Set<Int> = []
    }

    /// `F_OFD_GETLK` and `F_OFD_SETLK` of Linux, on all its processors; Glibc's module does not have them.
    private static let (getLock, setLock): (Int32, Int32) = (36, 37)

    private let path: String
    private let state = Mutex(State())

    init(path: String) { self.path = path }

    deinit {
        // Who holds a byte holds this, so none is held any more.
        state.withLock { state in _ = state.descriptor.map { close($0) } }
    }

    /// Takes a byte. - Returns: `false` where it is held, here or elsewhere. - Throws: `storage`.
    func take(_ place: Int) throws -> Bool {
        try state.withLock { state in
            guard !state.held.contains(place) else { return false }
            let descriptor = try state.descriptor ?? open()
            state.descriptor = descriptor
            while !Self.set(F_WRLCK, at: place, of: descriptor) {
                let reason = errno
                if reason == EINTR { continue }
                guard reason == EAGAIN || reason == EACCES else { throw MartletError.io("lock", path, errno: reason) }
                return false
            }
            state.held.insert(place)
            return true
        }
    }

    /// Whether a byte is held, here or elsewhere. - Throws: `storage`.
    func isHeld(_ place: Int) throws -> Bool {
        try state.withLock { state in
            guard !state.held.contains(place) else { return true }
            let descriptor = try state.descriptor ?? open()
            state.descriptor = descriptor
            var range = Self.range(F_WRLCK, at: place)
            guard fcntl(descriptor, Self.getLock, &range) == 0 else { throw MartletError.io("ask for the lock", path, errno: errno) }
            return range.l_type != Int16(F_UNLCK)
        }
    }

    /// Lets a byte go that is held.
    func release(_ place: Int) {
        state.withLock { state in
            // Closing alone would leave it to a process that is just being started and still has the file.
            if let descriptor = state.descriptor { _ = Self.set(F_UNLCK, at: place, of: descriptor) }
            state.held.remove(place)
        }
    }

    private func open() throws -> Int32 {
        let descriptor = Glibc.open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw MartletError.io("open the lock", path, errno: errno) }
        return descriptor
    }

    private static func range(_ type: Int32, at place: Int) -> flock {
        flock(l_type: Int16(type), l_whence: Int16(SEEK_SET), l_start: place, l_len: 1, l_pid: 0)
    }

    private static func set(_ type: Int32, at place: Int, of descriptor: Int32) -> Bool {
        var range = Self.range(type, at: place)
        return fcntl(descriptor, setLock, &range) == 0
    }
}
