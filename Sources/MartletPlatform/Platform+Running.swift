public import MartletCore
public import MartletPipeline
import MartletStore

extension Platform {
    /// What a step made, or had made before.
    public struct StepOutcome: Sendable {
        /// The step, such as `train demand`, or an instance of one that is fanned out.
        public let id: StepID
        /// The digests of its outputs' blobs, by name.
        public let outputs: [String: Digest]
        /// Its figures.
        public let summary: JSONValue
    }

    /// Makes what is stale, as `martlet run` does.
    /// - Returns: every step, by name.
    /// - Throws: `gateRefused` where a model does not pass; `locked` where another process works here for 10 minutes.
    @discardableResult
    public func run() async throws -> [StepOutcome] {
        let outcome = try await ProjectPipeline(self).run(observe: { _ in })
        return outcome.executions.values.sorted { $0.id < $1.id }
            .map { StepOutcome(id: $0.id, outputs: $0.outputs, summary: $0.summary) }
    }

    /// Lets a release answer, as `martlet deploy` does. `release` is a version, a digest or its beginning, or `latest`.
    /// - Returns: the release's digest.
    @discardableResult
    public func deploy(_ endpoint: String, release: String = "latest", by mover: String, reason: String = "") throws -> Digest {
        try Deployment(self).deploy(endpoint, release, by: mover, reason: reason).release
    }
}
