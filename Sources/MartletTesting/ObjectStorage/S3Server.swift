import Foundation
import Glibc
import MartletCore

/// A server of S3 for this process' tests: moto's, which checks every signature, on a port of 127.0.0.1 with everything in memory.
///
/// It is started when it is first needed and ends with the process, also where that is killed: it watches the other end of a socket.
package final class S3Server: Sendable {
    /// Started once, whoever asks first.
    private static let started = Task { try await S3Server() }

    /// Who asks, and what they may do.
    package enum User: String, Sendable {
        /// Everything.
        case writer
        /// Look and read.
        case reader
    }

    /// The port of 127.0.0.1.
    package let port: Int
    private let keys: [User: [String]]

    /// The server. - Throws: `unavailable` where moto is not installed, `engine` where it does not start.
    package static func shared() async throws -> S3Server { try await started.value }

    private init() async throws {
        let folder = try TemporaryFolder()
        let log = folder.path + "/errors"
        try Self.start(in: folder.path, log)
        var ready: JSONValue?
        try await waitUntil("moto listens") {
            let said = String(decoding: FileManager.default.contents(atPath: log) ?? Data(), as: UTF8.self)
            if said.contains("Traceback") { throw MartletError(.engine, "moto did not start: \(said.suffix(2000))") }
            guard let line = said.split(separator: "\n").first(where: { $0.hasPrefix("ready ") }), said.contains("\n") else { return false }
            ready = try JSONValue(parsing: String(line.dropFirst(6)), as: "what moto says")
            return true
        }
        let key = { (user: User) in ready?[user.rawValue]?.array?.compactMap(\.string) ?? [] }
        guard let port = ready?["port"]?.int, key(.writer).count == 2, key(.reader).count == 2 else {
            throw MartletError(.engine, "moto said neither port nor keys")
        }
        self.port = Int(port)
        keys = [.writer: key(.writer), .reader: key(.reader)]
    }

    private static func start(in folder: String, _ log: String) throws {
        var ends: [Int32] = [-1, -1]
        // Other processes that tests start must not get the end that stays open as long as this process lives.
        guard socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0, &ends) == 0 else {
            throw MartletError.io("open", "a pair of sockets", errno: errno)
        }
        defer { close(ends[0]) }
        let script = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "moto_server.py").path
        let command = Command(
            try PythonEnvironment.moto.path(), [script], environment: ["MOTO_PORT": "", "S3_UPLOAD_PART_MIN_SIZE": "65536"])
        _ = try Spawn(command, input: ends[0], output: "\(folder)/output", errors: log).start()
    }

    /// What a client of S3 finds in its environment.
    package func environment(_ user: User = .writer) -> [String: String] {
        let key = keys[user] ?? []
        return [
            "AWS_ENDPOINT_URL_S3": "http://127.0.0.1:\(port)", "AWS_ACCESS_KEY_ID": key.first ?? "",
            "AWS_SECRET_ACCESS_KEY": key.last ?? "",
            "AWS_REGION": "us-east-1", "AWS_PROFILE": "", "AWS_SESSION_TOKEN": "",
        ]
    }

    /// Lends an empty bucket.
    package func withBucket<Result>(_ body: (S3Bucket) async throws -> Result) async throws -> Result {
        let bucket = S3Bucket(name: "bucket-\(UUID().uuidString.lowercased())", server: self)
        try bucket.make()
        return try await body(bucket)
    }
}

/// A bucket of the tests' server.
package struct S3Bucket: Sendable {
    /// Its name.
    package let name: String
    /// Where it is.
    package let server: S3Server

    /// What lies in a bucket, and what came of requests.
    package struct State: Sendable {
        /// In order.
        package let keys: [String]
        /// Uploads in parts that have begun and not ended.
        package let uploadCount: Int
        /// Each as `METHOD?query-names`.
        package let requests: [String]
    }

    /// How requests fail that the server has been told to fail.
    package enum Fault: String, Sendable {
        /// 503, with S3's word for too many requests.
        case busy
        /// 500.
        case broken
        /// The connection ends before an answer.
        case hangUp = "hang up"
        /// The connection ends in the middle of an answer's body.
        case cut
        /// The connection stays open from the middle of an answer's body on, and nothing comes any more.
        case stall
        /// The server forgets all uploads in parts before it answers.
        case forget
    }

    /// Makes the bucket.
    package func make() throws { _ = try ask("PUT", "buckets") }

    /// Takes the bucket away, with what is in it.
    package func remove() throws { _ = try ask("DELETE", "buckets") }

    /// Makes the next requests of a method fail.
    package func fail(_ method: String, _ fault: Fault, count: Int = 1) throws {
        _ = try ask("PUT", "faults", ["method": .string(method), "kind": .string(fault.rawValue), "count": .integer(Int64(count))])
    }

    /// What is there now.
    package func state() throws -> State {
        let state = try ask("GET", "buckets")
        let texts = { (name: String) in state[name]?.array?.compactMap(\.string) ?? [] }
        return State(keys: texts("keys"), uploadCount: Int(state["uploads"]?.int ?? -1), requests: texts("requests"))
    }

    fileprivate func ask(_ method: String, _ what: String, _ body: JSONValue? = nil) throws -> JSONValue {
        let connection = try ServerConnection(port: server.port)
        defer { connection.close() }
        let answer = try connection.send(method, "/martlet/\(what)/\(name)", body)
        guard answer.status == 200 else { throw MartletError(.engine, "moto answered \(answer.status) to \(method) of \(what)") }
        return try JSONValue(parsing: answer.body, as: "moto's answer")
    }
}
