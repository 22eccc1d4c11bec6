import Foundation
import Glibc
import MartletCore
package import MartletStore

/// What a runner and the machine that makes an attempt for it tell one another: files in a folder of the home, which both have.
///
/// The right to begin is a file too: whoever makes it first has it, so that a job which is late begins nothing that was given up, and no
/// job begins twice.
package struct JobFolder: Sendable, Equatable {
    /// The job's name, which begins as the folder of an attempt at its key does.
    package let name: String
    private let home: Home

    package init(_ name: String, in home: Home) { (self.name, self.home) = (name, home) }

    /// - Parameter round: from 1 on: a job that never began is followed by another for the same attempt.
    init(_ attempt: StepAttempt, round: Int, in home: Home) {
        self.init("\(Self.beginning(attempt.key))-\(attempt.run)-\(attempt.number)-\(round)", in: home)
    }

    /// The jobs that there were or are for a key. - Throws: `storage`.
    static func all(_ key: Digest, in home: Home) throws -> [JobFolder] {
        guard Directory.kind(of: home.jobsPath) != nil else { return [] }
        return try Directory.names(in: home.jobsPath).filter { $0.hasPrefix(beginning(key) + "-") }.map { JobFolder($0, in: home) }
    }

    private static func beginning(_ key: Digest) -> String { String(key.hex.prefix(40)) }

    private var path: String { "\(home.jobsPath)/\(name)" }
    private var orderPath: String { "\(path)/order.json" }
    private var beginningPath: String { "\(path)/begun" }
    private var resultPath: String { "\(path)/result.json" }
    /// Where its command works; no other job works there, also not one for the same attempt on a machine that was thought lost.
    var workPath: String { "\(home.path)/attempts/\(name)" }

    // MARK: The runner's side

    func prepare(_ order: StepOrder) throws {
        try Directory.create(path)
        try put(order.json, at: orderPath)
    }

    /// What came of it, once the machine has said so. - Throws: `storage`, `corrupt`.
    func result() throws -> AttemptResult? {
        guard let json = try json(at: resultPath, "the result of a job") else { return nil }
        return try AttemptResult(json: json)
    }

    /// Removes all of it, also what its command left. Only for what nobody waits for.
    func remove() throws {
        for folder in [workPath, path] where Directory.kind(of: folder) != nil { try FileManager.default.removeItem(atPath: folder) }
    }

    // MARK: Either's

    /// Takes the right to begin: the machine to use it, the runner to see that nobody does.
    /// - Returns: `false` where it was taken before.
    package func claim() throws -> Bool {
        let descriptor = open(beginningPath, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor < 0 else {
            close(descriptor)
            return true
        }
        guard errno == EEXIST else { throw MartletError.io("make", beginningPath, errno: errno) }
        return false
    }

    // MARK: The machine's side

    /// What is to be done; `nil` where nobody waits for it any more. - Throws: `storage`, `corrupt`.
    package func order() throws -> StepOrder? {
        guard let json = try json(at: orderPath, "the order of a job") else { return nil }
        return try StepOrder(json: json)
    }

    /// Tells the runner, durably. - Throws: `storage`.
    package func put(_ result: AttemptResult) throws { try put(result.json, at: resultPath) }

    // MARK: Files

    private func put(_ value: JSONValue, at target: String) throws {
        let file = TemporaryFile(in: home.temporaryPath)
        try Array(value.canonicalText.utf8).withUnsafeBytes { try file.write($0) }
        try file.move(to: target)
    }

    private func json(at file: String, _ what: String) throws -> JSONValue? {
        guard let data = FileManager.default.contents(atPath: file) else { return nil }
        return try JSONValue(parsing: [UInt8](data), as: "\(what), '\(file)'")
    }
}

extension Home {
    /// What is told to other machines that make attempts, and what they say.
    var jobsPath: String { "\(path)/jobs" }
}

/// One attempt that another machine is to make, with all that it cannot know itself.
package struct StepOrder: Sendable, Equatable {
    package let id: StepID
    package let run: String
    package let number: Int
    package let key: StepKey
    package let inputs: [String: InputContent]
    package let isOnceOnly: Bool

    init(_ attempt: StepAttempt) {
        (id, run, number, inputs) = (attempt.id, attempt.run, attempt.number, attempt.inputs)
        key = StepKey(step: attempt.step, partition: attempt.id.partition, inputs: attempt.inputs)
        isOnceOnly = attempt.step.policy.isOnceOnly
    }

    var json: JSONValue {
        [
            "step": .string(id.step), "instance": .object(id.partition.values.mapValues(JSONValue.string)), "run": .string(run),
            "attempt": .integer(Int64(number)), "key_parts": key.parts, "inputs": .object(inputs.mapValues(\.json)),
            "once": .boolean(isOnceOnly),
        ]
    }

    /// - Throws: `corrupt`.
    init(json: JSONValue) throws {
        guard let step = json["step"]?.string, let values = json["instance"]?.object?.compactMapValues(\.string),
            let run = json["run"]?.string, let number = json["attempt"]?.int, let parts = json["key_parts"],
            let inputs = json["inputs"]?.object, case .boolean(let isOnceOnly)? = json["once"]
        else { throw MartletError(.corrupt, "the order of a job is not whole; run the step again") }
        id = StepID(step, StepPartition(values))
        (self.run, self.number, self.isOnceOnly) = (run, Int(clamping: number), isOnceOnly)
        key = StepKey(parts: parts)
        self.inputs = try inputs.mapValues(InputContent.init(json:))
    }
}

extension InputContent {
    /// As it is told to another machine; `keyPart` does not tell instances apart whose values hold commas.
    fileprivate var json: JSONValue {
        switch self {
        case .one(let digest): .string(digest.description)
        case .many(let parts):
            .array(
                parts.map { partition, digest in
                    [
                        "instance": .object(partition.values.mapValues(JSONValue.string)), "digest": .string(digest.description),
                    ]
                })
        }
    }

    fileprivate init(json: JSONValue) throws {
        guard let list = json.array else {
            self = .one(try Stored.digest(json.string ?? ""))
            return
        }
        var parts: [StepPartition: Digest] = [:]
        for part in list {
            let values = part["instance"]?.object?.compactMapValues(\.string) ?? [:]
            parts[StepPartition(values)] = try Stored.digest(part["digest"]?.string ?? "")
        }
        self = .many(parts)
    }
}

extension AttemptResult {
    fileprivate var json: JSONValue {
        var json: [String: JSONValue] = ["usage": usage.json]
        switch result {
        case .success(let made):
            json["outputs"] = .object(made.outputs.mapValues { .string($0.description) })
            json["summary"] = made.summary
        case .failure(let failure):
            json["failure"] = .string(failure.kind.rawValue)
            json["message"] = .string(failure.message)
        }
        return .object(json)
    }

    /// - Throws: `corrupt`.
    fileprivate init(json: JSONValue) throws {
        let usage = StepUsage(json: json["usage"] ?? [:])
        if let outputs = json["outputs"]?.object {
            let digests = try outputs.mapValues { try Stored.digest($0.string ?? "") }
            self.init(.success(StepResult(outputs: digests, summary: json["summary"] ?? [:])), usage: usage)
        } else if let kind = json["failure"]?.string.flatMap(StepFailure.Kind.init(rawValue:)), let message = json["message"]?.string {
            self.init(.failure(StepFailure(kind, message)), usage: usage)
        } else {
            throw MartletError(.corrupt, "the result of a job says neither what was made nor what failed; run the step again")
        }
    }
}
