import CSpawn
import Foundation
import Glibc
import MartletCore

/// One call of `posix_spawn`: a group of its own, signals as a shell would have them, standard streams as files.
struct Spawn {
    private let command: Command
    private let output: String
    private let errors: String
    private let input: Int32?

    /// - Parameter input: a file that is open; nothing where it is `nil`.
    init(_ command: Command, input: Int32? = nil, output: String, errors: String) {
        self.command = command
        self.input = input
        self.output = output
        self.errors = errors
    }

    /// Starts the process.
    func start() throws -> Int32 {
        var actions = posix_spawn_file_actions_t()
        var attributes = posix_spawnattr_t()
        posix_spawn_file_actions_init(&actions)
        posix_spawnattr_init(&attributes)
        defer {
            posix_spawn_file_actions_destroy(&actions)
            posix_spawnattr_destroy(&attributes)
        }
        setFiles(&actions)
        setAttributes(&attributes)
        var pid: Int32 = 0
        let words = ([command.program] + command.arguments).map { strdup($0) } + [nil]
        let variables = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { (words + variables).forEach { free($0) } }
        let code = posix_spawn(&pid, command.program, &actions, &attributes, words, variables)
        guard code == 0 else { throw MartletError.io("start", command.program, errno: code) }
        return pid
    }

    private func setFiles(_ actions: inout posix_spawn_file_actions_t) {
        if let input {
            posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO)
        } else {
            posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
        }
        posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, output, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, errors, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        // A pipe of others that a server inherited would not end before the server does.
        _ = martlet_spawn_close_from(&actions, STDERR_FILENO + 1)
    }

    private func setAttributes(_ attributes: inout posix_spawnattr_t) {
        var none = sigset_t()
        var usual = sigset_t()
        sigemptyset(&none)
        sigemptyset(&usual)
        for signal in [SIGPIPE, SIGTERM, SIGINT, SIGHUP, SIGXFSZ, SIGCHLD] { sigaddset(&usual, signal) }
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &usual)
        posix_spawnattr_setpgroup(&attributes, 0)
        posix_spawnattr_setflags(
            &attributes, Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF)
        )
    }

    private var environment: [String: String] {
        ProcessInfo.processInfo.environment.merging(command.environment) { $1 }.filter { !$0.value.isEmpty }
    }
}
