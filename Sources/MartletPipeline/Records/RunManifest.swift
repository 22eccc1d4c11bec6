package import MartletCore

/// What became of each step of a run, kept as a content when it has ended: what `reproduce` compares with.
package struct RunManifest: Sendable, Equatable {
    /// A step whose outputs are there.
    package struct Entry: Sendable, Equatable {
        package let key: Digest
        package let outputs: [String: Digest]
        package let wasFresh: Bool
    }

    package var entries: [StepID: Entry] = [:]
    /// Words on those that have no outputs.
    package var others: [StepID: String] = [:]

    package init(_ outcome: PipelineRunner.Outcome) {
        for (id, result) in outcome.steps {
            if let execution = outcome.executions[id], result.hasOutputs {
                entries[id] = Entry(key: execution.key, outputs: execution.outputs, wasFresh: result == .fresh)
            } else {
                others[id] = result.words
            }
        }
    }

    /// As it is kept.
    package var json: JSONValue {
        let steps = entries.sorted { $0.key < $1.key }.map { id, entry -> JSONValue in
            [
                "step": .string(id.step), "partition": .object(id.partition.values.mapValues(JSONValue.string)),
                "key": .string(entry.key.description), "fresh": .boolean(entry.wasFresh),
                "outputs": .object(entry.outputs.mapValues { .string($0.description) }),
            ]
        }
        let rest = others.sorted { $0.key < $1.key }.map { id, words -> JSONValue in
            ["step": .string(id.step), "partition": .object(id.partition.values.mapValues(JSONValue.string)), "outcome": .string(words)]
        }
        return ["version": 1, "steps": .array(steps), "others": .array(rest)]
    }

    /// Reads what was kept. - Throws: `corrupt`.
    package init(json: JSONValue) throws {
        for value in json["steps"]?.array ?? [] {
            guard let id = Self.id(value), let key = value["key"]?.string.flatMap(Digest.init) else {
                throw MartletError(
                    .corrupt, "expected a step of a run, found \(value.canonicalText.prefix(200)); restore the home from a copy")
            }
            let outputs = (value["outputs"]?.object ?? [:]).compactMapValues { $0.string.flatMap(Digest.init) }
            entries[id] = Entry(key: key, outputs: outputs, wasFresh: value["fresh"]?.bool ?? false)
        }
        for value in json["others"]?.array ?? [] { if let id = Self.id(value) { others[id] = value["outcome"]?.string ?? "" } }
    }

    private static func id(_ value: JSONValue) -> StepID? {
        guard let step = value["step"]?.string else { return nil }
        return StepID(step, StepPartition(value["partition"]?.object?.compactMapValues(\.string) ?? [:]))
    }
}

extension StepOutcome {
    /// In a word or a sentence.
    package var words: String {
        switch self {
        case .fresh: "fresh"
        case .done: "done"
        case .skipped(let reason): "skipped: \(reason)"
        case .quarantined(let failure): "in quarantine: \(failure.message)"
        case .failed(let failure): "failed: \(failure.message)"
        case .blocked(let id): "blocked by '\(id)'"
        case .cancelled: "cancelled"
        }
    }
}
