import Glibc
import MartletCore
import MartletStore

/// A shell that runs a command, outlives it, and sees to it that nothing of it outlives this program.
///
/// It inherits the command's orphans, also daemons, so that they can be found. It writes the command's exit status to a file of its own
/// accord, so that it is known even if this program ends in the same moment. A second process of it waits for that end: once the pipe
/// breaks that only this program writes to, it kills all that is there.
final class CommandGuard {
    /// What the guard tells.
    enum Word: Equatable {
        /// The number of its second process.
        case watcher(Int32)
        /// The command ended with a status, as a shell has it: 128 and the signal where one ended it.
        case ended(Int32)
        /// The guard itself is no more.
        case gone
    }

    /// Descriptors: 3 breaks when this program ends, 4 tells it of the command, neither is the command's. What is set before the command
    /// begins has names that no command's own variables have: the shell would overwrite them.
    private static let script = """
        _martlet_exit=$1 _martlet_group=$2
        shift 2
        exec 5>&2 2>/dev/null
        trap : HUP INT QUIT TERM USR1 USR2 ALRM PIPE
        (
            trap '' HUP INT QUIT TERM USR1 USR2 ALRM PIPE
            exec 4>&- 5>&- >/dev/null
            read -r line <&3
            # The guard is stopped first: it must not take the end that is made here for one of the command's own.
            kill -STOP $$
            read -r me line </proc/self/stat
            while :; do
                found=
                # Those whose parent is killed become children of the guard in turn.
                read -r children </proc/$$/task/$$/children
                for child in $children; do
                    [ "$child" = "$me" ] && continue
                    read -r line </proc/$child/stat || continue
                    case $line in *') Z '*) continue ;; esac
                    kill -KILL "$child" && found=1
                done
                [ -z "$found" ] && break
                sleep 0.01
            done
            kill -KILL 0
        ) &
        echo "watcher $!" >&4
        (
            [ -z "$_martlet_group" ] || echo 0 >"$_martlet_group/cgroup.procs"
            # Where memory runs out, the command goes before what watches it.
            echo 500 >/proc/self/oom_score_adj
            exec 2>&5 3<&- 4>&- 5>&-
            exec "$@"
        )
        status=$?
        echo "$status" >"$_martlet_exit"
        echo "ended $status" >&4
        read -r line <&3
        """

    let pid: Int32
    /// What the command says on both its streams; it does not block.
    let output: OwnedDescriptor
    /// What the guard says; it does not block.
    let words: OwnedDescriptor
    /// What the guard's second process reads; it breaks with this program.
    var lifeline: OwnedDescriptor?
    private var unread: [UInt8] = []
    private var hasEnded = false

    /// Starts a command. - Throws: `storage`, `notFound` for a folder or a shell that is not there.
    init(_ command: StepCommand, environment: [String: String], group: String?) throws {
        let (said, told, life) = (try OwnedDescriptor.pipe(), try OwnedDescriptor.pipe(), try OwnedDescriptor.pipe())
        let nothing = try OwnedDescriptor.opening("/dev/null", O_RDONLY)
        pid = try SessionSpawn(
            program: "/bin/sh", arguments: ["-c", Self.script, "sh", command.files.exit, group ?? ""] + command.words,
            environment: environment, folder: command.folder,
            descriptors: [nothing, said.writing, said.writing, life.reading, told.writing],
            limits: command.limits.kernelLimits
        ).start()
        (output, words, lifeline) = (said.reading, told.reading, life.writing)
        output.stopBlocking()
        words.stopBlocking()
    }

    deinit { if !hasEnded { _ = end() } }

    /// What the guard told since the last call.
    func heard() -> [Word] {
        var (piece, isOver) = ([UInt8](repeating: 0, count: 256), false)
        while true {
            let count = piece.withUnsafeMutableBytes { read(words.number, $0.baseAddress, $0.count) }
            if count > 0 { unread += piece[..<count] }
            isOver = count == 0
            if count <= 0, count == 0 || errno != EINTR { break }
        }
        var heard: [Word] = []
        while let end = unread.firstIndex(of: UInt8(ascii: "\n")) {
            heard += Self.word(unread[..<end]).map { [$0] } ?? []
            unread.removeFirst(end + 1)
        }
        return isOver ? heard + [.gone] : heard
    }

    private static func word(_ line: ArraySlice<UInt8>) -> Word? {
        let parts = String(decoding: line, as: UTF8.self).split(separator: " ")
        guard parts.count == 2, let number = Int32(parts[1]) else { return nil }
        return parts[0] == "watcher" ? .watcher(number) : .ended(number)
    }

    /// Ends the guard and what is left in its group; called once. - Returns: what it and all that it or they waited for used.
    func end() -> rusage {
        hasEnded = true
        kill(-pid, SIGKILL)
        var (status, usage): (Int32, _) = (0, rusage())
        while wait4(pid, &status, 0, &usage) == -1, errno == EINTR {}
        // Where this is the first process of a container, the rest of the group is its children by now.
        var other: Int32 = 0
        while waitpid(-pid, &other, WNOHANG) > 0 {}
        return usage
    }
}
