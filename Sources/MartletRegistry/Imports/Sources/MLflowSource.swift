import MartletCore

/// A store of MLflow's that is brought here, read in batches of a bounded number of records. It is never written to.
///
/// Keys are what names a record within its kind: the identifiers of experiments, runs, models, traces and datasets, and the names of
/// registered models. The owner calls `close()`.
package protocol MLflowSource: Sendable {
    /// What it is, for people: a path or a URL without a password.
    var name: String { get }
    /// Tells the store from others, in the record of what was brought from it.
    var identity: String { get }
    /// What paths of artifacts that are not absolute are relative to.
    var folder: String? { get }

    /// How many records there are.
    func count(_ kind: ImportKind) async throws -> Int
    /// At most `limit` keys behind another, in the source's own order.
    func keys(_ kind: ImportKind, after key: String?, limit: Int) async throws -> [String]
    /// What the source holds and is not brought, each with how many there are.
    func leftOut() async throws -> [(what: String, count: Int)]
    func close() async throws
}

/// What the records are; only this module reads them.
protocol MLflowRecordSource: MLflowSource {
    func experiments(_ keys: [String]) async throws -> SourceBatch<Experiment>
    func runs(_ keys: [String]) async throws -> SourceBatch<SourceRun>
    /// The points of a run from some place on: by key.
    func points(of run: SourceRun, from cursor: PointCursor) async throws -> PointPage
    func loggedModels(_ keys: [String]) async throws -> SourceBatch<SourceLoggedModel>
    func registeredModels(_ keys: [String]) async throws -> SourceBatch<SourceRegisteredModel>
    func traces(_ keys: [String]) async throws -> SourceBatch<SourceTrace>
    func evaluationDatasets(_ keys: [String]) async throws -> SourceBatch<SourceEvaluationDataset>
}

/// How much is read or written at once, and what a source may hold.
enum ImportLimits {
    /// Records that are read at once.
    static let batchCount = 100
    /// Points that are read, and written in one transaction.
    static let pointCount = 20_000
    /// A file of YAML.
    static let metaSizeMaxBytes = 32 << 20
    /// A parameter or a tag.
    static let textSizeMaxBytes = 16 << 20
    /// A line of a file of metrics.
    static let lineSizeMaxBytes = 4096
    /// Folders in folders.
    static let depthMax = 64
    /// Files of one run, or of one kind of a store.
    static let fileCountMax = 10_000_000
    /// Files that are copied at the same time.
    static let copyCount = 8
    /// The greatest identifier that an experiment may keep: behind it there must be room for others.
    static let experimentIDMax: Int64 = 1 << 62
    /// Flaws that are told; the others are counted.
    static let flawCountMax = 1000
}
