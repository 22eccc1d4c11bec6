import Foundation
package import MartletCore
package import MartletMonitor
import MartletRollout
package import MartletStore
import Synchronization

/// Answers for all endpoints of a project, from whatever release each points to, and logs every answer.
///
/// An answer is given only once its log record has been written: what a client was told is in the log, also after
/// `kill -9`. Where the log cannot be written, the request is refused instead.
package final class PredictionService: Sendable {
    /// The most outcomes of one request.
    package static let outcomeCountMax = 10_000

    private let platform: Platform
    private let process: String
    private let switches: [String: ReleaseSwitch<LoadedRelease>]
    private let logs: [String: (answers: GroupCommitWriter, outcomes: GroupCommitWriter)]
    private let writers: [SegmentWriter]
    /// Held while pointers are followed: a slower look at an older pointer must not overtake a newer one.
    private let following = Mutex(())
    /// What opening the logs cut off: records that were never acknowledged.
    package let recoveries: [(log: String, recovery: SegmentRecovery)]

    /// Opens the logs and loads what each endpoint points to.
    /// - Parameters:
    ///   - process: names this server in the history.
    ///   - wait: how long to wait for another server of this home to let go of its logs.
    /// - Throws: `locked` where another process serves this home.
    package init(_ platform: Platform, process: String, waitAtMost wait: Duration = .seconds(5)) throws {
        self.platform = platform
        self.process = process
        SegmentWriter.ignoreFileSizeSignal()
        var logs: [String: (GroupCommitWriter, GroupCommitWriter)] = [:]
        var recoveries: [(String, SegmentRecovery)] = []
        var writers: [SegmentWriter] = []
        var options = SegmentOptions()
        options.sync = .interval(.seconds(1))
        for endpoint in platform.project.endpoints.keys.sorted() {
            let pair = try LogFolder.allCases.map { folder in
                let writer = try SegmentWriter(folder: try platform.logPath(endpoint, folder), options: options, waitAtMost: wait)
                recoveries.append(("\(endpoint) \(folder.rawValue)", writer.recovery))
                writers.append(writer)
                return GroupCommitWriter(writer)
            }
            logs[endpoint] = (pair[0], pair[1])
        }
        self.logs = logs
        self.writers = writers
        self.recoveries = recoveries
        switches = platform.project.endpoints.mapValues { _ in ReleaseSwitch() }
        try refresh()
    }

    // MARK: Releases

    /// Follows the pointers: an endpoint that points elsewhere answers from its new release from now on. Requests that
    /// run keep the release that they began with.
    /// - Returns: the endpoints that changed.
    @discardableResult
    package func refresh() throws -> [String] {
        try following.withLock { _ in
            try switches.compactMap { endpoint, current in
                guard let move = try platform.records.current(endpoint: endpoint), move.release != current.current?.release,
                    let record = try platform.records.release(move.release)
                else { return nil }
                let loaded = try LoadedRelease(platform, record)
                current.swap(to: record.digest, loaded)
                _ = try platform.records.activate(endpoint: endpoint, release: record.digest, process: process, at: .now)
                return endpoint
            }
        }
    }

    /// The release that an endpoint answers from; `nil` where it has none yet.
    package func release(_ endpoint: String) throws -> LoadedRelease? {
        guard let current = switches[endpoint] else {
            _ = try platform.endpoint(endpoint)
            return nil
        }
        return current.current?.loaded
    }

    /// The endpoints, by name.
    package var endpoints: [String] { switches.keys.sorted() }

    /// Whether every endpoint has a release to answer from.
    package var isReady: Bool { switches.values.allSatisfy { $0.current != nil } }

    /// The models that are served, with the endpoint that each is served by.
    package var models: [(model: String, release: LoadedRelease)] {
        endpoints.compactMap { switches[$0]?.current?.loaded }.map { ($0.bundle.card.name, $0) }
    }

    /// The release that serves a model. - Throws: `notFound`, with the nearest name.
    package func model(_ name: String) throws -> LoadedRelease {
        if let found = models.first(where: { $0.model == name }) { return found.release }
        let names = models.map(\.model)
        let hint = nearest(to: name, among: names).map { "did you mean '\($0)'?" } ?? "there are \(names.joined(separator: ", "))"
        throw MartletError(.notFound, "there is no model '\(name)'; \(hint)")
    }

    private func loaded(_ endpoint: String) throws -> LoadedRelease {
        guard let loaded = try release(endpoint) else {
            throw MartletError(
                .unavailable, "endpoint '\(endpoint)' has no release yet; make one with 'martlet run' and 'martlet deploy \(endpoint)'")
        }
        return loaded
    }

    // MARK: Answering

    /// Chooses a price and logs it.
    package func decide(_ endpoint: String, _ body: JSONValue, requestID: String) async throws -> JSONValue {
        let release = try loaded(endpoint)
        var generator = SplitMix64(seed: Self.seed(requestID))
        let decided = try release.decide(body, random: (generator.unit(), generator.unit()))
        var answer = decided.answer.object ?? [:]
        answer["request_id"] = .string(requestID)
        answer["endpoint"] = .string(endpoint)
        answer["release"] = .string(release.digest.description)
        answer["release_version"] = .integer(Int64(release.version))
        let record = PredictionRecord(
            requestID: requestID, at: .now, kind: "decision", endpoint: endpoint, release: release.digest,
            features: decided.record, answer: decided.answer
        )
        try await logs[endpoint]?.answers.append(record.payload)
        return .object(answer)
    }

    /// A request's own seed, so that sending it again explores alike.
    private static func seed(_ requestID: String) -> UInt64 {
        UInt64(Digest(of: requestID).hex.prefix(16), radix: 16) ?? 0
    }

    /// How many numbers of an inference one log record holds; larger requests are logged in parts of one request identifier.
    private static let recordValueCountMax = 20_000

    /// Predicts feature rows and logs them.
    package func infer(_ release: LoadedRelease, _ request: InferenceRequest, requestID: String) async throws -> [Double] {
        let predictions = try release.infer(request.rows, count: request.count)
        let rowsPerRecord = max(1, Self.recordValueCountMax / max(1, request.rows.count))
        for start in stride(from: 0, to: max(1, request.count), by: rowsPerRecord) {
            let part = start..<min(start + rowsPerRecord, request.count)
            let record = PredictionRecord(
                requestID: requestID, at: .now, kind: "inference", endpoint: release.endpoint, release: release.digest,
                features: .object(request.rows.mapValues { .array($0[part].map(\.json)) }),
                answer: [
                    release.bundle.card.target: .array(predictions[part].map(JSONValue.init(finite:))), "first_row": .integer(Int64(start)),
                ]
            )
            try await logs[release.endpoint]?.answers.append(record.payload)
        }
        return predictions
    }

    /// Takes what came of earlier answers. - Returns: how many were taken.
    /// - Throws: `invalidInput`, naming the outcome and its field; then none is taken.
    package func outcomes(_ endpoint: String, _ body: JSONValue) async throws -> Int {
        _ = try platform.endpoint(endpoint)
        guard let items = body["outcomes"]?.array else {
            throw MartletError(
                .invalidInput,
                "expected 'outcomes', a list of objects with 'request_id' and numbers such as 'units', found \(body["outcomes"]?.kind ?? "nothing")"
            )
        }
        guard items.count <= Self.outcomeCountMax else {
            throw MartletError(
                .limitExceeded, "the request has \(items.count) outcomes, at most \(Self.outcomeCountMax) are taken; send several")
        }
        let records = try items.enumerated().map { try Self.outcome($0.element, position: $0.offset) }
        for record in records { try await logs[endpoint]?.outcomes.append(record.payload) }
        return records.count
    }

    private static func outcome(_ json: JSONValue, position: Int) throws -> OutcomeRecord {
        guard let members = json.object, let id = members["request_id"]?.string, (1...128).contains(id.utf8.count) else {
            throw MartletError(
                .invalidInput,
                "outcomes[\(position)]: expected a 'request_id' of 1 to 128 bytes, found \(json["request_id"]?.canonicalText.prefix(80) ?? "none")"
            )
        }
        let values = try members.filter { $0.key != "request_id" }.map { name, value -> (String, Double) in
            guard let number = value.double, number.isFinite, number >= 0 else {
                throw MartletError(
                    .invalidInput, "outcomes[\(position)].\(name): expected a number of 0 or more, found \(value.canonicalText.prefix(60))")
            }
            return (name, number)
        }
        guard !values.isEmpty else {
            throw MartletError(.invalidInput, "outcomes[\(position)]: expected a number such as 'units' beside 'request_id', found none")
        }
        return OutcomeRecord(requestID: id, at: .now, values: Dictionary(uniqueKeysWithValues: values))
    }

    // MARK: Life

    /// Tells the history that this server lives.
    package func heartbeat() throws { try platform.records.heartbeat(process: process, at: .now) }

    /// Seals the logs and ends the activations. Requests must have ended.
    package func close() async throws {
        for (_, pair) in logs.sorted(by: { $0.key < $1.key }) {
            try await pair.answers.close()
            try await pair.outcomes.close()
        }
        for writer in writers { try writer.seal() }
        try platform.records.deactivate(process: process, at: .now)
    }
}

/// The two logs of an endpoint.
package enum LogFolder: String, Sendable, CaseIterable {
    case answers, outcomes

    var columns: [LogArchive.LogColumn] { self == .answers ? LogArchive.answerColumns : LogArchive.outcomeColumns }
}

extension Platform {
    /// The folder of one of an endpoint's logs.
    package func logPath(_ endpoint: String, _ folder: LogFolder) throws -> String {
        "\(try home.logPath(endpoint: endpoint))\(folder.rawValue)"
    }

    /// One of an endpoint's logs as a table.
    package func archive(_ endpoint: String, _ folder: LogFolder) throws -> LogArchive {
        LogArchive(folder: try logPath(endpoint, folder), columns: folder.columns, temporaryPath: home.temporaryPath)
    }
}
