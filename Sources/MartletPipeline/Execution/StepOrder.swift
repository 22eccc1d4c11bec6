package import MartletCore

/// One attempt that another machine is to make, with all that it cannot know itself.
package struct StepOrder: Sendable, Equatable {
    package let id: StepID
    package let run: String
    package let number: Int
    package let key: StepKey
    package let inputs: [String: InputContent]
    package let isOnceOnly: Bool
    /// The content that says which files of the project the step needs; `nil` where the machine has the project's folder.
    package let sources: Digest?

    init(_ attempt: StepAttempt, sources: Digest? = nil) {
        self.sources = sources
        (id, run, number, inputs) = (attempt.id, attempt.run, attempt.number, attempt.inputs)
        key = StepKey(step: attempt.step, partition: attempt.id.partition, inputs: attempt.inputs)
        isOnceOnly = attempt.step.policy.isOnceOnly
    }

    var json: JSONValue {
        var json: [String: JSONValue] = [
            "step": .string(id.step), "instance": .object(id.partition.values.mapValues(JSONValue.string)), "run": .string(run),
            "attempt": .integer(Int64(number)), "key_parts": key.parts, "inputs": .object(inputs.mapValues(\.json)),
            "once": .boolean(isOnceOnly),
        ]
        if let sources { json["sources"] = .string(sources.description) }
        return .object(json)
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
        sources = try json["sources"]?.string.map { try Stored.digest($0) }
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
    /// As it is told to the runner.
    var json: JSONValue {
        var json: [String: JSONValue] = ["usage": usage.json]
        if let log { json["log"] = .string(log.description) }
        if let earlier {
            json["started_at"] = .integer(earlier.startedAt.microseconds)
            json["ended_at"] = .integer(earlier.endedAt.microseconds)
        }
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
    init(json: JSONValue) throws {
        let usage = StepUsage(json: json["usage"] ?? [:])
        if let outputs = json["outputs"]?.object {
            let digests = try outputs.mapValues { try Stored.digest($0.string ?? "") }
            self.init(.success(StepResult(outputs: digests, summary: json["summary"] ?? [:])), usage: usage)
        } else if let kind = json["failure"]?.string.flatMap(StepFailure.Kind.init(rawValue:)), let message = json["message"]?.string {
            self.init(.failure(StepFailure(kind, message)), usage: usage)
        } else {
            throw MartletError(.corrupt, "the result of a job says neither what was made nor what failed; run the step again")
        }
        log = try json["log"]?.string.map { try Stored.digest($0) }
        if let startedAt = json["started_at"]?.int, let endedAt = json["ended_at"]?.int {
            earlier = AttemptSpan(startedAt: Timestamp(microseconds: startedAt), endedAt: Timestamp(microseconds: endedAt))
        }
    }
}
