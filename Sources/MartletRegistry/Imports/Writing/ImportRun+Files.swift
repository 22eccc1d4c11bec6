import MartletCore
import MartletStore

/// Artifacts of an owner: a run, a logged model or a trace.
extension ImportRun {
    private static let notFound =
        "runs, models and traces have no folder of artifacts here: they logged none, or it has to be named with --artifacts-from"

    /// Copies what is found; what is not found is looked for again by the next import.
    /// - Parameters:
    ///   - experiment: the owner's, here.
    ///   - isNeeded: whether it is told that there is nothing.
    mutating func bringFiles(
        _ artifacts: SourceArtifacts, to target: String, in experiment: Int64, isNeeded: Bool = true
    ) async throws {
        switch plan.finder.place(of: artifacts) {
        case .elsewhere:
            report.note("owners of artifacts that stay where they are, in other storages")
            try await markFiles(artifacts, target, experiment)
        case .missing:
            if isNeeded, !artifacts.uri.isEmpty { report.note(Self.notFound) }
        case .foreign(let folder):
            let reason = "'\(folder)' leads out of the store, to no folder that MLflow makes for artifacts; copy it into --artifacts-from"
            report.note("places of artifacts that lead elsewhere")
            report.tell([ImportFlaw(kind: .runs, key: artifacts.owner, reason: reason)])
        case .folder(let folder): try await copy(folder, artifacts, to: target, in: experiment)
        }
    }

    private mutating func copy(_ folder: String, _ artifacts: SourceArtifacts, to target: String, in experiment: Int64) async throws {
        guard let destination = ArtifactPlace.path(ofProxied: target) else {
            throw MartletError(
                .invalidInput, "artifacts of '\(artifacts.owner)' are in '\(folder)' and belong to '\(target)', which is elsewhere")
        }
        let outcome = try await isDry ? plan.copies.look(at: folder) : plan.copies.copy(folder, to: destination)
        var files = report[ImportReport.files]
        files.found += outcome.fileCount + outcome.otherCount + outcome.flaws.count
        files.brought += outcome.fileCount
        files.leftOut += outcome.otherCount + outcome.flaws.count
        report[ImportReport.files] = files
        report.artifactSizeBytes += outcome.sizeBytes
        report.note("links among artifacts", outcome.otherCount)
        report.tell(outcome.flaws.map { ImportFlaw(kind: .runs, key: artifacts.owner, reason: $0) })
        if outcome.flaws.isEmpty { try await markFiles(artifacts, target, experiment) }
    }

    private func markFiles(_ artifacts: SourceArtifacts, _ target: String, _ experiment: Int64) async throws {
        guard !isDry else { return }
        let mark = ImportMark(origin: artifacts.uri, target: target, experiment: experiment)
        try await write { _, marks in try marks.set(mark, ImportMarks.artifacts, artifacts.owner) }
    }
}
