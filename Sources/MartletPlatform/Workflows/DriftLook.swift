import Dispatch
import MartletCore
import MartletEngines
import MartletFeatures
import MartletMonitor
import MartletPipeline
import MartletRegistry
import MartletRollout
import MartletStore

/// Finds what a trigger by drift compares, and judges it.
struct DriftLook: Sendable {
    /// Two samples of data.
    enum Pair: Sendable, Equatable {
        /// Two snapshots. - Parameter base: what the next one is compared with as long as nothing drifts; `nil` where a release says it.
        case snapshots(reference: Digest, present: Digest, base: Digest?)
        /// The rows that a release was fitted on, and what it was asked in a window.
        case asked(release: Digest, card: Digest, rows: Digest, endpoint: String, window: Range<Timestamp>)

        /// What tells it from every other.
        var id: String {
            switch self {
            case .snapshots(let reference, let present, _): "\(reference) \(present)"
            case .asked(let release, _, _, _, let window): "\(release) \(window.upperBound)"
            }
        }
    }

    /// The memory that a comparison takes at most, in 10⁶ bytes; the tenths of a column take 8 bytes a row of it.
    static let memoryMegabytes = 2_000

    /// Judgements compute for long, which would hold up what everything else of this program runs on; this way there is one at a time.
    private static let queue = DispatchQueue(label: "martlet.drift")

    private let platform: Platform

    init(_ platform: Platform) { self.platform = platform }

    /// What there is to compare now; `nil` where there is nothing yet.
    /// - Parameter base: the snapshot that is compared with, where that is not a release's.
    /// - Throws: `notFound` where a release was made from something else, or what it was fitted on is not kept.
    func pair(_ drift: DriftSpecification, base: Digest?, now: Timestamp) async throws -> Pair? {
        switch drift.subject {
        case .snapshot(let dataset):
            guard let present = try await platform.lastSnapshot(of: dataset) else { return nil }
            let reference = base ?? present
            return .snapshots(reference: reference, present: present, base: reference)
        case .release(let dataset, let endpoint):
            guard let record = try deployed(endpoint), let present = try await platform.lastSnapshot(of: dataset) else { return nil }
            let reference = try snapshot(of: dataset, in: record)
            return .snapshots(reference: reference, present: present, base: nil)
        case .endpoint(let endpoint, let width):
            guard let record = try deployed(endpoint) else { return nil }
            let rows = try await rows(of: record)
            let micros = max(1, width.components.seconds) * 1_000_000
            let end = now.microseconds - (now.microseconds % micros + micros) % micros
            let window = Timestamp(microseconds: end - micros)..<Timestamp(microseconds: end)
            let card = try Release(record: record).digest(of: "card")
            return .asked(release: record.digest, card: card, rows: rows, endpoint: endpoint, window: window)
        }
    }

    private func snapshot(of dataset: String, in release: ReleaseRecord) throws -> Digest {
        let snapshots = release.manifest["snapshots"]?.object ?? [:]
        if let digest = snapshots[dataset]?.string.flatMap(Digest.init) { return digest }
        throw MartletError(
            .notFound,
            "release v\(release.version) of '\(release.name)' is not made of '\(dataset)', so that there is nothing to compare with; it is made "
                + "of \(snapshots.keys.sorted().joined(separator: ", "))")
    }

    private func deployed(_ endpoint: String) throws -> ReleaseRecord? {
        guard let move = try platform.records.current(endpoint: endpoint) else { return nil }
        return try platform.records.release(move.release)
    }

    private func rows(of release: ReleaseRecord) async throws -> Digest {
        if let rows = try await platform.rows(of: release), platform.blobs.contains(rows) { return rows }
        throw MartletError(
            .notFound,
            "the rows that release v\(release.version) of '\(release.name)' was fitted on are not kept, so that there is nothing to compare "
                + "with; 'martlet run' makes them again where nothing has changed, otherwise deploy a newer release")
    }

    // MARK: Judging

    /// Compares two samples, column by column, on a thread of its own.
    /// - Throws: `notFound` for a column that is in neither, `engine`.
    func judge(_ pair: Pair, _ drift: DriftSpecification, now: Timestamp) async throws -> DriftJudgement {
        try await withCheckedThrowingContinuation { done in
            Self.queue.async { done.resume(with: Result { try judgement(of: pair, drift, now: now) }) }
        }
    }

    private func judgement(of pair: Pair, _ drift: DriftSpecification, now: Timestamp) throws -> DriftJudgement {
        var (next, verdict): (Digest?, DriftVerdict?)
        switch pair {
        case .snapshots(let reference, let present, let base):
            verdict = try reference == present ? nil : compare(reference, present, drift)
            next = base.map { verdict?.hasDrifted == true ? present : $0 }
        case .asked(let release, let card, let rows, let endpoint, let window):
            let card = try platform.json(card).decoded(as: ModelCard.self)
            verdict = try compare(rows, of: card, askedOf: endpoint, release, window, drift)
        }
        let nothing = next == nil ? "the release is of the newest snapshot" : "the first snapshot, which later ones are compared with"
        return DriftJudgement(
            pair: pair.id, base: next, hasDrifted: verdict?.hasDrifted ?? false, words: verdict?.words ?? nothing, at: now)
    }

    /// Compares two snapshots.
    private func compare(_ reference: Digest, _ present: Digest, _ drift: DriftSpecification) throws -> DriftVerdict {
        let connection = try connect()
        let samples = DriftSamples(connection, try table(reference))
        return try verdict(samples.columns(drift.columns, in: table(present)), drift, connection)
    }

    /// Compares the rows that a release was fitted on with what it was asked.
    private func compare(
        _ rows: Digest, of card: ModelCard, askedOf endpoint: String, _ release: Digest, _ window: Range<Timestamp>,
        _ drift: DriftSpecification
    ) throws -> DriftVerdict {
        let connection = try connect()
        let view = try FeatureView(definition: card.view)
        let known = view.history.isEmpty ? "" : " AND \"__known\" IS NOT NULL"
        let fitted = "SELECT * FROM (\(try table(rows))) WHERE \"__time\" < \(card.heldOutFrom)\(known)"
        let samples = DriftSamples(connection, fitted)
        try platform.archive(endpoint, .answers).makeView("answers", connection)
        try samples.keep(release: release, in: window)
        let price = try platform.endpoint(endpoint).decision.price
        // What is chosen, and of whom and when it is asked, says nothing of the world.
        let names = Set(card.inputs.map(\.name) + view.history.map(\.name)).subtracting(view.entity + [view.eventTime, price])
        return try verdict(
            samples.columns(drift.columns, asked: names, categories: Set(card.categories.keys)), drift, connection)
    }

    /// It may work beside a server that answers, so that it takes little.
    private func connect() throws -> DuckDBConnection {
        try DuckDBDatabase(threads: 1, memoryLimitMegabytes: Self.memoryMegabytes, temporaryFolder: platform.home.temporaryPath).connect()
    }

    private func verdict(
        _ columns: [DriftMeasurement.Samples], _ drift: DriftSpecification, _ connection: DuckDBConnection
    ) throws -> DriftVerdict {
        let measurement = DriftMeasurement(connection)
        return DriftVerdict(try columns.map(measurement.drift), threshold: drift.threshold, rowCountMin: drift.rowCountMin)
    }

    private func table(_ digest: Digest) throws -> String {
        guard platform.blobs.contains(digest) else {
            throw MartletError(
                .notFound, "the table \(digest.short) that drift is measured from is not kept any more; restore the home from a copy")
        }
        return "SELECT * FROM read_parquet(\(DuckDBConnection.quoted(literal: platform.blobs.path(of: digest))))"
    }
}
