import Foundation
import MartletCore
import MartletPipeline
package import MartletSearch
import MartletStore

extension Platform {
    /// The index that a step made last; of one that is fanned out that of an instance, such as `similar[day=3]`.
    /// - Throws: `notFound` where there is no such step, or it has made none that is still kept; `corrupt`.
    package func index(of step: String) async throws -> VectorIndex {
        let name = String(step.prefix { $0 != "[" })
        guard case .index? = project.steps[name]?.work else { throw noIndex(name) }
        let pipelines = try await tracking().pipelines
        let instances = try await pipelines.attemptedInstances(of: name)
        let id = instances.first { $0.description == step }
        guard let id, let execution = try await pipelines.lastExecutions([id])[id], let digest = execution.outputs["index"] else {
            let known = instances.map(\.description).filter { $0 != step }
            let hint = known.first.map { "; name an instance of it, such as '\($0)'" } ?? ""
            throw MartletError(.notFound, "step '\(step)' has made no index yet\(hint); 'martlet run \(name)' makes it")
        }
        let path = blobs.path(of: digest)
        guard blobs.contains(digest) else {
            throw MartletError(.notFound, "the index of step '\(step)' is not kept any more; 'martlet run \(name)' makes it again")
        }
        // Its own digest is checked as it is read.
        return try VectorIndexFile.index(from: try Data(contentsOf: URL(filePath: path), options: .alwaysMapped))
    }

    private func noIndex(_ name: String) -> MartletError {
        let names = project.steps.filter { if case .index = $0.value.work { true } else { false } }.keys.sorted()
        let hint =
            nearest(to: name, among: names).map { "did you mean '\($0)'?" }
            ?? (names.isEmpty ? "declare one under 'steps'" : "there are \(names.joined(separator: ", "))")
        return MartletError(.notFound, "project '\(project.name)' has no step '\(name)' with 'index'; \(hint)")
    }
}
