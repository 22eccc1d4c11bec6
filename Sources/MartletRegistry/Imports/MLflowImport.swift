import MartletCore
package import MartletStore

/// Brings what a store of MLflow's holds into a home.
///
/// Every record is marked as brought in the transaction that writes it, so that an import which ends anywhere is gone on with by another
/// one, and what was brought is not looked at again. A server may use the home meanwhile.
package struct MLflowImport: Sendable {
    let source: any MLflowRecordSource
    let tracking: TrackingStore
    let finder: ArtifactFinder
    let copies: ArtifactCopy

    /// Brings every schema of the home up to date.
    /// - Parameter artifactsFrom: a folder to look for artifacts in: that of the server's artifacts, or of a store that was moved.
    /// - Throws: `invalidInput` for a database of a newer martlet.
    package init(
        _ source: any MLflowSource, into database: any SQLDatabase, artifacts: any ArtifactRepository, artifactsFrom: String? = nil
    ) async throws {
        guard let source = source as? any MLflowRecordSource else {
            throw MartletError(.invalidInput, "'\(source.name)' is a source whose records are not read here")
        }
        self.source = source
        tracking = try await TrackingStore(database)
        _ = try await ModelRegistry(tracking, loggedModels: LoggedModelStore(tracking))
        _ = try await EvaluationDatasetStore(tracking)
        _ = try await TraceStore(tracking)
        try await SQLMigration.migrate(ImportSchema.subject, by: ImportSchema.migrations, in: database)
        try await SQLMigration.migrate(RemovalSchema.subject, by: RemovalSchema.migrations, in: database)
        let root = (source as? FileSource)?.root.path
        finder = ArtifactFinder(base: source.folder, root: root, given: artifactsFrom)
        copies = ArtifactCopy(repository: artifacts)
    }

    /// Brings what was not brought yet.
    /// - Parameter isDry: whether all is only read and counted.
    /// - Throws: `conflict` before anything is written, where the home has other experiments or models of the same names.
    package func run(isDry: Bool = false, progress: @escaping @Sendable (ImportProgress) -> Void = { _ in }) async throws -> ImportReport {
        var run = ImportRun(self, isDry: isDry, progress)
        try await run.refuseConflicts()
        // What is brought again may have the folders of what was removed.
        if !isDry { try await tracking.removeRemains() }
        for kind in ImportKind.allCases { try await run.bring(kind) }
        for (what, count) in try await source.leftOut() { run.report.note(what, count) }
        return run.report
    }
}

/// One import under way.
struct ImportRun {
    let plan: MLflowImport
    let isDry: Bool
    let progress: @Sendable (ImportProgress) -> Void
    var report = ImportReport()
    /// The experiments here, by those of the source.
    var experiments: [Int64: Int64] = [:]

    init(_ plan: MLflowImport, isDry: Bool, _ progress: @escaping @Sendable (ImportProgress) -> Void) {
        (self.plan, self.isDry, self.progress) = (plan, isDry, progress)
    }

    var source: any MLflowRecordSource { plan.source }
    var tracking: TrackingStore { plan.tracking }

    /// Brings all records of a kind that were not brought yet, a batch at a time.
    mutating func bring(_ kind: ImportKind) async throws {
        let total = try await source.count(kind)
        report[kind.rawValue].found = total
        var done = 0
        progress(ImportProgress(kind: kind, done: 0, total: total))
        var last: String?
        while true {
            let keys = try await source.keys(kind, after: last, limit: ImportLimits.batchCount)
            guard let next = keys.last else { return }
            try await bring(kind, try await fresh(kind, keys))
            last = next
            done += keys.count
            progress(ImportProgress(kind: kind, done: done, total: total))
        }
    }

    private mutating func bring(_ kind: ImportKind, _ keys: FreshKeys) async throws {
        report[kind.rawValue].present += keys.presentCount
        switch kind {
        case .experiments: try await bringExperiments(keys)
        case .runs: try await bringRuns(keys)
        case .loggedModels: try await bringLoggedModels(keys)
        case .registeredModels: try await bringRegisteredModels(keys)
        case .traces: try await bringTraces(keys)
        case .evaluationDatasets: try await bringEvaluationDatasets(keys)
        }
    }

    // MARK: What is still to come

    private func fresh(_ kind: ImportKind, _ keys: [String]) async throws -> FreshKeys {
        try await tracking.read { [marks = source.identity] session in
            let marks = ImportMarks(connection: session.connection, source: marks)
            var fresh = FreshKeys()
            for key in keys {
                let isDone = try marks.mark(kind.mark, key)?.isDone ?? false
                let hasFiles = try !kind.hasArtifacts || marks.mark(ImportMarks.artifacts, key)?.isDone ?? false
                if !isDone { fresh.records.append(key) }
                if isDone { fresh.presentCount += 1 }
                if !isDone || !hasFiles { fresh.all.append(key) }
                if !hasFiles { fresh.withoutFiles.insert(key) }
            }
            return fresh
        }
    }

    /// Writes what marks and records have in common.
    func write<Value: Sendable>(_ body: @escaping @Sendable (TrackingSession, ImportMarks) throws -> Value) async throws -> Value {
        try await tracking.write { [identity = source.identity] session in
            try body(session, ImportMarks(connection: session.connection, source: identity))
        }
    }

    /// Reads what marks and records have in common.
    func read<Value: Sendable>(_ body: @escaping @Sendable (TrackingSession, ImportMarks) throws -> Value) async throws -> Value {
        try await tracking.read { [identity = source.identity] session in
            try body(session, ImportMarks(connection: session.connection, source: identity))
        }
    }

    /// Counts flaws of records that are left out.
    mutating func leaveOut(_ kind: ImportKind, _ flaws: [ImportFlaw]) {
        report.tell(flaws)
        report[kind.rawValue].leftOut += flaws.count
    }

    /// Where artifacts are from now on: in the home, unless they stay elsewhere.
    func location(_ uri: String, _ experiment: Int64, _ make: (ArtifactLocation) -> String) -> String {
        guard !ArtifactPlace.isKept(uri) else { return uri }
        return make(ArtifactLocation(ExperimentPlace.location(of: experiment, root: tracking.options.artifactRoot)))
    }
}

/// The keys of a batch, by what is still to be done.
struct FreshKeys: Sendable {
    /// Those whose records or files are still to come.
    var all: [String] = []
    /// Those whose records are still to come.
    var records: [String] = []
    /// Those whose files are still to come.
    var withoutFiles: Set<String> = []
    var presentCount = 0
}

extension ImportKind {
    var hasArtifacts: Bool {
        switch self {
        case .runs, .loggedModels, .traces: true
        case .experiments, .registeredModels, .evaluationDatasets: false
        }
    }
}

extension ImportMarks {
    /// The kind of marks of owners whose files were brought.
    static let artifacts = "artifacts"
}
