import Foundation
import Glibc
import MartletTesting
import Testing

@testable import MartletCore

@Suite struct GuardedCommandTests {
    /// A program under its guard.
    private final class Running {
        let guardian: Int32
        private let (output, words): (OwnedDescriptor, OwnedDescriptor)
        private var lifeline: OwnedDescriptor?

        init(_ command: GuardedCommand, by host: GuardHost = .shared) throws {
            let (said, told, life) = (try OwnedDescriptor.pipe(), try OwnedDescriptor.pipe(), try OwnedDescriptor.pipe())
            let nothing = try OwnedDescriptor.opening("/dev/null", O_RDONLY)
            guardian = try command.start(
                GuardedCommand.Descriptors(input: nothing, output: said.writing, lifeline: life.reading, words: told.writing), by: host)
            (output, words, lifeline) = (said.reading, told.reading, life.writing)
        }

        deinit {
            lifeline = nil
            while waitpid(guardian, nil, 0) == -1, errno == EINTR {}
        }

        /// What the guard tells first.
        func told() -> String { Self.piece(words) }

        func said() -> String { Self.piece(output) }

        /// Breaks the lifeline.
        func abandon() { lifeline = nil }

        private static func piece(_ descriptor: OwnedDescriptor) -> String {
            var bytes = [UInt8](repeating: 0, count: 4_096)
            let count = bytes.withUnsafeMutableBytes { read(descriptor.number, $0.baseAddress, $0.count) }
            return String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
        }
    }

    private static func command(_ script: String, folder: String, limits: [GuardedCommand.Limit] = []) -> GuardedCommand {
        GuardedCommand(
            paths: ["/bin/sh"], words: ["sh", "-c", script], environment: ["NAME": "swift"], folder: folder, exitFile: "/dev/null",
            limits: limits)
    }

    /// Runs a script to its end. - Returns: what it wrote, and its exit status.
    private func run(_ script: String, folder: String = "/", limits: [GuardedCommand.Limit] = []) throws -> (said: String, status: Int32?) {
        let running = try Running(Self.command(script, folder: folder, limits: limits))
        let status = running.told().split(separator: " ").dropFirst().first.flatMap { Int32($0) }
        return (running.said(), status)
    }

    @Test func `it begins in its folder, with its environment and in a session of its own`() throws {
        let (said, status) = try run(
            "pwd; echo $NAME >&2; read -r pid name state parent group session rest < /proc/$$/stat; [ $session = $$ ]", folder: "/usr")
        #expect(said == "/usr\nswift\n")
        #expect(status == 0)
    }

    @Test func `it has no descriptors but those that it is given, and the usual signals`() throws {
        let other = try OwnedDescriptor.pipe()
        // One that others would inherit.
        let leaking = dup(other.reading.number)
        defer { close(leaking) }
        // The one that the names are read by is closed by then.
        #expect(try run("for fd in /proc/$$/fd/*; do [ ! -e $fd ] || echo ${fd##*/}; done").said == "0\n1\n2\n")
        // Nobody can change two that the C library keeps for itself, 32 and 33.
        #expect(try run("grep -c 'SigIgn:.0000000[01][08]0000000' /proc/self/status").said == "1\n")
        #expect(try run("grep -c 'SigBlk:.0000000000000000' /proc/self/status").said == "1\n")
    }

    @Test func `its limits are the kernel's`() throws {
        let limits: [GuardedCommand.Limit] = [.cpuSeconds(7), .fileSizeBytes(512 * 3), .openFileCount(20)]
        #expect(try run("ulimit -t; ulimit -f; ulimit -n", limits: limits).said == "7\n3\n20\n")
    }

    @Test func `its guard becomes the parent of those whose parent ends`() throws {
        let orphan = "until read -r pid name state parent rest < /proc/self/stat; [ $parent = $1 ]; do :; done; echo $parent > $2"
        let script = "(sh -c '\(orphan)' sh $PPID orphan &); until [ -s orphan ]; do :; done; [ $(cat orphan) = $PPID ]"
        let status = try withTemporaryFolder { try run(script, folder: $0).status }
        #expect(status == 0)
    }

    @Test func `its guard puts its status down, and kills what it left once nobody listens`() throws {
        try withTemporaryFolder { folder in
            var command = Self.command("setsid sleep 600 & echo $!; exit 7", folder: folder)
            command.exitFile = "\(folder)/exit"
            try "an earlier one".write(toFile: command.exitFile, atomically: false, encoding: .utf8)
            let running = try Running(command)
            #expect(running.told().hasPrefix("ended 7 "))
            #expect(try String(contentsOfFile: "\(folder)/exit", encoding: .utf8) == "7\n")
            let left = try #require(Int32(running.said().dropLast()))
            #expect(kill(left, 0) == 0)
            running.abandon()
            while waitpid(running.guardian, nil, 0) == -1, errno == EINTR {}
            #expect(kill(left, 0) == -1)
        }
    }

    @Test func `the status of what ended before anybody was there to listen is put down all the same`() async throws {
        try await withTemporaryFolder { folder in
            var command = Self.command("echo $$; read -r line < go; exit 5", folder: folder)
            command.exitFile = "\(folder)/exit"
            mkfifo("\(folder)/go", 0o600)
            let running = try Running(command)
            let pid = running.said().dropLast()
            // The guard comes to look only when all has happened.
            let go = try OwnedDescriptor.opening("\(folder)/go", O_WRONLY)
            kill(running.guardian, SIGSTOP)
            write(go.number, "\n", 1)
            try await waitUntil("the command has ended") {
                (try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8))?.contains(") Z ") ?? false
            }
            running.abandon()
            kill(running.guardian, SIGCONT)
            while waitpid(running.guardian, nil, 0) == -1, errno == EINTR {}
            #expect(try String(contentsOfFile: command.exitFile, encoding: .utf8) == "5\n")
        }
    }

    @Test func `the status of what its guard killed is not put down`() throws {
        try withTemporaryFolder { folder in
            var command = Self.command("echo begun; exec sleep 600", folder: folder)
            command.exitFile = "\(folder)/exit"
            let running = try Running(command)
            #expect(running.said() == "begun\n")
            running.abandon()
            #expect(running.told().isEmpty)
            #expect(!FileManager.default.fileExists(atPath: command.exitFile))
        }
    }

    @Test func `a folder that is not there is told of, and so is a program as by a shell`() throws {
        #expect(try Running(Self.command("true", folder: "/no-such-folder")).told() == "fault \(ENOENT)\n")
        var absent = Self.command("true", folder: "/")
        absent.paths = ["/no/such/program", "/no-such-program"]
        let running = try Running(absent)
        #expect(running.told().hasPrefix("ended 127 "))
        #expect(running.said() == "sh: not found\n")
        absent.paths = ["/etc/passwd"]
        #expect(try Running(absent).told().hasPrefix("ended 126 "))
    }

    @Test func `the next place is tried, and a script without an interpreter is the shell's`() throws {
        try withTemporaryFolder { folder in
            let script = "\(folder)/script"
            try "echo \"$0 $1\"".write(toFile: script, atomically: false, encoding: .utf8)
            chmod(script, 0o755)
            var command = Self.command("", folder: folder)
            (command.paths, command.words) = (["/no/such/program", script], ["script", "a b"])
            #expect(try Running(command).said() == "\(script) a b\n")
        }
    }

    @Test func `a text as long as the kernel takes arrives whole, and a longer one is refused by it`() throws {
        var command = Self.command("echo ${#LONG}", folder: "/")
        command.environment["LONG"] = String(repeating: "x", count: 131_000)
        #expect(try Running(command).said() == "131000\n")
        command.environment["LONG"] = String(repeating: "x", count: 132_000)
        let running = try Running(command)
        #expect(running.told().hasPrefix("ended 126 "))
        #expect(running.said().contains("long"))
    }

    @Test func `guards begin anew where somebody ended what begins them`() throws {
        let host = GuardHost()
        #expect(try Running(Self.command("exit 3", folder: "/"), by: host).told().hasPrefix("ended 3 "))
        let first = try #require(host.pid)
        kill(first, SIGKILL)
        var ended = siginfo_t()
        waitid(P_PID, id_t(first), &ended, WEXITED | WNOWAIT)
        #expect(try Running(Self.command("exit 4", folder: "/"), by: host).told().hasPrefix("ended 4 "))
        #expect(host.pid != first)
    }
}
