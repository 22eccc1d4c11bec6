import CSpawn
import Foundation
import Glibc
import Synchronization

/// A process in a group of its own, which ends with this one however that ends: a guard in the group kills it when a socket to this
/// process closes, which the kernel sees to.
///
/// Its standard input is a socket to this process, its output and errors are another one.
package final class ChildProcess: Sendable {
    /// What to start.
    package struct Command: Sendable {
        /// The program's path, or its name, which is looked for in `PATH`.
        package var program: String
        package var arguments: [String]
        /// The working folder; `nil` for that of this process.
        package var folder: String?
        /// Added to what it inherits of this process' environment.
        package var environment: [String: String]
        /// Secrets that it inherits, see `InheritedVariables`.
        package var variables: Set<String>

        package init(
            program: String, arguments: [String], folder: String? = nil, environment: [String: String] = [:], variables: Set<String> = []
        ) {
            self.program = program
            self.arguments = arguments
            self.folder = folder
            self.environment = environment
            self.variables = variables
        }
    }

    /// How a process ended.
    package enum End: Sendable, Equatable, CustomStringConvertible {
        case exited(Int32)
        case killed(signal: Int32)

        package var description: String {
            switch self {
            case .exited(let status): "ended with status \(status)"
            case .killed(let signal): "was killed by signal \(signal)"
            }
        }
    }

    /// A reader of the third socket waits in the group; when it meets the end, the whole group is killed.
    private static let guardScript =
        "cd -- \"$1\" || exit 127; shift; (read -r _ <&3; kill -KILL 0) </dev/null >/dev/null 2>&1 & exec 3<&-; exec \"$@\""

    package let pid: Int32
    /// This side of the socket that is the process' standard input; it does not block.
    package let channel: ChildChannel
    private let output: OwnedDescriptor
    /// What the guard reads; `nil` once the process has ended.
    let lifeline: Mutex<OwnedDescriptor?>
    private let ended = Mutex<End?>(nil)

    /// Starts it. - Throws: `storage` where the system does not let it start.
    package init(_ command: Command) throws {
        let (input, said, life) = (try OwnedDescriptor.pair(), try OwnedDescriptor.pair(), try OwnedDescriptor.pair())
        var actions = posix_spawn_file_actions_t()
        var attributes = posix_spawnattr_t()
        posix_spawn_file_actions_init(&actions)
        posix_spawnattr_init(&attributes)
        defer {
            posix_spawn_file_actions_destroy(&actions)
            posix_spawnattr_destroy(&attributes)
        }
        // No descriptor of `OwnedDescriptor` is one of these.
        for (from, to) in [(input.theirs, 0), (said.theirs, 1), (said.theirs, 2), (life.theirs, 3)] {
            posix_spawn_file_actions_adddup2(&actions, from.number, Int32(to))
        }
        // A pipe of others that it inherited would not end before it does.
        _ = martlet_spawn_close_from(&actions, 4)
        Self.setAttributes(&attributes)
        pid = try Self.spawn(command, actions, attributes)
        channel = ChildChannel(input.ours)
        output = said.ours
        lifeline = Mutex(life.ours)
    }

    deinit { end() }

    private static func setAttributes(_ attributes: inout posix_spawnattr_t) {
        var (none, usual) = (sigset_t(), sigset_t())
        sigemptyset(&none)
        sigemptyset(&usual)
        for signal in [SIGPIPE, SIGTERM, SIGINT, SIGHUP, SIGCHLD, SIGXFSZ] { sigaddset(&usual, signal) }
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &usual)
        posix_spawnattr_setpgroup(&attributes, 0)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
    }

    private static func spawn(
        _ command: Command, _ actions: posix_spawn_file_actions_t, _ attributes: posix_spawnattr_t
    ) throws -> Int32 {
        let environment = InheritedVariables.passed(command.variables).merging(command.environment) { $1 }
        let words =
            (["sh", "-c", guardScript, "sh", command.folder ?? ".", command.program] + command.arguments).map { strdup($0) } + [nil]
        let variables = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { (words + variables).forEach { free($0) } }
        var (pid, actions, attributes): (Int32, _, _) = (0, actions, attributes)
        let code = posix_spawn(&pid, "/bin/sh", &actions, &attributes, words, variables)
        guard code == 0 else { throw MartletError.io("start", command.program, errno: code) }
        return pid
    }

    // MARK: Watching

    /// What a process did.
    package enum Event: Sendable, Equatable {
        /// Bytes came on its output or errors.
        case said([UInt8])
        /// Bytes are there on the channel, or its end.
        case message
        /// It did nothing in time.
        case late
        /// Neither it nor a child of it can say anything more.
        case silent
    }

    /// Waits for the next event. - Parameter watchesChannel: whether bytes on the channel are one.
    package func next(watchesChannel: Bool = false, until deadline: ContinuousClock.Instant? = nil) -> Event {
        var events = [pollfd(fd: output.number, events: Int16(POLLIN), revents: 0)]
        if watchesChannel { events.append(pollfd(fd: channel.descriptor.number, events: Int16(POLLIN), revents: 0)) }
        let count = poll(&events, nfds_t(events.count), deadline.map(ChildChannel.milliseconds) ?? -1)
        guard count > 0 else { return count == 0 ? .late : .said([]) }
        guard events[0].revents != 0 else { return .message }
        var bytes = [UInt8](repeating: 0, count: 4_096)
        let size = bytes.withUnsafeMutableBytes { read(output.number, $0.baseAddress, $0.count) }
        guard size > 0 || (size < 0 && errno == EINTR) else { return .silent }
        return .said(Array(bytes.prefix(max(0, size))))
    }

    /// Whether the process itself has ended, its children aside.
    package var hasEnded: Bool {
        ended.withLock { end in
            guard end == nil else { return true }
            var information = siginfo_t()
            return waitid(P_PID, id_t(pid), &information, WEXITED | WNOHANG | WNOWAIT) == 0 && information.si_signo == SIGCHLD
        }
    }

    /// Waits for its end, and kills it where that is late. - Returns: how it ended.
    package func wait(until deadline: ContinuousClock.Instant) -> End {
        while !hasEnded, ContinuousClock.now < deadline { usleep(Self.lookMicroseconds) }
        return end()
    }

    /// How long is waited before looking again whether a process that says nothing more has ended.
    private static let lookMicroseconds: UInt32 = 2_000

    /// Kills the whole group; it can still be asked how it ended.
    package func kill() {
        // Under the lock, so that a group whose number may be another's by now gets no signal.
        ended.withLock { if $0 == nil { _ = Glibc.kill(-pid, SIGKILL) } }
    }

    /// Kills what is left of the group and waits for the process' end. - Returns: how it ended, the same whenever asked.
    @discardableResult
    package func end() -> End {
        ended.withLock { end in
            if let end { return end }
            _ = Glibc.kill(-pid, SIGKILL)
            var word: Int32 = 0
            while waitpid(pid, &word, 0) == -1, errno == EINTR {}
            // Where this is the first process of a container, the rest of the group is its children by now.
            var other: Int32 = 0
            while waitpid(-pid, &other, WNOHANG) > 0 {}
            let result = word & 0x7f == 0 ? End.exited((word >> 8) & 0xff) : .killed(signal: word & 0x7f)
            end = result
            lifeline.withLock { $0 = nil }
            return result
        }
    }
}
