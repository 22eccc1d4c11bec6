import Foundation
import Glibc
import MartletCore
import Synchronization

/// A PostgreSQL server of this process' own: on a socket in a temporary folder, without a port, and not durable.
///
/// It is started when it is first needed and ends with the process, also where that is killed: it watches the other end of a socket.
package final class PostgreSQLServer: Sendable {
    /// Debian's programs of the version that is tested.
    package static let programs = "/usr/lib/postgresql/15/bin"
    /// How many databases tests may have at a time; the others wait.
    static let databaseCountMax = 12
    /// How many connections of a test's database read.
    package static let readerCount = 2

    /// Started once, whoever asks first.
    private static let started = Task { try await PostgreSQLServer() }

    private let folder: String
    private let turns = Turns(databaseCountMax)
    private let names = Mutex<Set<String>>([])

    /// The server. - Throws: `unavailable` where PostgreSQL is not installed, `engine` where it does not start.
    package static func shared() async throws -> PostgreSQLServer { try await started.value }

    private init() async throws {
        guard FileManager.default.isExecutableFile(atPath: "\(Self.programs)/postgres") else {
            throw MartletError(.unavailable, "PostgreSQL 15 is not installed: run 'scripts/setup --tests'")
        }
        let folder = try TemporaryFolder()
        self.folder = folder.path
        try Self.start(in: folder.path)
        let log = folder.path + "/errors"
        try await waitUntil("PostgreSQL listens in '\(folder.path)'") {
            let said = String(decoding: FileManager.default.contents(atPath: log) ?? Data(), as: UTF8.self)
            if said.contains("martlet: over") { throw MartletError(.engine, "PostgreSQL did not start: \(said.suffix(2000))") }
            return said.contains("martlet: ready")
        }
    }

    /// The URL of a database. - Parameter user: without one it is the one who may do all, who needs no password.
    package func url(_ database: String, user: String = "martlet") -> String {
        "postgresql://\(user)@/\(database)?host=\(folder)/socket"
    }

    /// Makes a database, once. - Returns: its URL.
    func makeDatabase(_ name: String) async throws -> String {
        if !names.withLock({ $0.contains(name) }) {
            await turns.begin()
            try await run("createdb", ["--template=template0", name])
            _ = names.withLock { $0.insert(name) }
        }
        return url(name)
    }

    /// Runs a body with the URL of an empty database, and removes that. - Parameter name: which no other test gives.
    package func withDatabase<Result>(named name: String, _ body: (String) async throws -> Result) async throws -> Result {
        let url = try await makeDatabase(name)
        do {
            let result = try await body(url)
            try await removeDatabase(name)
            return result
        } catch {
            // The failure that came first says more.
            try? await removeDatabase(name)
            throw error
        }
    }

    func removeDatabase(_ name: String) async throws {
        guard names.withLock({ $0.remove(name) }) != nil else { return }
        defer { turns.end() }
        try await run("dropdb", ["--force", name])
    }

    private func run(_ program: String, _ arguments: [String]) async throws {
        let result = try await Command("\(Self.programs)/\(program)", ["--host=\(folder)/socket", "--username=martlet"] + arguments).run()
        guard result.status == 0 else { throw MartletError(.engine, "\(program) ended with \(result.status): \(result.errors)") }
    }

    private static func start(in folder: String) throws {
        var ends: [Int32] = [-1, -1]
        // Other processes that tests start must not get the end that stays open as long as this process lives.
        guard socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0, &ends) == 0 else {
            throw MartletError.io("open", "a pair of sockets", errno: errno)
        }
        defer { close(ends[0]) }
        _ = try Spawn(
            .script(script, [folder, programs]), input: ends[0], output: "\(folder)/output", errors: "\(folder)/errors"
        ).start()
    }

    /// Root may not run the server, so another user does. `synchronous_standby_names` lets a test hold a commit up.
    private static let script = #"""
        cd "$1" || exit 1
        trap 'echo "martlet: over" >&2; rm -rf "$1"' EXIT
        as=(setpriv --pdeathsig QUIT)
        if ((EUID == 0)); then
            user=postgres
            getent passwd postgres >/dev/null || user=nobody
            as+=(--reuid "$user" --regid "$(id -g "$user")" --clear-groups)
            install -d -o "$user" data socket
        else
            mkdir data socket
        fi
        chmod 755 .
        "${as[@]}" "$2/initdb" -D data --username=martlet --auth=trust --encoding=UTF8 --locale=C.UTF-8 --no-sync >&2 </dev/null || exit 1
        echo 'local all guest scram-sha-256' | cat - data/pg_hba.conf >pg_hba.conf
        chmod 644 pg_hba.conf
        "${as[@]}" "$2/postgres" -D data -c hba_file="$1/pg_hba.conf" -k "$1/socket" -c listen_addresses= -c max_connections=200 \
            -c shared_buffers=32MB -c fsync=off -c full_page_writes=off -c synchronous_standby_names=none \
            -c synchronous_commit=local >&2 </dev/null &
        server=$!
        until "$2/pg_isready" --quiet --host="$1/socket"; do kill -0 "$server" 2>/dev/null || exit 1; sleep 0.05; done
        echo "martlet: ready" >&2
        read -r _
        kill -QUIT "$server"
        wait "$server"
        """#
}
