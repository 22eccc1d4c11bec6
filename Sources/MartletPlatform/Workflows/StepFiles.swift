import Foundation
import MartletCore
import MartletPipeline
import MartletStore

/// The files of a project that one step needs on a node that does not have the project's folder: the project file, the code that was
/// found of it, and its inputs.
///
/// What is named by a whole path is none of them: it is to be on the node under the same path.
struct StepFiles: Sendable, Equatable, Codable {
    /// Folders above the project's that its paths may lead up to.
    private static let upCountMax = 32

    /// The project file, from the project's folder on.
    let project: String
    let files: [RunSources.File]
    /// The inputs that are named by whole paths.
    let outside: [String]

    /// - Throws: `invalidInput` for a project that has no file.
    init(of attempt: StepAttempt, _ project: Project) throws {
        let step = attempt.step
        guard let file = project.origin.file else {
            throw MartletError(.invalidInput, "a project that is written in Swift cannot be sent to nodes; share its folder with them")
        }
        self.project = file
        outside = step.paths.keys.filter { project.steps[step.name]?.inputs[$0]?.hasPrefix("/") ?? false }.sorted()
        var found = try RunSources.files(of: step, project)
        for (name, pattern) in try RunSources.patterns(of: step, project) {
            guard case .one(let digest)? = attempt.inputs[name], let path = step.paths[name] else { continue }
            let declared = RunSources.normal(try pattern.path(of: attempt.id.partition.values))
            found.insert(.init(path: declared, role: .input, digest: digest, isExecutable: RunSources.isProgram(path)))
        }
        for (path, text) in project.origin.texts { found.insert(.init(path: path, role: .project, digest: Digest(of: text))) }
        // A folder comes before what is in it.
        files = found.filter { !$0.path.hasPrefix("/") }.sorted { ($0.path, $0.role.rawValue) < ($1.path, $1.role.rawValue) }
    }

    /// All contents that an attempt needs: these files, and what it reads of other steps.
    func contents(for inputs: [String: InputContent]) -> Set<Digest> {
        Set(files.map(\.digest)).union(inputs.filter { !outside.contains($0.key) }.values.flatMap(\.digests))
    }

    /// Puts the files, which are all in a home, below a folder where nothing is. - Returns: the project file's path.
    func put(below folder: String, from trees: TreeStore) throws -> String {
        // Deep enough that a path of the project which leads out of it stays in the folder.
        let ups = files.map { $0.path.split(separator: "/").prefix { $0 == ".." }.count }.max() ?? 0
        let root = folder + String(repeating: "/up", count: min(ups, Self.upCountMax)) + "/project"
        try Directory.create(root)
        for file in files {
            let place = RunSources.normal("\(root)/\(file.path)")
            guard place.hasPrefix("\(folder)/") else {
                throw MartletError(.invalidInput, "'\(file.path)' leads too far out of the project's folder; name it by its whole path")
            }
            // Code and an input may be one file.
            guard Directory.kind(of: place) == nil else { continue }
            try Directory.create(Directory.parent(of: place))
            // Inputs may be large and are only read; code may be run.
            try trees.materialise(file.digest, at: place, mode: file.role == .input && !file.isExecutable ? .link : .copy)
            if file.isExecutable { try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: place) }
        }
        return "\(root)/\(project)"
    }
}
