import Foundation
import MartletCore
import MartletPipeline
import MartletStore

/// Looks at what triggers fire for, as it is now.
///
/// A file that is still being written has a content for each look that finds it, so that it may fire more than once: move files to their
/// place when they are whole.
struct TriggerLook: Sendable {
    /// The most files that a trigger watches.
    static let fileCountMax = 10_000

    private let platform: Platform
    private let finder: CodeFinder
    private let index: FileIndex

    /// - Throws: `notFound`, `storage`.
    init(_ platform: Platform) throws {
        self.platform = platform
        index = try ProjectFiles(platform).index
        finder = try CodeFinder(folder: platform.project.folder)
    }

    /// Digests or ids by what they are of; `nil` for what is told rather than looked for.
    /// - Throws: `limitExceeded` for a pattern that goes through too many files, `storage`, `SpecificationError`.
    func found(_ event: TriggerSpecification.Event) async throws -> [String: String]? {
        switch event {
        case .file(let pattern): try files(pattern)
        case .snapshot(let dataset): try await platform.lastSnapshot(of: dataset).map { [dataset: $0.description] } ?? [:]
        case .upstream(let path): try await upstream(path)
        case .webhook, .drift: nil
        }
    }

    private func files(_ pattern: String) throws -> [String: String] {
        let paths = try finder.files(matching: pattern)
        guard paths.count <= Self.fileCountMax else {
            throw MartletError(
                .limitExceeded,
                "'\(pattern)' matches \(paths.count) files, and a trigger watches at most \(Self.fileCountMax); move done ones away"
            )
        }
        var found: [String: String] = [:]
        for path in paths {
            do {
                found[path] = try index.digest(ofFile: platform.project.resolve(path)).description
            } catch let error as MartletError where error.code == .notFound {
                continue  // removed since it was listed
            }
        }
        return found
    }

    private func upstream(_ path: String) async throws -> [String: String] {
        let project = try Project.read(file: platform.project.resolve(path))
        let records = Home(path: project.resolve(".martlet")).trackingPath
        guard FileManager.default.fileExists(atPath: records) else { return [:] }
        let source = try SQLiteSource(path: records)
        let run = try await closing(source.close) { try await PipelineStore.lastDoneRun(of: project.name, in: source) }
        return run.map { [project.name: $0] } ?? [:]
    }
}
