import MartletCore
import MartletStore

/// One search: what was found so far, and what was looked at already.
final class CodeSearch {
    let finder: CodeFinder
    let environment: [String: String]
    private let inputs: [String]
    private var found = FoundCode()
    private var notes: Set<String> = []
    private var listings: [String: FolderListing] = [:]
    private var commandCount = 0
    var entryCount = 0
    /// Scripts that were read, with what they were read with.
    var scripts: Set<String> = []
    /// Modules by the folders that they are looked for in.
    var modules: [String: PythonModules] = [:]

    init(_ finder: CodeFinder, environment: [String: String], inputs: [String]) {
        self.finder = finder
        self.environment = environment
        let paths = inputs.map { FilePlace.joined(finder.folder, $0) }
        self.inputs = paths + paths.compactMap(FilePlace.real)
    }

    var folder: String { finder.folder }

    /// Whether a path without links is the project's folder or lies in it.
    func isInside(_ real: String) -> Bool { real == folder || real.hasPrefix(folder == "/" ? "/" : folder + "/") }

    func relative(_ real: String) -> String { real == folder ? "." : String(real.dropFirst(folder == "/" ? 1 : folder.count + 1)) }

    func note(_ sentence: String) { notes.insert(sentence) }

    // MARK: Files

    /// The path without links of a file in the project; `nil` where there is none, with a note where it leads out.
    func file(_ path: String) -> String? {
        guard FilePlace.isFile(path), let real = FilePlace.real(path) else { return nil }
        if isInside(real) { return real }
        if isInside(path), !isInput(path), !isInput(real) { note("\(relative(path)) leads out of the project, and is not looked at") }
        return nil
    }

    /// Whether a path is accounted for as an input of the step.
    private func isInput(_ path: String) -> Bool { inputs.contains { path == $0 || path.hasPrefix($0 + "/") } }

    /// Takes a file into the code. - Parameter real: its path without links.
    /// - Returns: its digest.
    @discardableResult
    func add(_ real: String) throws -> Digest {
        let path = relative(real)
        if let known = found.files[path] { return known }
        let digest = try finder.digest(real)
        guard !isInput(real) else { return digest }
        found.files[path] = digest
        guard found.files.count <= finder.limits.fileCountMax else {
            throw MartletError(
                .limitExceeded,
                "a command is made of more than \(finder.limits.fileCountMax) files of code; declare folders of data as inputs, "
                    + "and keep patterns under 'code' to code")
        }
        return digest
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

    func listing(_ path: String) throws -> FolderListing {
        if let known = listings[path] { return known }
        var listing = FolderListing.empty
        if let real = FilePlace.real(path), isInside(real), FilePlace.isFolder(real) {
            listing = FolderListing(try Directory.names(in: real))
        }
        listings[path] = listing
        return listing
    }

    /// - Throws: `limitExceeded` where scripts have more commands than one search reads.
    func countCommand() throws {
        commandCount += 1
        guard commandCount <= finder.limits.commandCountMax else {
            throw MartletError(
                .limitExceeded,
                "the scripts of a command have more than \(finder.limits.commandCountMax) commands; name their files under 'code' "
                    + "and start them by a program of another language")
        }
    }

    // MARK: The answer

    func add(interpreter word: String, _ path: String) throws {
        guard found.interpreters[word] == nil else { return }
        found.interpreters[word] = try Interpreter(path).identity(finder.digest)
    }

    /// Everything found, with the files that pin libraries.
    func finish() throws -> FoundCode {
        var folders = Set(found.files.keys.map { $0.contains("/") ? "\(folder)/\(Directory.parent(of: $0))" : folder })
        folders.insert(folder)
        for place in folders.sorted() {
            for name in try listing(place).names where LockFile.isOne(name) {
                guard let real = file("\(place)/\(name)") else { continue }
                found.locks[relative(real)] = try finder.digest(real)
            }
        }
        found.unresolved = notes.sorted()
        return found
    }
}

/// The names in a folder, for many questions.
struct FolderListing {
    static let empty = FolderListing([])

    let names: Set<String>
    /// Names of extension modules, by what comes before the first dot.
    let extensions: [String: [String]]

    init(_ names: [String]) {
        self.names = Set(names)
        extensions = Dictionary(grouping: names.filter { $0.hasSuffix(".so") }) { String($0.prefix { $0 != "." }) }
    }
}
