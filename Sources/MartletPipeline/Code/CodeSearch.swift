import MartletCore
import MartletStore

/// One search: what was found so far, and what was looked at already.
final class CodeSearch {
    let snapshot: CodeSnapshot
    let environment: [String: String]
    private let inputs: [String]
    private var found = FoundCode()
    private var notes: Set<String> = []
    private var commandCount = 0
    var entryCount = 0
    /// Scripts that were read, with what they were read with.
    var scripts: Set<String> = []

    init(_ snapshot: CodeSnapshot, environment: [String: String], inputs: [String]) {
        self.snapshot = snapshot
        self.environment = environment
        let paths = inputs.map { FilePlace.joined(snapshot.folder, $0) }
        self.inputs = paths + paths.compactMap(FilePlace.real)
    }

    var folder: String { snapshot.folder }
    var limits: CodeFinder.Limits { snapshot.finder.limits }

    func relative(_ path: String) -> String { snapshot.relative(path) }

    func note(_ sentence: String) { notes.insert(sentence) }

    // MARK: Files

    /// The path without links of a file in the project; `nil` where there is none, with a note where it leads out.
    func file(_ path: String) -> String? {
        switch snapshot.place(path) {
        case .file(let real): return real
        case .outside where snapshot.isInside(path) && !isInput(path):
            note("\(relative(path)) leads out of the project, and is not looked at")
            return nil
        case .outside, .nothing: return nil
        }
    }

    /// Whether a path is accounted for as an input of the step.
    private func isInput(_ path: String) -> Bool { inputs.contains { path == $0 || path.hasPrefix($0 + "/") } }

    /// Takes a file into the code. - Parameter real: its path without links.
    func add(_ real: String) throws {
        let path = relative(real)
        guard found.files[path] == nil, !isInput(real) else { return }
        found.files[path] = try snapshot.digest(real)
        if found.files.count > limits.fileCountMax { throw snapshot.finder.tooManyFiles }
    }

    /// Takes a file that a command names, and what it imports or calls itself.
    func follow(_ real: String, _ state: ShellState) throws {
        switch try language(of: real) {
        case .python: try python(script: real, state)
        case .shell: try script(real, state)
        case .other: try add(real)
        }
    }

    /// What the files of a pattern under `code` are made of.
    func include(pattern: String) throws {
        guard !pattern.hasPrefix("/"), !pattern.split(separator: "/").contains(".."), !pattern.isEmpty else {
            throw MartletError(
                .invalidInput, "'code' names files of the project's folder, found '\(pattern)'; write a path that stays in that folder")
        }
        let files = try self.files(matching: pattern)
        if files.isEmpty { note("code: '\(pattern)' names no file") }
        let state = ShellState(folder: folder, name: "code", environment: environment)
        for path in files {
            if let real = file(path) { try follow(real, state) }
        }
    }

    /// - Throws: `limitExceeded` where scripts have more commands than one search reads.
    func countCommand() throws {
        commandCount += 1
        guard commandCount <= limits.commandCountMax else {
            throw MartletError(
                .limitExceeded,
                "the scripts of a command have more than \(limits.commandCountMax) commands; name their files under 'code' "
                    + "and start them by a program of another language")
        }
    }

    // MARK: The answer

    func add(interpreter word: String, _ path: String) throws {
        guard found.interpreters[word] == nil else { return }
        found.interpreters[word] = try snapshot.identity(of: path)
    }

    /// Everything found, with the files that pin libraries.
    func finish() throws -> FoundCode {
        let parents = Set(found.files.keys.map { path in path.utf8.lastIndex(of: UInt8(ascii: "/")).map { path[..<$0] } ?? "" })
        for parent in parents.union([""]).sorted() {
            let place = parent.isEmpty ? folder : "\(folder)/\(parent)"
            for name in try snapshot.listing(place).locks {
                guard let real = file("\(place)/\(name)") else { continue }
                found.locks[relative(real)] = try snapshot.digest(real)
            }
        }
        found.unresolved = notes.sorted()
        return found
    }
}
