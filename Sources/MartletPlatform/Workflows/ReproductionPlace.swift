import Foundation
import MartletCore
import MartletPipeline
import MartletStore

/// A folder in which an old run's project stands as it was, beside a home with nothing in it.
struct ReproductionPlace {
    /// Folders above the project's that its paths may lead up to.
    private static let upCountMax = 32

    let platform: Platform
    let sources: RunSources
    /// All of it.
    let folder: String
    private let files: ProjectFiles
    private let trees: TreeStore

    /// Names a place; makes nothing.
    init(_ platform: Platform, _ sources: RunSources) throws {
        self.platform = platform
        self.sources = sources
        // Commands work in folders of their own, from which a relative path would lead elsewhere.
        folder = Self.absolute("\(platform.home.temporaryPath)/reproduction-\(UUID().uuidString.lowercased())")
        files = try ProjectFiles(platform)
        trees = TreeStore(home: platform.home)
    }

    var homePath: String { "\(folder)/home" }

    /// Deep enough that a path of the project which leads out of it stays in the place.
    var projectPath: String {
        let ups = sources.files.map { $0.path.split(separator: "/").prefix { $0 == ".." }.count }.max() ?? 0
        return folder + String(repeating: "/up", count: min(ups, Self.upCountMax)) + "/project"
    }

    // MARK: What is there

    /// What of the sources is neither kept nor there as it was, in words; nothing may run then.
    func missing() throws -> [String] {
        let payloads = (sources.payloads ?? [:]).filter { !platform.blobs.contains($0.value) }.keys.sorted()
        return try payloads.map { "what the webhook '\($0)' was sent is not kept" } + missingFiles()
    }

    private func missingFiles() throws -> [String] {
        try sources.files.compactMap { file in
            let isElsewhere = file.path.hasPrefix("/")
            if try !isElsewhere && trees.content(file.digest) != nil { return nil }
            let path = platform.project.place(file.path)
            let present = FileManager.default.fileExists(atPath: path) ? try files.digest(path) : nil
            guard present != file.digest else { return nil }
            let state = present.map { "it is \($0.short) now" } ?? "it is not there"
            let kept = isElsewhere ? "it lies outside the project" : "its content is not kept"
            return "'\(file.path)' was \(file.digest.short) (\(file.role.rawValue)); \(kept), and \(state)"
        }
    }

    // MARK: Making it

    /// Puts every file where it was.
    func make() throws {
        try Directory.create(projectPath)
        for file in sources.files where !file.path.hasPrefix("/") { try put(file) }
        for word in sources.environment.interpreters.keys.sorted() { try link(program: word) }
    }

    /// Makes the folders that commands work in; without a file of code they are nobody's.
    func makeFolders(of project: Project) throws {
        for step in project.steps.values where !step.folder.hasPrefix("/") {
            try Directory.create(project.place(RunSources.normal(step.folder)))
        }
    }

    private func put(_ file: RunSources.File) throws {
        let place = RunSources.normal("\(projectPath)/\(file.path)")
        // Code and an input may be one file.
        guard Directory.kind(of: place) == nil else { return }
        try Directory.create(Directory.parent(of: place))
        if try trees.content(file.digest) != nil {
            try trees.materialise(file.digest, at: place)
        } else {
            try FileManager.default.copyItem(atPath: platform.project.place(file.path), toPath: place)
        }
        if file.isExecutable { try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: place) }
    }

    /// A program of the project's folder that is no code of it, such as the interpreter of a virtual environment, is the present one:
    /// what it is was compared.
    private func link(program word: String) throws {
        let path = RunSources.normal(word)
        guard word.contains("/"), !path.hasPrefix("/"), !path.hasPrefix("..") else { return }
        let root = [Directory.parent(of: path), Directory.parent(of: Directory.parent(of: path))].first { folder in
            folder != "." && FileManager.default.fileExists(atPath: platform.project.place("\(folder)/pyvenv.cfg"))
        }
        let (target, place) = (platform.project.place(root ?? path), "\(projectPath)/\(root ?? path)")
        guard Directory.kind(of: place) == nil, FileManager.default.fileExists(atPath: target) else { return }
        try Directory.create(Directory.parent(of: place))
        try FileManager.default.createSymbolicLink(atPath: place, withDestinationPath: target)
    }

    private static func absolute(_ path: String) -> String {
        path.hasPrefix("/") ? path : "\(FileManager.default.currentDirectoryPath)/\(path)"
    }

    /// Removes all of it.
    func remove() throws {
        guard Directory.kind(of: folder) != nil else { return }
        try FileManager.default.removeItem(atPath: folder)
    }
}

extension Project {
    /// The same with only what some steps need: what the others are made of may be gone.
    func restricted(toSteps names: Set<String>) -> Project {
        func has(_ kind: String, _ name: String) -> Bool { names.contains(ProjectPipeline.stepName(kind, name)) }
        var project = self
        project.datasets = datasets.filter { has("dataset", $0.key) }
        project.features = features.filter { has("features", $0.key) }
        project.models = models.filter { name, model in model.stepKinds.contains { has($0, name) } }
        // Steps that deploy or score an endpoint, or watch it, look it up by its name.
        let named = steps.filter { names.contains($0.key) }
        project.endpoints = endpoints.filter { name, _ in has("release", name) || named.values.contains { $0.endpoint == name } }
        project.steps = named
        return project
    }
}

extension StepSpecification {
    /// The endpoint that it is about.
    fileprivate var endpoint: String? {
        switch work {
        case .shell, .words, .index, .evaluate: nil
        case .deploy(let endpoint), .score(let endpoint), .monitor(let endpoint): endpoint
        }
    }
}
