import Foundation
import MartletCore
package import MartletPipeline
import MartletStore

/// Makes an old run again from its records, in a place of its own, and compares what comes out.
package struct Reproduction: Sendable {
    private let platform: Platform

    package init(_ platform: Platform) { self.platform = platform }

    /// What came of it.
    package struct Report: Sendable {
        /// The run that was made again.
        package let run: RunRecord
        /// How the present environment differs from that of the run; none where it is as it was.
        package var environment: [String] = []
        /// The names of variables that commands see, that differ from those of the run, and that no key knows: where outputs differ, one of
        /// them may be why.
        package var variables: [String] = []
        /// What became of each step, by name and instance.
        package var steps: [ReproducedStep] = []
        /// Where all of it lies, if it was to be kept.
        package var folder: String?

        /// Whether every step that was to be made again has the same outputs.
        package var isEqual: Bool { steps.allSatisfy { $0.verdict == .equal || $0.verdict == .taken } }
    }

    /// Makes a run again.
    /// - Parameters:
    ///   - beginning: the run's id, or its beginning.
    ///   - keeps: whether the place stays until what is stale in the home is removed.
    ///   - note: told how the environment differs, before anything runs.
    /// - Throws: `notFound` where there is no such run, it never ended, or a file that it was made from is kept nowhere.
    package func run(
        _ beginning: String, keeps: Bool = false, note: ([String]) -> Void = { _ in },
        observe: @escaping @Sendable (PipelineRunner.Event) -> Void = { _ in }
    ) async throws -> Report {
        let original = try await original(beginning)
        let place = try ReproductionPlace(platform, original.sources)
        let missing = try place.missing()
        guard missing.isEmpty else {
            throw MartletError(
                .notFound,
                "run '\(original.record.id.prefix(8))' cannot be made again: \(missing.joined(separator: "; ")); put back what it was made from"
            )
        }
        do {
            var report = try await make(original, in: place, note: note, observe: observe)
            if keeps { report.folder = place.folder } else { try place.remove() }
            return report
        } catch {
            // The error that is on its way says more than one of cleaning up would.
            if !keeps { try? place.remove() }
            throw error
        }
    }

    /// What is on record of a run.
    private struct Original {
        let record: RunRecord
        let manifest: RunManifest
        let executions: [StepID: StepExecution]
        /// With the files that instances read.
        let sources: RunSources
    }

    private func original(_ beginning: String) async throws -> Original {
        guard let record = try await platform.tracking().pipelines.run(beginning) else {
            throw MartletError(.notFound, "there is no run '\(beginning)'; 'martlet runs' lists them")
        }
        let short = record.id.prefix(8)
        guard let manifest = record.manifest else {
            throw MartletError(.notFound, "run '\(short)' never ended, so that there is nothing to compare with; name another one")
        }
        guard let kept = record.sources else {
            throw MartletError(.notFound, "what run '\(short)' was made from was not kept; name another one")
        }
        let made = try RunManifest(json: platform.json(manifest))
        let executions = try await platform.tracking().pipelines.executions(made.entries.mapValues(\.key))
        let sources = try RunSources(json: platform.json(kept), of: String(short)).including(inputsOf: executions, of: platform.project)
        return Original(record: record, manifest: made, executions: executions, sources: sources)
    }

    // MARK: Making it again

    private func make(
        _ original: Original, in place: ReproductionPlace, note: ([String]) -> Void,
        observe: @escaping @Sendable (PipelineRunner.Event) -> Void
    ) async throws -> Report {
        guard let file = original.sources.project else {
            throw MartletError(
                .invalidInput, "run '\(original.record.id.prefix(8))' is of a project written in Swift; make it again by that program")
        }
        try place.make()
        let project = try Project.read(file: "\(place.projectPath)/\(file)").restricted(toSteps: Set(original.sources.steps))
        try place.makeFolders(of: project)
        let scratch = try Platform(project: project, home: place.homePath)
        return try await closing(scratch.close) {
            try await make(original, on: scratch, note: note, observe: observe)
        }
    }

    private func make(
        _ original: Original, on scratch: Platform, note: ([String]) -> Void,
        observe: @escaping @Sendable (PipelineRunner.Event) -> Void
    ) async throws -> Report {
        let (record, manifest, sources) = (original.record, original.manifest, original.sources)
        var pipeline = ProjectPipeline(scratch)
        pipeline.nominalTime = record.startedAt
        pipeline.variables.merge(Self.inherited(scratch.project, original.executions)) { $1 }
        pipeline.payloads = sources.payloads ?? [:]
        for payload in pipeline.payloads.values { _ = try scratch.blobs.put(platform.blobs.read(payload)) }
        var request = RunRequest()
        request.steps = sources.steps
        request.selection = sources.selection.mapValues(Set.init)
        request.cause = RunCause(.reproduction, name: record.id)
        let graph = try pipeline.selected(request)
        var report = Report(run: record)
        let present = try RunSources(
            graph, of: scratch.project, selection: request.selection, variables: pipeline.variables, payloads: pipeline.payloads)
        report.environment = present.environment.differences(from: sources.environment)
        report.variables = present.environment.changedVariables(from: sources.environment)
        note(report.environment)
        let replay = RecordedOutputs(manifest, from: platform, to: scratch)
        let run = RunRecord(id: record.id, project: scratch.project.name, cause: request.cause, steps: request.steps, startedAt: .now)
        let outcome = try await pipeline.runner().run(
            try replay.replacing(in: graph), as: run, options: pipeline.options(request), observe: observe)
        if outcome.steps.values.contains(.cancelled) { throw CancellationError() }
        report.steps = ReproductionComparison(platform, scratch, original.executions).steps(
            manifest, outcome, taken: replay.taken(in: graph))
        return report
    }

    /// The values of variables that the run's steps inherited, from the parts of their keys.
    private static func inherited(_ project: Project, _ executions: [StepID: StepExecution]) -> [String: String] {
        var values: [String: String] = [:]
        for (id, execution) in executions {
            let variables = execution.keyParts["environment"]?["variables"]
            for name in project.steps[id.step]?.inherits ?? [] { values[name] = variables?[name]?.string }
        }
        return values
    }
}

extension Platform {
    /// Closes the databases; nothing else may be asked of this then.
    func close() async throws {
        try await tracking().database.close()
        try records.close()
    }
}
