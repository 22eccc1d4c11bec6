import Glibc
import MartletCore
import MartletStore

/// A folder that MLflow's `FileStore` wrote, of MLflow 2 or 3: `mlruns`.
///
/// Its aspects are `FileSource+Runs`, `+Points`, `+Models`, `+Registry` and `+Traces`. Where each record lies is looked up once, when it is
/// opened; what is added later is brought by the next import.
final class FileSource: MLflowRecordSource {
    static let trash = ".trash"
    /// Folders of an experiment that are no runs.
    private static let reserved: Set = ["tags", "datasets", "traces", "models"]

    let root: SourceFolder
    private let index: [ImportKind: Index]

    /// Where the records of a kind lie, in the order of the bytes of their keys.
    private struct Index {
        var keys: [String] = []
        var folders: [String: SourceFolder] = [:]

        init(_ found: [SourceFolder]) {
            // Of two with one key the first counts.
            folders = Dictionary(found.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
            keys = folders.keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        }
    }

    /// - Throws: `invalidInput` where the folder holds no experiment.
    init(path: String) throws {
        root = SourceFolder(path)
        let experiments = try (root.folders() + root.folder(Self.trash).folders()).filter { folder in
            folder.has("meta.yaml") && folder.name != "models"
        }
        let registered = try root.folder("models").folders().filter { $0.has("meta.yaml") }
        guard !experiments.isEmpty || !registered.isEmpty else {
            throw MartletError(
                .invalidInput, "'\(path)' holds no experiment and no registered model of MLflow's; name the folder 'mlruns' itself")
        }
        var runs: [SourceFolder] = []
        var models: [SourceFolder] = []
        var traces: [SourceFolder] = []
        for experiment in experiments {
            runs += try experiment.folders().filter { !Self.reserved.contains($0.name) && $0.has("meta.yaml") }
            models += try experiment.folder("models").folders().filter { $0.has("meta.yaml") }
            traces += try experiment.folder("traces").folders().filter { $0.has("trace_info.yaml") }
        }
        index = [
            .experiments: Index(experiments), .runs: Index(runs), .loggedModels: Index(models), .registeredModels: Index(registered),
            .traces: Index(traces),
        ]
    }

    var name: String { root.path }
    var identity: String { "files:\(root.path)" }
    var folder: String? { Directory.parent(of: root.path) }

    func count(_ kind: ImportKind) async throws -> Int { index[kind]?.keys.count ?? 0 }

    func keys(_ kind: ImportKind, after key: String?, limit: Int) async throws -> [String] {
        let keys = index[kind]?.keys ?? []
        guard let key else { return Array(keys.prefix(limit)) }
        let start = keys.partitioningIndex { key.utf8.lexicographicallyPrecedes($0.utf8) }
        return Array(keys[start...].prefix(limit))
    }

    func leftOut() async throws -> [(what: String, count: Int)] { [] }

    func close() async throws {}

    func place(_ kind: ImportKind, _ key: String) throws -> SourceFolder {
        guard let folder = index[kind]?.folders[key] else { throw MartletError(.notFound, "there is no '\(key)' in '\(root.path)'") }
        return folder
    }

    func evaluationDatasets(_ keys: [String]) async throws -> SourceBatch<SourceEvaluationDataset> { SourceBatch() }

    // MARK: Experiments

    func experiments(_ keys: [String]) async throws -> SourceBatch<Experiment> {
        try .reading(.experiments, keys) { key in
            let folder = try place(.experiments, key)
            let meta = try folder.meta()
            let id = try experiment(key, in: meta)
            let created = try meta.integer("creation_time") ?? 0
            return Experiment(
                id: id, name: try meta.required("name"), artifactLocation: try meta.text("artifact_location") ?? "",
                stage: try meta.stage(), createdAt: created, updatedAt: try meta.integer("last_update_time") ?? created,
                tags: try folder.texts(in: "tags"))
        }
    }

    /// The identifier of an experiment. - Throws: `invalidInput` where it is no number that may be one.
    func experiment(_ text: String, in meta: YAMLMapping) throws -> Int64 {
        guard let id = Int64(text), id >= 0 else {
            throw MartletError(.invalidInput, "'\(meta.path)': expected an experiment with a number, found '\(text.prefix(80))'")
        }
        return id
    }
}

extension YAMLMapping {
    /// Ancient files tell none.
    func stage() throws -> LifecycleStage {
        let text = try text("lifecycle_stage") ?? "active"
        guard let stage = LifecycleStage(rawValue: text) else {
            throw MartletError(.invalidInput, "'\(path)': expected the stage 'active' or 'deleted', found '\(text.prefix(80))'")
        }
        return stage
    }
}

extension Array {
    /// The first place from which on all elements are as a closure says.
    fileprivate func partitioningIndex(_ isBehind: (Element) -> Bool) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if isBehind(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
