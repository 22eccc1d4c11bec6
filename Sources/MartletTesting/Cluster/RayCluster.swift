import Foundation
import Glibc
package import MartletCore
import Synchronization
package import Testing

extension Trait where Self == ConditionTrait {
    /// For what needs real engines of other people's, which take their time: `make test-cluster` runs it.
    package static var cluster: Self {
        .enabled(if: ProcessInfo.processInfo.environment["MARTLET_TEST_CLUSTER"] == "1", "only 'make test-cluster' runs the real engines")
    }
}

/// A real Ray of two nodes on this machine, for a test: `scripts/ray-cluster`, which leaves nothing behind.
package final class RayCluster: Sendable {
    /// The port of Ray's Jobs API on 127.0.0.1.
    package let port: Int
    /// What lets in.
    package let token: String
    /// The second node as Ray names it; that of the first start.
    package let secondNodeID: String
    private let process: RunningProcess
    /// The end that the script reads commands from; it stops once this is closed.
    private let commands: Int32
    /// How many events of a kind were waited for.
    private let seen = Mutex<[String: Int]>([:])

    /// Runs a body beside a cluster, and waits until all of it is gone.
    ///
    /// - Parameters:
    ///   - cores: those of the head node and of the second one.
    ///   - environment: added to that of both nodes.
    package static func with<Result>(
        cores: (head: Int, second: Int) = (1, 1), environment: [String: String] = [:], _ body: (RayCluster) async throws -> Result
    ) async throws -> Result {
        let cluster = try await RayCluster(cores: cores, environment: environment)
        do {
            let result = try await body(cluster)
            try await cluster.stop()
            return result
        } catch {
            // The failure that came first says more.
            try? await cluster.stop()
            throw error
        }
    }

    private init(cores: (head: Int, second: Int), environment: [String: String]) async throws {
        let python = try PythonEnvironment.ray.path()
        let folder = URL(filePath: python).deletingLastPathComponent()
        let script = folder.appending(path: "../../../scripts/ray-cluster").standardizedFileURL.path
        var ends: [Int32] = [-1, -1]
        guard socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0, &ends) == 0 else {
            throw MartletError.io("open", "a pair of sockets", errno: errno)
        }
        defer { close(ends[0]) }
        commands = ends[1]
        process = try RunningProcess(
            Command(
                python, [script, "--ray", folder.appending(path: "ray").path, "--cores", "\(cores.head)", "\(cores.second)"],
                environment: environment),
            input: ends[0])
        let ready = try await Self.event("ready", of: process)
        guard let port = ready["port"]?.int, let token = ready["token"]?.string, let second = ready["second"]?.string else {
            throw MartletError(.engine, "ray-cluster is ready and names no port, no token or no second node: \(ready)")
        }
        (self.port, self.token, secondNodeID) = (Int(port), token, second)
    }

    /// Kills the second node with all that runs there, and waits until Ray has seen it.
    package func loseSecondNode() async throws {
        try tell("kill")
        try await next("lost")
    }

    /// Brings a second node back; once for each that was lost.
    package func startSecondNode() async throws {
        try tell("start")
        try await next("joined")
    }

    /// Asks Ray's API.
    package func send(_ method: String, _ path: String, _ body: JSONValue?, headers: [String: String]) throws -> ServerAnswer {
        let connection = try ServerConnection(port: port)
        defer { connection.close() }
        return try connection.send(method, path, body, headers: headers)
    }

    private func stop() async throws {
        close(commands)
        _ = try await process.end(atMost: .seconds(60))
    }

    private func tell(_ word: String) throws {
        let line = Array("\(word)\n".utf8)
        guard Glibc.send(commands, line, line.count, Int32(MSG_NOSIGNAL)) == line.count else {
            throw MartletError(.engine, "ray-cluster no longer listens; it said: \(process.errors.suffix(2_000))")
        }
    }

    /// The event of a kind that comes after those which were waited for already.
    private static func event(_ name: String, of process: RunningProcess, after count: Int = 0) async throws -> JSONValue {
        var event: JSONValue?
        try await waitUntil("ray-cluster says '\(name)'", atMost: .seconds(180)) {
            let isOver = process.exitStatus != nil  // asked first: what it said last is read afterwards
            let lines = process.output.split(separator: "\n").filter { $0.hasPrefix("{\"event\": \"\(name)\"") && $0.hasSuffix("}") }
            if lines.count > count { event = try JSONValue(parsing: String(lines[count]), as: "what ray-cluster says") }
            if event == nil, isOver { throw MartletError(.engine, "ray-cluster ended: \(process.errors.suffix(2_000))") }
            return event != nil
        }
        return event ?? .null
    }

    private func next(_ name: String) async throws {
        let count = seen.withLock { $0[name, default: 0] }
        _ = try await Self.event(name, of: process, after: count)
        seen.withLock { $0[name] = count + 1 }
    }
}
