import Foundation
import MartletCore
import MartletData
import MartletEngines
import MartletFeatures
package import MartletPipeline
package import MartletStore

/// The graph of steps that a project declares: dataset, features, train, gate, release.
package struct ProjectPipeline: Sendable {
    package let platform: Platform

    package init(_ platform: Platform) { self.platform = platform }

    /// The names of the steps, as people read them.
    package static func stepName(_ kind: String, _ name: String) -> String { "\(kind) \(name)" }

    /// The graph of all that the project declares.
    /// - Throws: `notFound` where a source or a contract is not there; `SpecificationError` for a faulty contract.
    package func graph() throws -> StepGraph {
        let project = platform.project
        let tables = try engine("libduckdb.so")
        let trees = try engine("lib_lightgbm.so")
        var steps: [Step] = []
        for (name, dataset) in project.datasets.sorted(by: { $0.key < $1.key }) {
            steps.append(try datasetStep(name, dataset, environment: ["duckdb": tables]))
        }
        for (_, view) in project.features.sorted(by: { $0.key < $1.key }) {
            steps.append(featureStep(view, environment: ["duckdb": tables]))
        }
        for (name, model) in project.models.sorted(by: { $0.key < $1.key }) {
            steps.append(trainStep(name, model, environment: ["duckdb": tables, "lightgbm": trees]))
            steps.append(gateStep(name, model, environment: ["duckdb": tables, "lightgbm": trees]))
        }
        for (name, endpoint) in project.endpoints.sorted(by: { $0.key < $1.key }) {
            steps.append(try releaseStep(name, endpoint, environment: ["duckdb": tables, "lightgbm": trees]))
        }
        return try StepGraph(steps)
    }

    /// The digest of a native library: another build may give other bytes.
    func engine(_ file: String) throws -> JSONValue {
        .string(try Digest(ofFile: try NativeLibraries.path(of: file)).description)
    }

    /// Runs what is stale, alone on this home.
    /// - Parameters:
    ///   - wait: how long to wait for another run.
    ///   - onWait: told who holds the home.
    @discardableResult
    package func run(
        waitAtMost wait: Duration = .seconds(600), onWait: (String) -> Void = { _ in },
        observe: @escaping @Sendable (StepRunner.Event) -> Void
    ) async throws -> [String: StepExecution] {
        let lock = try FileLock.acquire(
            path: platform.home.runLockPath, purpose: "martlet run", waitAtMost: wait, onWait: { onWait($0.description) }
        )
        defer { lock.release() }
        return try await StepRunner(records: platform.records, blobs: platform.blobs).run(try graph(), observe: observe)
    }

    /// Why each step would run or not.
    package func explain() throws -> [(step: Step, verdict: StepRunner.Verdict)] {
        try StepRunner(records: platform.records, blobs: platform.blobs).explain(try graph())
    }

    /// A file name in the home's folder for unfinished work.
    func temporaryPath(_ ending: String) -> String { "\(platform.home.temporaryPath)/\(UUID().uuidString).\(ending)" }

    /// A connection to an empty database in memory.
    func connect() throws -> DuckDBConnection { try DuckDBDatabase().connect() }
}
