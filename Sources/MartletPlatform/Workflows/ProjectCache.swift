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
        package static let trainings = "trainings of releases"
        package static let triggers = "triggers"
        package static func step(_ name: String) -> String { "step \(name)" }
    }

    /// All who refer to content.
    struct References {
        var referrers: [Digest: Set<String>] = [:]
        /// What must never go: releases and what they were fitted on, artifacts, registered models, what triggers compare with and what
        /// webhooks were sent, and what content that stays mentions.
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

    /// What a policy leaves whatever its limits say; the files of the newest run among it, so that it can be made again.
    /// - Parameter last: so many executions of each step, and instance of one, and as many runs' files.
    package func kept(last count: Int) async throws -> Set<Digest> {
        let pipelines = try await platform.tracking().pipelines
        let executions = Dictionary(grouping: try await pipelines.allOutputs(), by: \.id).values.map { $0.map(\.outputs) }
        let sources = try await pipelines.allRunContents().compactMap(\.sources)
        let read = Dictionary(grouping: try await pipelines.inputs(ownInputs(ofRunsFrom: Set(sources))), by: \.id).values
            .map { $0.map(\.inputs) }
        return try await references().kept.union(CachePolicy.last(count, of: executions))
            .union(CachePolicy.last(max(1, count), of: read)).union(closure(of: Set(sources.prefix(max(1, count)))))
    }

    private func references() async throws -> References {
        let tracking = try await platform.tracking()
        var found = References()
        let released = try ProjectBlobs.needed(platform.records, platform.blobs)
        let artifacts = try await ArtifactStore.referredDigests(in: tracking.database)
        found.add(released, Referrer.releases)
        found.add(artifacts, Referrer.artifacts)
        found.kept = released.union(artifacts)
        // Steps make it too, and drift is measured against it long after.
        try await addTrainings(to: &found)
        try await addTriggers(tracking.pipelines, to: &found)
        let outputs = try await addSteps(tracking.pipelines, to: &found)
        let files = try await addRuns(tracking.pipelines, to: &found)
        // What neither a step made nor a run was made from, and is part of a key nevertheless.
        let rest = try await tracking.pipelines.mentionedDigests().subtracting(outputs).subtracting(files)
        found.add(rest, Referrer.records)
        found.kept.formUnion(rest)
        return found
    }

    /// What the releases were fitted on that endpoints ever pointed to.
    private func addTrainings(to found: inout References) async throws {
        var rows: Set<Digest> = []
        for release in try platform.records.routedReleases() {
            if let digest = try await platform.rows(of: release) { rows.insert(digest) }
        }
        found.add(rows, Referrer.trainings)
        found.kept.formUnion(rows)
    }

    /// What triggers compare with, and what webhooks were sent.
    private func addTriggers(_ pipelines: PipelineStore, to found: inout References) async throws {
        let contents = Set(try await pipelines.schedules().values.flatMap(\.contents))
        found.add(contents, Referrer.triggers)
        found.kept.formUnion(contents)
    }

    /// - Returns: the outputs of all steps.
    private func addSteps(_ pipelines: PipelineStore, to found: inout References) async throws -> Set<Digest> {
        let executions = try await pipelines.allOutputs()
        for (step, all) in Dictionary(grouping: executions, by: \.id.step) {
            let own = Set(all.flatMap(\.outputs))
            let closure = try closure(of: own)
            found.add(closure, Referrer.step(step))
            // A step is fresh when its outputs are there; what they mention must be there too then.
            found.kept.formUnion(closure.subtracting(own))
        }
        return Set(executions.flatMap(\.outputs))
    }

    /// - Returns: the files that runs were made from, and the lists of them.
    private func addRuns(_ pipelines: PipelineStore, to found: inout References) async throws -> Set<Digest> {
        let runs = try await pipelines.allRunContents()
        let sources = Set(runs.compactMap(\.sources))
        let read = try await pipelines.inputs(ownInputs(ofRunsFrom: sources)).flatMap(\.inputs)
        let files = try closure(of: sources.union(read))
        let manifests = Set(runs.compactMap(\.manifest))
        found.add(files.union(manifests), Referrer.runs)
        // Small, and all that tells what was fresh.
        found.kept.formUnion(manifests)
        // Nobody can send it again.
        for digest in sources where platform.blobs.contains(digest) { found.kept.formUnion(try payloads(ofRunFrom: digest)) }
        return files.union(manifests)
    }

    /// The names of inputs that differed by instance, by step.
    private func ownInputs(ofRunsFrom sources: Set<Digest>) throws -> [String: Set<String>] {
        var names: [String: Set<String>] = [:]
        for digest in sources where platform.blobs.contains(digest) {
            for (step, paths) in try platform.json(digest)["patterns"]?.object ?? [:] {
                names[step, default: []].formUnion((paths.object ?? [:]).keys)
            }
        }
        return names
    }

    /// What webhooks were sent to the steps of a run.
    private func payloads(ofRunFrom sources: Digest) throws -> [Digest] {
        (try platform.json(sources)["payloads"]?.object ?? [:]).values.compactMap { $0.string.flatMap(Digest.init) }
    }

    private func closure(of digests: Set<Digest>) throws -> Set<Digest> { try ProjectBlobs.closure(of: digests, platform.blobs) }
}
