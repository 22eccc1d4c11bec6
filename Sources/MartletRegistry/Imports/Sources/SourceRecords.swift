/// Where the artifacts of a run, a logged model or a trace are, as the source tells.
struct SourceArtifacts: Sendable, Equatable {
    /// Of a run, a model or a trace; the last but one part of every place that MLflow makes for it.
    var owner: String
    /// Empty where the source tells none.
    var uri: String
    /// The folder beside the record, where records are files; it need not exist.
    var folder: String?
}

/// A run without its points, of which there may be any number.
struct SourceRun: Sendable {
    /// The experiment is that of the source.
    var run: TrackedRun
    var deletedAt: Int64?
    var artifacts: SourceArtifacts
}

/// A logged model with all that it has.
struct SourceLoggedModel: Sendable {
    /// The experiment is that of the source.
    var model: LoggedModel
    var artifacts: SourceArtifacts
}

/// A registered model with its versions; of those that were deleted only the highest number matters.
struct SourceRegisteredModel: Sendable {
    var model: RegisteredModel
    var versions: [Version] = []
    /// The highest number that was ever given.
    var versionCount: Int64 = 0
    /// How many versions were deleted.
    var deletedCount = 0

    struct Version: Sendable {
        var version: ModelVersion
        var storage: String?
        var loggedModel: String?
    }
}

/// A trace with its spans, where those are in the store.
struct SourceTrace: Sendable {
    /// The experiment is that of the source.
    var info: TraceInfo
    var spans: [SpanRow] = []
    /// Runs, and versions of prompts as `NAME/NUMBER`.
    var runs: [String] = []
    var prompts: [String] = []
    var artifacts: SourceArtifacts
}

/// An evaluation dataset with its experiments, which are those of the source, and its records.
struct SourceEvaluationDataset: Sendable {
    var dataset: EvaluationDataset
    var experiments: [String] = []
    var records: [EvaluationRecord] = []
}

/// Points of a run, as many as are read at once.
struct PointPage: Sendable {
    var points: [LoggedMetric] = []
    /// Lines that are no points.
    var flaws = ImportFlaws<ImportFlaw>()
    /// Where the next page begins; `nil` behind the last one.
    var next: PointCursor?
}

/// How far the points of a run have been read.
enum PointCursor: Sendable, Equatable {
    case start
    /// Of the run's files of metrics in order, which one, and from which byte and line on.
    case file(Int, offset: Int, line: Int)
    /// Behind a row.
    case row(LoggedMetric)
}
