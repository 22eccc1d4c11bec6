import Foundation
import Glibc
package import MartletCore
import MartletData
import MartletPipeline
import MartletStore

/// All that a run was made from, kept with it so that it can be made again: which files, and in which environment.
///
/// No value of a variable is in it: those of `inherits` are parts of keys, and those of `secrets` are nobody's business.
package struct RunSources: Sendable, Equatable, Codable {
    /// The newest form that is written and read.
    static let version = 1

    /// What a file is to the run.
    package enum Role: String, Sendable, Codable, CaseIterable { case project, contract, code, lock, input }

    /// A file or folder.
    package struct File: Sendable, Hashable, Codable {
        /// From the project's folder on; absolute where it lies elsewhere and was named so.
        package let path: String
        package let role: Role
        package let digest: Digest
        /// Whether it may be run as a program.
        package var isExecutable = false
    }

    /// What is outside the project and changes outputs.
    package struct Environment: Sendable, Equatable, Codable {
        package var martlet: String
        package var machine: String
        /// The digests of native libraries.
        package var engines: [String: String] = [:]
        /// What the programs of commands are, by the words that name them.
        package var interpreters: [String: String] = [:]
        /// The digests of the variables that commands inherit by name, or see in any case.
        package var variables: [String: Digest] = [:]
    }

    package var version = RunSources.version
    /// The project file; `nil` where the project is written in Swift.
    package var project: String?
    /// The names of all steps that the run was about.
    package var steps: [String]
    /// The values of keys that it was restricted to.
    package var selection: [String: [String]]
    package var files: [File]
    package var environment: Environment
    /// What the webhooks were sent that steps read, by their names; `nil` where steps read none.
    package var payloads: [String: Digest]?
    /// The paths of inputs that differ by instance, by step and input, as the project file has them; `nil` where steps read none. Which
    /// files these were is on record with what the instances made.
    package var patterns: [String: [String: String]]?
}

extension RunSources {
    /// What a graph is made from.
    /// - Parameters:
    ///   - folder: the project's, which paths are shortened by.
    ///   - variables: of this process.
    ///   - payloads: what webhooks were sent, by their names.
    init(
        _ graph: StepGraph, of project: Project, selection: [String: Set<String>], variables: [String: String],
        payloads: [String: Digest] = [:]
    ) throws {
        version = Self.version
        self.project = project.origin.file
        steps = graph.steps.map(\.name)
        self.selection = selection.mapValues { $0.sorted() }
        environment = Environment(martlet: Platform.version, machine: Platform.machine)
        var found: Set<File> = []
        for (path, text) in project.origin.texts { found.insert(File(path: path, role: .project, digest: Digest(of: text))) }
        let names = Set(steps)
        for (name, dataset) in project.datasets where names.contains(ProjectPipeline.stepName("dataset", name)) {
            let digest = try Digest(ofFile: project.place(dataset.contract))
            found.insert(File(path: Self.normal(dataset.contract), role: .contract, digest: digest))
        }
        for step in graph.steps {
            found.formUnion(try Self.files(of: step, project))
            let names = try Self.patterns(of: step, project).keys
            if !names.isEmpty { patterns = (patterns ?? [:]).merging([step.name: project.inputs(of: step.name, names)]) { $1 } }
        }
        let read = Set(graph.steps.flatMap { project.steps[$0.name]?.payloads.values.map(\.self) ?? [] })
        if !read.isEmpty { self.payloads = payloads.filter { read.contains($0.key) } }
        files = found.sorted { ($0.path, $0.role.rawValue) < ($1.path, $1.role.rawValue) }
        for step in graph.steps { add(step.environment, of: step.name) }
        let inherited = project.steps.values.flatMap(\.inherits)
        let seen = InheritedVariables.passed([], of: variables).keys
        for name in Set(inherited).union(seen) { environment.variables[name] = variables[name].map { Digest(of: $0) } }
    }

    /// The same with the files and folders that instances read, as records have them.
    /// - Throws: `specificationBroken`, `invalidInput` for records that are not whole.
    func including(inputsOf executions: [StepID: StepExecution], of project: Project) throws -> RunSources {
        guard let patterns else { return self }
        var found: Set<File> = []
        for (id, execution) in executions {
            for (name, text) in patterns[id.step] ?? [:] {
                guard let digest = execution.keyParts["inputs"]?[name]?.string.flatMap(Digest.init) else { continue }
                let path = try PathPattern(text, keys: Array(id.partition.values.keys)).path(of: id.partition.values)
                // Records do not tell whether it was one.
                let isProgram = Self.isProgram(project.place(path))
                found.insert(File(path: Self.normal(path), role: .input, digest: digest, isExecutable: isProgram))
            }
        }
        var all = self
        // A folder comes before what is in it.
        all.files = Set(files).union(found).sorted { ($0.path, $0.role.rawValue) < ($1.path, $1.role.rawValue) }
        return all
    }

    /// Those paths of a step's inputs that differ by instance, as the project file has them.
    static func patterns(of step: Step, _ project: Project) throws -> [String: PathPattern] {
        try step.inputs.reduce(into: [:]) { patterns, input in
            if case .file = input.value { patterns[input.key] = try project.steps[step.name]?.path(of: input.key) }
        }
    }

    /// Whether a path is that of a program.
    static func isProgram(_ path: String) -> Bool { !FilePlaces.isFolder(path) && access(path, X_OK) == 0 }

    /// The code and those inputs of a step that are the same for all instances.
    static func files(of step: Step, _ project: Project) throws -> Set<File> {
        var found: Set<File> = []
        for (part, role) in [("files", Role.code), ("locks", .lock)] {
            for (path, value) in step.code[part]?.object ?? [:] {
                guard let digest = value.string.flatMap(Digest.init) else { continue }
                let isExecutable = access(project.place(path), X_OK) == 0
                found.insert(File(path: path, role: role, digest: digest, isExecutable: isExecutable))
            }
        }
        for (name, path) in step.paths {
            guard case .external(let digest)? = step.inputs[name] else { continue }
            let declared = normal(try declaredPath(of: name, step, project) ?? path)
            found.insert(File(path: declared, role: .input, digest: digest, isExecutable: isProgram(path)))
        }
        return found
    }

    /// An input's path as the project file has it.
    private static func declaredPath(of input: String, _ step: Step, _ project: Project) throws -> String? {
        if let path = try project.steps[step.name]?.path(of: input) { return path.whole }
        let dataset = project.datasets.first { ProjectPipeline.stepName("dataset", $0.key) == step.name }?.value
        // Of a database the table may be named behind its file.
        return dataset.flatMap { try? DatasetSource($0.source, table: $0.table).path }
    }

    private mutating func add(_ parts: JSONValue, of step: String) {
        for engine in ["duckdb", "lightgbm"] { if let build = parts[engine]?.string { environment.engines[engine] = build } }
        for (word, identity) in parts["interpreters"]?.object?.compactMapValues(\.string) ?? [:] {
            // Steps with another `PATH` may mean another program by the same word.
            let isOther = environment.interpreters[word].map { $0 != identity } ?? false
            environment.interpreters[isOther ? "\(word) of '\(step)'" : word] = identity
        }
    }

    /// A path without what says nothing; one that leads out of its folder keeps the dots that it begins with.
    static func normal(_ path: String) -> String {
        var parts: [Substring] = []
        for part in path.split(separator: "/") where part != "." {
            if part == "..", let last = parts.last, last != ".." {
                parts.removeLast()
            } else if part != ".." || !path.hasPrefix("/") {
                parts.append(part)
            }
        }
        return (path.hasPrefix("/") ? "/" : "") + parts.joined(separator: "/")
    }

    /// Reads what was kept. - Throws: `invalidInput` for a newer form, `corrupt`.
    init(json: JSONValue, of run: String) throws {
        guard let version = json["version"]?.int, version <= Self.version else {
            throw MartletError(
                .invalidInput, "the records of run '\(run)' were kept by a newer martlet; use that one")
        }
        do {
            self = try json.decoded(as: RunSources.self)
        } catch {
            throw MartletError(.corrupt, "what run '\(run)' was made from cannot be read; restore the home from a copy", cause: error)
        }
    }
}

extension Project {
    fileprivate func inputs(of step: String, _ names: some Sequence<String>) -> [String: String] {
        names.reduce(into: [:]) { $0[$1] = steps[step]?.inputs[$1] }
    }
}

extension RunSources.Environment {
    /// How this environment differs from an earlier one, in words; variables aside.
    func differences(from earlier: Self) -> [String] {
        var words: [String] = []
        if martlet != earlier.martlet { words.append("martlet: \(earlier.martlet) → \(martlet)") }
        if machine != earlier.machine { words.append("the machine: \(earlier.machine) → \(machine)") }
        for name in Set(engines.keys).union(earlier.engines.keys).sorted() where engines[name] != earlier.engines[name] {
            words.append("the engine \(name) is another build: \(Self.shown(earlier.engines[name])) → \(Self.shown(engines[name]))")
        }
        for word in Set(interpreters.keys).union(earlier.interpreters.keys).sorted() where interpreters[word] != earlier.interpreters[word]
        {
            words += InterpreterDifference.words(word, old: earlier.interpreters[word], new: interpreters[word])
        }
        return words
    }

    /// The names of variables that differ. Most say nothing of a step, such as the number of a terminal; but no key knows them.
    func changedVariables(from earlier: Self) -> [String] {
        Set(variables.keys).union(earlier.variables.keys).filter { variables[$0] != earlier.variables[$0] }.sorted()
    }

    private static func shown(_ build: String?) -> String { build.flatMap(Digest.init)?.short ?? "none" }
}
