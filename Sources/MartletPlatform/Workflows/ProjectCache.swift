package import MartletCore
import MartletPipeline
package import MartletStore

/// What a project's home keeps, for whom, and what of it may go.
package struct ProjectCache: Sendable {
    /// Who refers to content, in words for people; a step's is its name after `step `.
    package enum Referrer {
        package static let releases = "releases"
        package static let artifacts = "artifacts and registered models"
        package static let records = "records of steps"
        package static let runs = "runs"
        package static func step(_ name: String) -> String { "step \(name)" }
    }

    /// All who refer to content.
    struct References {
        var referrers: [Digest: Set<String>] = [:]
        /// What must never go: releases, artifacts, registered models, and what content that stays mentions.
        var kept: Set<Digest> = []

        mutating func add(_ digests: some Sequence<Digest>, _ referrer: String) {
            for digest in digests { referrers[digest, default: []].insert(referrer) }
        }
    }

    private let platform: Platform

    package init(_ platform: Platform) { self.platform = platform }

    /// Looks at the home.
    package func inventory() async throws -> CacheInventory {
        try await CacheInventory(home: platform.home) { try await references().referrers.mapValues { $0.sorted() } }
    }

    /// What a policy leaves whatever its limits say.
    /// - Parameter last: so many executions of each step, and instance of one, and as many runs' files.
    package func kept(last count: Int) async throws -> Set<Digest> {
        let pipelines = try await platform.tracking().pipelines
        let outputs = try await pipelines.allOutputs()
        let executions = Dictionary(grouping: outputs, by: \.id).values.map { $0.map(\.outputs) }
        let sources = try await pipelines.allRunContents().compactMap(\.sources).prefix(count)
        return try await references().kept.union(CachePolicy.last(count, of: executions)).union(sources)
    }

    private func references() async throws -> References {
        let tracking = try await platform.tracking()
        var found = References()
        let released = try ProjectBlobs.needed(platform.records, platform.blobs)
        let artifacts = try await ArtifactStore.referredDigests(in: tracking.database)
        found.add(released, Referrer.releases)
        found.add(artifacts, Referrer.artifacts)
        found.kept = released.union(artifacts)
        try await addSteps(tracking.pipelines, to: &found)
        for run in try await tracking.pipelines.allRunContents() {
            found.add([run.sources, run.manifest].compactMap(\.self), Referrer.runs)
            // Small, and all that tells what was fresh.
            if let manifest = run.manifest { found.kept.insert(manifest) }
        }
        return found
    }

    private func addSteps(_ pipelines: PipelineStore, to found: inout References) async throws {
        let executions = try await pipelines.allOutputs()
        let outputs = Set(executions.flatMap(\.outputs))
        for (step, all) in Dictionary(grouping: executions, by: \.id.step) {
            let own = Set(all.flatMap(\.outputs))
            let closure = try ProjectBlobs.closure(of: own, platform.blobs)
            found.add(closure, Referrer.step(step))
            // A step is fresh when its outputs are there; what they mention must be there too then.
            found.kept.formUnion(closure.subtracting(own))
        }
        let runs = try await pipelines.allRunContents().flatMap { [$0.sources, $0.manifest].compactMap(\.self) }
        let mentioned = try await pipelines.mentionedDigests().subtracting(outputs).subtracting(runs)
        found.add(mentioned, Referrer.records)
        found.kept.formUnion(mentioned)
    }
}
