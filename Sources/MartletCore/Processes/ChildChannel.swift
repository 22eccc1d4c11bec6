import CSpawn
import Glibc

/// A socket to a child process, for one caller at a time.
package struct ChildChannel: Sendable {
    /// Why a channel gave no more.
    package enum Fault: Error, Equatable {
        /// The other side closed it, or ended.
        case closed
        case late
    }

    /// How long is waited at a time, in milliseconds, before the process itself is looked at.
    private static let sliceMilliseconds: Int32 = 500

    package let descriptor: OwnedDescriptor

    package init(_ descriptor: OwnedDescriptor) {
        self.descriptor = descriptor
        descriptor.stopBlocking()
    }

    /// Sends all bytes. - Throws: `Fault`.
    package func send(_ bytes: [UInt8], until deadline: ContinuousClock.Instant, isGone: () -> Bool) throws(Fault) {
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes {
                Glibc.send(descriptor.number, $0.baseAddress?.advanced(by: sent), $0.count - sent, Int32(MSG_NOSIGNAL))
            }
            if count > 0 {
                sent += count
            } else {
                try check(count)
                try wait(Int16(POLLOUT), until: deadline, isGone)
            }
        }
    }

    /// Receives so many bytes. - Throws: `Fault`.
    package func receive(_ size: Int, until deadline: ContinuousClock.Instant, isGone: () -> Bool) throws(Fault) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: size)
        var received = 0
        while received < size {
            let count = bytes.withUnsafeMutableBytes {
                recv(descriptor.number, $0.baseAddress?.advanced(by: received), $0.count - received, 0)
            }
            if count > 0 {
                received += count
            } else {
                try check(count)
                try wait(Int16(POLLIN), until: deadline, isGone)
            }
        }
        return bytes
    }

    private func check(_ count: Int) throws(Fault) {
        guard count < 0, [EAGAIN, EWOULDBLOCK, EINTR].contains(errno) else { throw .closed }
    }

    private func wait(_ event: Int16, until deadline: ContinuousClock.Instant, _ isGone: () -> Bool) throws(Fault) {
        while true {
            let left = Self.milliseconds(until: deadline)
            var events = pollfd(fd: descriptor.number, events: event, revents: 0)
            if poll(&events, 1, min(left, Self.sliceMilliseconds)) > 0 { return }
            guard left > 0 else { throw .late }
            // A child of its own may hold the socket open when the process has ended.
            guard !isGone() else { throw .closed }
        }
    }

    /// How long until a time, as `poll` wants it.
    package static func milliseconds(until deadline: ContinuousClock.Instant) -> Int32 {
        let seconds = ContinuousClock.now.duration(to: deadline) / .seconds(1)
        return Int32(min(max(0, (seconds * 1_000).rounded(.up)), 86_400_000))
    }
}

/// A file descriptor that is closed when nobody holds it; it is inherited by no other process, and none of the first ten.
package final class OwnedDescriptor: Sendable {
    private static let lowest: Int32 = 10

    package let number: Int32

    private init(_ number: Int32) { self.number = number }

    deinit { close(number) }

    /// Two ends of a stream socket, of which the first is for this process.
    package static func pair() throws -> (ours: OwnedDescriptor, theirs: OwnedDescriptor) {
        // Not a pipe: this call alone makes both so that no process that is started meanwhile inherits them.
        var numbers: [Int32] = [-1, -1]
        guard socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0, &numbers) == 0 else {
            throw MartletError.io("make", "a socket", errno: errno)
        }
        defer { numbers.forEach { _ = close($0) } }
        return (try moved(numbers[0]), try moved(numbers[1]))
    }

    /// A pipe. Unlike a socket it can be opened again by the process that writes to it, as `/dev/stderr`.
    package static func pipe() throws -> (reading: OwnedDescriptor, writing: OwnedDescriptor) {
        var numbers: [Int32] = [-1, -1]
        let code = martlet_spawn_pipe(&numbers)
        guard code == 0 else { throw MartletError.io("make", "a pipe", errno: code) }
        defer { numbers.forEach { _ = close($0) } }
        return (try moved(numbers[0]), try moved(numbers[1]))
    }

    /// A file or device that is opened. - Parameter flags: those of `open`.
    package static func opening(_ path: String, _ flags: Int32) throws -> OwnedDescriptor {
        let number = open(path, flags | O_CLOEXEC)
        guard number >= 0 else { throw MartletError.io("open", path, errno: errno) }
        defer { close(number) }
        return try moved(number)
    }

    /// Makes calls return at once where there is nothing to be done.
    package func stopBlocking() { _ = fcntl(number, F_SETFL, O_NONBLOCK) }

    /// Above the numbers that a child's own streams get.
    private static func moved(_ number: Int32) throws -> OwnedDescriptor {
        let copy = fcntl(number, F_DUPFD_CLOEXEC, lowest)
        guard copy >= 0 else { throw MartletError.io("make", "a descriptor", errno: errno) }
        return OwnedDescriptor(copy)
    }
}
