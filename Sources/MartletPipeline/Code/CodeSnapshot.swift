import Glibc
import MartletCore
import MartletStore

/// The code of many commands at one moment: each file is looked at once, however many commands are made of it.
///
/// For the steps of one plan. What changes later is seen by the next snapshot only. It belongs to one task.
package final class CodeSnapshot {
    /// What a path leads to.
    enum Place {
        case file(String)
        /// A file that is not the project's.
        case outside
        case nothing
    }

    let finder: CodeFinder
    private var places: [String: Place] = [:]
    private var listings: [String: FolderListing] = [:]
    private var digests: [String: Digest] = [:]
    private var shebangs: [String: [String]] = [:]
    private var texts: [String: String?] = [:]
    private var programs: [String: Bool] = [:]
    /// Where a program is, by the folder it is called in, its name, and what `PATH` is there.
    private var programPaths: [[String]: String?] = [:]
    private var identities: [String: String] = [:]
    private var closures: [PythonEntry: PythonClosure] = [:]

    init(_ finder: CodeFinder) { self.finder = finder }

    /// The code of a command that is started in the project's folder.
    ///
    /// - Parameters:
    ///   - globs: further files, by patterns relative to the project's folder; `**` stands for folders in folders, and a folder for
    ///     all that is in it.
    ///   - environment: what the command sees; `PATH` finds programs, `PYTHONPATH` modules, and all of it is put into `$NAME`.
    ///   - inputs: files and folders, relative to the project's folder, that are accounted for elsewhere.
    /// - Throws: `invalidInput` for a pattern that leads out of the project, `limitExceeded`, `storage`.
    package func find(
        _ command: CodeFinder.Command, globs: [String] = [], environment: [String: String] = [:], inputs: [String] = []
    ) throws -> FoundCode {
        let search = CodeSearch(self, environment: environment, inputs: inputs)
        switch command {
        case .shell(let text): try search.shellCommand(text)
        case .words(let words): try search.run(words.map { [$0] })
        }
        for pattern in globs { try search.include(pattern: pattern) }
        return try search.finish()
    }

    // MARK: What was looked at

    var folder: String { finder.folder }

    /// Whether a path is the project's folder or in it.
    func isInside(_ path: String) -> Bool { path == folder || path.hasPrefix(folder == "/" ? "/" : folder + "/") }

    /// A path from the project's folder on.
    func relative(_ path: String) -> String {
        path == folder ? "." : String(decoding: path.utf8.dropFirst(folder == "/" ? 1 : folder.utf8.count + 1), as: UTF8.self)
    }

    func place(_ path: String) -> Place {
        if let known = places[path] { return known }
        var place = Place.nothing
        if FilePlace.isFile(path), let real = FilePlace.real(path) { place = isInside(real) ? .file(real) : .outside }
        places[path] = place
        return place
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

    func digest(_ path: String) throws -> Digest {
        if let known = digests[path] { return known }
        let digest = try finder.digest(path)
        digests[path] = digest
        return digest
    }

    /// The words behind `#!`, the first of which is a program.
    func shebang(of path: String) throws -> [String] {
        if let known = shebangs[path] { return known }
        let bytes = try OpenFile(path, O_RDONLY).read(at: 0, countMax: Self.shebangLengthMax)
        var words: [String] = []
        if bytes.starts(with: Array("#!".utf8)) {
            let line = bytes.dropFirst(2).prefix { $0 != UInt8(ascii: "\n") && $0 != UInt8(ascii: "\r") }
            words = String(decoding: line, as: UTF8.self).split(whereSeparator: \.isWhitespace).map(String.init)
        }
        shebangs[path] = words
        return words
    }

    /// The bytes that Linux reads of a first line.
    private static let shebangLengthMax = 256

    /// A script's text; `nil` where it is too large.
    func text(of path: String) throws -> String? {
        if let known = texts[path] { return known }
        let text = try finder.bytes(of: path).map { String(decoding: $0, as: UTF8.self) }
        texts.updateValue(text, forKey: path)
        return text
    }

    func tooLarge(_ name: String) -> String {
        "\(name) is larger than \(finder.limits.sizeMaxBytes) bytes, and what it imports or calls is not looked for"
    }

    /// The program that a shell finds by a name; most commands of a project ask for the same few.
    func programPath(_ program: String, _ state: ShellState) -> String? {
        let question = [state.folder, program] + (state.variables["PATH"] ?? [])
        if let known = programPaths[question] { return known }
        let path = state.folders(in: "PATH").lazy.map { "\($0)/\(program)" }.first(where: isProgram)
        programPaths[question] = .some(path)
        return path
    }

    func isProgram(_ path: String) -> Bool {
        if let known = programs[path] { return known }
        let isProgram = FilePlace.isProgram(path)
        programs[path] = isProgram
        return isProgram
    }

    func identity(of program: String) throws -> String {
        if let known = identities[program] { return known }
        let identity = try Interpreter(program).identity(digest)
        identities[program] = identity
        return identity
    }

    func closure(of entry: PythonEntry) throws -> PythonClosure {
        if let known = closures[entry] { return known }
        let closure = try PythonModules.closure(of: entry, self)
        closures[entry] = closure
        return closure
    }
}

/// The names in a folder, for many questions.
struct FolderListing {
    static let empty = FolderListing([])

    let names: Set<String>
    /// Names of the files that pin libraries.
    let locks: [String]
    /// Names of extension modules, by what comes before the first dot.
    let extensions: [String: [String]]

    init(_ names: [String]) {
        self.names = Set(names)
        locks = names.filter(LockFile.isOne)
        extensions = Dictionary(grouping: names.filter { $0.hasSuffix(".so") }) { String($0.prefix { $0 != "." }) }
    }
}
