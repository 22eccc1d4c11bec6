import MartletCore
import MartletStore

/// Runs: first what they are, then their points in transactions of a bounded size. The mark is set with the last points.
extension ImportRun {
    mutating func bringRuns(_ keys: FreshKeys) async throws {
        let batch = try await source.runs(keys.all)
        leaveOut(.runs, batch.flaws)
        let known = try await withExperiments(.runs, batch.elements, \.run.info.experiment, \.run.info.id)
        let wanted = Set(keys.records)
        let runs = known.filter { wanted.contains($0.element.run.info.id) }.map { TargetRun($0.element, $0.experiment, self) }
        let present = isDry ? try await presentRuns(runs) : try await writeHeads(runs)
        report[ImportKind.runs.rawValue].present += present.count
        report[ImportKind.runs.rawValue].brought += runs.count - present.count
        try await bringPoints(of: runs.filter { !present.contains($0.run.info.id) })
        for (run, experiment) in known where keys.withoutFiles.contains(run.run.info.id) {
            let target = location(run.artifacts.uri, experiment) { $0.artifacts(ofRun: run.run.info.id) }
            try await bringFiles(run.artifacts, to: target, in: experiment)
        }
    }

    private func presentRuns(_ runs: [TargetRun]) async throws -> Set<String> {
        try await read { session, marks in
            Set(
                try runs.map(\.run.info.id).filter { id in
                    let isHere = try session.connection.exists("SELECT 1 FROM tracked_runs WHERE id = ?", [.text(id)])
                    return try isHere && marks.mark(ImportKind.runs.mark, id) == nil
                })
        }
    }

    /// Writes runs without their points. - Returns: those that are here and were not brought from this source.
    private func writeHeads(_ runs: [TargetRun]) async throws -> Set<String> {
        let ids = runs.map { run in run.run.datasets.map { _ in "d-" + tracking.makeID() } }
        return try await write { session, marks in
            var present: Set<String> = []
            for (run, ids) in zip(runs, ids) {
                let id = run.run.info.id
                if try marks.mark(ImportKind.runs.mark, id) != nil { continue }
                let isHere = try session.connection.exists("SELECT 1 FROM tracked_runs WHERE id = ?", [.text(id)])
                if isHere {
                    present.insert(id)
                } else {
                    try session.bring(run, datasets: ids)
                }
                let info = run.run.info
                let mark = ImportMark(origin: run.origin, target: info.artifactURI, isDone: isHere, experiment: info.experiment)
                try marks.set(mark, ImportKind.runs.mark, id)
            }
            return present
        }
    }

    // MARK: Points

    /// Points that wait to be written.
    private struct Waiting: Sendable {
        let run: String
        let points: [LoggedMetric]
        /// All that were read of the run, where these are the last.
        let total: Int?
    }

    private mutating func bringPoints(of runs: [TargetRun]) async throws {
        var waiting: [Waiting] = []
        for run in runs {
            var cursor: PointCursor? = .start
            var total = 0
            while let place = cursor {
                let page = try await source.points(of: run.source, from: place)
                report.tell(page.flaws)
                report[ImportReport.points].leftOut += page.flaws.count
                report[ImportReport.points].found += page.points.count + page.flaws.count
                total += page.points.count
                cursor = page.next
                let points = page.points.map(LogRules.finite)
                waiting.append(Waiting(run: run.run.info.id, points: points, total: cursor == nil ? total : nil))
                if waiting.reduce(0, { $0 + $1.points.count }) >= ImportLimits.pointCount { try await flush(&waiting) }
            }
        }
        try await flush(&waiting)
    }

    private mutating func flush(_ waiting: inout [Waiting]) async throws {
        defer { waiting = [] }
        guard !isDry else { return report[ImportReport.points].brought += waiting.reduce(0) { $0 + $1.points.count } }
        let isExact = !(source is FileSource)
        let stored = try await write { [waiting] session, marks in
            try waiting.reduce((stored: 0, read: 0)) { sums, next in
                let place = try session.runPlace(next.run)
                try session.log(next.points, place)
                guard let total = next.total else { return sums }
                let count = try session.pointCount(of: place)
                guard count <= total, count == total || !isExact else {
                    throw MartletError(
                        .corrupt,
                        "the run '\(next.run)' has \(total) points in the source and \(count) here; call again once nobody logs to it")
                }
                var mark = try marks.mark(ImportKind.runs.mark, next.run) ?? ImportMark()
                mark.isDone = true
                try marks.set(mark, ImportKind.runs.mark, next.run)
                return (sums.stored + count, sums.read + total)
            }
        }
        report[ImportReport.points].brought += stored.stored
        report.note("points that a run has several times, and once here", stored.read - stored.stored)
        report[ImportReport.points].present += stored.read - stored.stored
    }
}

/// A run as it is to be here.
struct TargetRun: Sendable {
    let source: SourceRun
    /// With the experiment and the place of artifacts that it has here.
    let run: TrackedRun

    init(_ source: SourceRun, _ experiment: Int64, _ imports: ImportRun) {
        self.source = source
        var run = source.run
        run.info.experiment = experiment
        run.info.artifactURI = imports.location(source.artifacts.uri, experiment) { $0.artifacts(ofRun: source.run.info.id) }
        self.run = run
    }

    var origin: String { source.artifacts.uri }
}

// MARK: - Within a write

extension TrackingSession {
    fileprivate func bring(_ target: TargetRun, datasets: [String]) throws {
        let run = target.run
        let number = try insert(run.info, deletedAt: target.source.deletedAt)
        let place = RunPlace(number: number, id: run.info.id, experiment: run.info.experiment, stage: run.info.stage)
        for tag in run.tags { try insertTag(tag, number) }
        for parameter in run.parameters { _ = try insert(parameter, place) }
        for (dataset, id) in zip(run.datasets, datasets) { try insert(dataset, id: id, place) }
        for model in run.modelInputs { _ = try insert(model: model, step: 0, isOutput: false, place) }
        for output in run.modelOutputs { _ = try insert(model: output.model, step: output.step, isOutput: true, place) }
    }

    fileprivate func pointCount(of run: RunPlace) throws -> Int {
        // Sums of PostgreSQL's are of another type.
        let sql = "SELECT CAST(COALESCE(SUM(past_count + late_count + 1), 0) AS BIGINT) FROM latest_metrics WHERE run = ?"
        return try connection.first(sql, [.integer(run.number)]) { Int($0.integer(0)) } ?? 0
    }
}
