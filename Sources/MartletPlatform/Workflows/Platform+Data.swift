import MartletCore
import MartletPipeline
import MartletRegistry
import MartletStore

/// The data that was there last, and that releases were fitted on.
extension Platform {
    /// The tag of a training's run that names the rows it read.
    static let rowsTag = "martlet.rows"

    /// The newest snapshot of a dataset; `nil` before there is any.
    func lastSnapshot(of dataset: String) async throws -> Digest? {
        try await tracking().pipelines.lastExecution(ProjectPipeline.stepName("dataset", dataset))?.outputs["snapshot"]
    }

    /// The rows of the training that a release came from; `nil` where its run is not on record.
    func rows(of release: ReleaseRecord) async throws -> Digest? {
        let tracking = try await tracking()
        guard let run = release.run, try await tracking.has(run) else { return nil }
        return try await tracking.store.run(run).tags.first { $0.key == Self.rowsTag }.flatMap { Digest($0.value) }
    }
}
