import MartletCore
import MartletStore

/// How rows become values. What cannot be read is `corrupt`, never a trap.
extension StepPartition {
    /// As it is stored: canonical JSON.
    var stored: String { isWhole ? "{}" : JSONValue.object(values.mapValues(JSONValue.string)).canonicalText }

    init(stored text: String) throws {
        guard text != "{}" else {
            self = .whole
            return
        }
        self.init(try Stored.json(text, "a partition").object?.compactMapValues(\.string) ?? [:])
    }
}

/// Texts of the tables.
enum Stored {
    static func json(_ text: String, _ what: String) throws -> JSONValue {
        do {
            return try JSONValue(parsing: text, as: what)
        } catch {
            throw MartletError(.corrupt, "the records of pipelines hold what is not \(what); restore them from a copy", cause: error)
        }
    }

    static func digest(_ text: String) throws -> Digest {
        guard let digest = Digest(text) else {
            throw MartletError(.corrupt, "the records of pipelines hold '\(text.prefix(80))' for a digest; restore them from a copy")
        }
        return digest
    }

    static func time(_ row: any SQLRow, _ column: Int) -> Timestamp { Timestamp(microseconds: row.integer(column)) }
    static func optionalTime(_ row: any SQLRow, _ column: Int) -> Timestamp? {
        row.optionalInteger(column).map(Timestamp.init(microseconds:))
    }
}

extension StepExecution {
    /// Of `PipelineStore.executionColumns`.
    init(_ id: StepID, _ row: any SQLRow) throws {
        let outputs = try Stored.json(row.text(2), "outputs").object ?? [:]
        self.init(
            id: id, key: try Stored.digest(row.text(0)), keyParts: try Stored.json(row.text(1), "the parts of a key"),
            outputs: try outputs.mapValues { try Stored.digest($0.string ?? "") }, summary: try Stored.json(row.text(3), "a summary"),
            usage: StepUsage(json: try Stored.json(row.text(4), "a usage")), run: row.optionalText(5), startedAt: Stored.time(row, 6),
            finishedAt: Stored.time(row, 7))
    }
}

extension AttemptRecord {
    /// Of `PipelineStore.attemptColumns`.
    init(_ row: any SQLRow) throws {
        self.init(
            run: row.text(0), id: StepID(row.text(1), try StepPartition(stored: row.text(2))), number: Int(row.integer(3)),
            key: try Stored.digest(row.text(4)), isOnceOnly: row.flag(5),
            reasons: try Stored.json(row.text(6), "reasons").array?.compactMap(\.string) ?? [], startedAt: Stored.time(row, 7))
        endedAt = Stored.optionalTime(row, 8)
        failure = row.optionalText(9).map { StepFailure(StepFailure.Kind(rawValue: $0) ?? .exit, row.optionalText(10) ?? "") }
        usage = try row.optionalText(11).map { StepUsage(json: try Stored.json($0, "a usage")) }
    }
}

extension RunRecord {
    /// Of `PipelineStore.runs`.
    init(_ row: any SQLRow) throws {
        self.init(
            id: row.text(0), project: row.text(1), cause: try Stored.json(row.text(2), "a cause").decoded(as: RunCause.self),
            steps: try Stored.json(row.text(3), "steps").array?.compactMap(\.string) ?? [], startedAt: Stored.time(row, 5))
        state = State(rawValue: row.text(4)) ?? .lost
        endedAt = Stored.optionalTime(row, 6)
        sources = try row.optionalText(7).map(Stored.digest)
        manifest = try row.optionalText(8).map(Stored.digest)
        message = row.optionalText(9)
        machine = row.optionalText(10)
    }
}

extension StepEstimate {
    /// The median of the durations, and the largest of the peaks.
    init(_ usages: [StepUsage]) {
        // What a killed runner left to the next one tells nothing.
        let seconds = usages.map(\.wallSeconds).filter { $0 > 0 }.sorted()
        self.init(
            seconds: seconds.isEmpty ? nil : seconds[seconds.count / 2],
            memoryPeakBytes: usages.map(\.memoryPeakBytes).filter { $0 > 0 }.max())
    }
}
