import Foundation
import MartletCore
package import MartletPipeline
package import MartletRegistry
package import MartletStore

/// A project's part of tracking and registry, in the same records as those that MLflow's clients write: its training runs under an experiment
/// of the project's name, and the releases of each endpoint as versions of a registered model of the endpoint's name.
package struct ProjectTracking: Sendable {
    /// The most runs that are listed.
    package static let runCountMax = 10_000
    /// The folder of a run's artifacts that its model is in.
    static let modelFolder = "model"

    /// The database, which is open as long as the process runs.
    package let database: any SQLDatabase
    package let store: TrackingStore
    /// What its steps did.
    package let pipelines: PipelineStore
    let registry: ModelRegistry
    let records: RecordStore
    private let artifacts: any ArtifactRepository
    private let project: String

    init(_ database: any SQLDatabase, home: Home, project: String, records: RecordStore) async throws {
        self.database = database
        self.project = project
        self.records = records
        store = try await TrackingStore(database)
        registry = try await ModelRegistry(store, loggedModels: LoggedModelStore(store))
        artifacts = try await ArtifactStore(database, home: home)
        pipelines = try await PipelineStore(database)
        try await moveOldRuns()
        try await moveOldExecutions()
    }

    // MARK: Runs

    /// Begins a run, or goes on with it.
    /// - Parameter id: 32 hexadecimal digits.
    func begin(
        _ id: String, name: String, parameters: [String: String], tags: [String: String], at time: Timestamp = .now
    ) async throws {
        let experiment = try await experiment(named: project)
        var tags = tags
        tags["mlflow.user"] = NSUserName()
        tags["mlflow.source.name"] = "martlet run"
        tags["mlflow.source.type"] = "JOB"
        try await store.resumeRun(
            id,
            RunDraft(experiment: experiment, name: name, user: NSUserName(), startedAt: time.milliseconds, tags: []))
        try await store.log(LogBatch(parameters: Self.texts(parameters), tags: Self.texts(tags)), run: id)
    }

    /// Whether a run is in this database.
    func has(_ run: String) async throws -> Bool { try await !store.experiments(ofRuns: [run]).isEmpty }

    /// Logs metrics of step 0.
    func log(_ metrics: [String: Double], run: String, at time: Timestamp = .now) async throws {
        let values = metrics.sorted { $0.key < $1.key }.map { LoggedMetric($0.key, $0.value, at: time.milliseconds) }
        try await store.log(LogBatch(metrics: values), run: run)
    }

    func setTag(_ key: String, to value: String, run: String) async throws { try await store.setTag(KeyedText(key, value), run: run) }

    func finish(_ run: String, _ status: TrackedRun.Status, at time: Timestamp = .now) async throws {
        _ = try await store.updateRun(run, RunChange(status: status, endedAt: time.milliseconds))
    }

    /// Keeps files under the run's folder of its model.
    func keep(_ files: [(name: String, bytes: [UInt8])], run: String) async throws {
        let root = try RunArtifacts.root(of: try await store.run(run).info.artifactURI)
        for file in files {
            let upload = try artifacts.makeUpload()
            try file.bytes.withUnsafeBytes { try upload.write($0) }
            try await artifacts.keep(try upload.finish(), at: root.appending(try ArtifactPath(reading: "\(Self.modelFolder)/\(file.name)")))
        }
    }

    /// The project's runs with what they logged, the newest first, at most `runCountMax`.
    package func runs() async throws -> [TrackedRun] {
        guard let experiment = try await store.experimentID(named: project) else { return [] }
        let all = try SearchFilter(parsing: "", of: .runs)
        return try await store.searchRuns(experiments: [experiment], filter: all, orders: [], limit: Self.runCountMax).elements
    }

    /// An experiment, which is made where it is missing.
    func experiment(named name: String) async throws -> Int64 {
        if let known = try await store.experimentID(named: name) { return known }
        do {
            return try await store.createExperiment(name: name)
        } catch let fault as TrackingFault where fault.code == .resourceAlreadyExists {
            guard let known = try await store.experimentID(named: name) else { throw fault }
            return known
        }
    }

    private static func texts(_ pairs: [String: String]) -> [KeyedText] {
        pairs.sorted { $0.key < $1.key }.map { KeyedText($0.key, $0.value) }
    }
}

extension Timestamp {
    /// As MLflow counts time.
    fileprivate var milliseconds: Int64 { microseconds / 1_000 }
}
