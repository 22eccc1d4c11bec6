/// Where Python begins, and where it looks for modules.
struct PythonEntry: Hashable {
    enum Start: Hashable {
        /// A script, and the name of the package that it is in.
        case file(String, package: String?)
        /// `-m`
        case module(String)
        /// `-c`, or standard input.
        case text(String, name: String)
    }

    let start: Start
    /// The folders of `sys.path` that are the project's.
    let roots: [String]
    /// The working folder.
    let folder: String
}

/// What a start of Python leads to.
struct PythonClosure {
    /// The paths of all files, sorted, links as they are.
    var files: [String] = []
    /// What only a run could tell.
    var notes: [String] = []
}

/// The modules that are found in some folders, as Python's import system finds them ("The Python Language Reference", chapter 5).
final class PythonModules {
    /// What a dotted name leads to.
    private enum Module {
        case file(String)
        /// Folders of submodules, and the file that is run first; a namespace package has none.
        case package([String], start: String?)

        var file: String? {
            switch self {
            case .file(let path): path
            case .package(_, let start): start
            }
        }
    }

    private struct Visit: Hashable {
        let path: String
        let package: String?
    }

    private let snapshot: CodeSnapshot
    private var roots: [String]
    /// What literals on `sys.path` are relative to.
    private let folder: String
    private var known: [String: Module?] = [:]
    private var visited: Set<Visit> = []
    private var queue: [Visit] = []
    private var notes: Set<String> = []

    private init(_ snapshot: CodeSnapshot, roots: [String], folder: String) {
        self.snapshot = snapshot
        self.roots = roots
        self.folder = folder
    }

    /// All files that a start of Python may load from the project.
    static func closure(of entry: PythonEntry, _ snapshot: CodeSnapshot) throws -> PythonClosure {
        let modules = PythonModules(snapshot, roots: entry.roots, folder: entry.folder)
        switch entry.start {
        case .file(let path, let package): modules.enqueue(path, package)
        case .text(let text, let name): try modules.take(PythonScan(Array(text.utf8)), name: name, from: nil)
        case .module(let name): if case .package? = try modules.load(name) { try modules.load("\(name).__main__") }
        }
        try modules.drain()
        return PythonClosure(files: Set(modules.visited.map(\.path)).sorted(), notes: modules.notes.sorted())
    }

    // MARK: Files

    private func enqueue(_ path: String, _ package: String?) {
        let visit = Visit(path: path, package: package)
        if visited.insert(visit).inserted { queue.append(visit) }
    }

    private func drain() throws {
        while let visit = queue.popLast() {
            try checkCount()
            guard case .file(let real) = snapshot.place(visit.path) else { continue }
            guard !real.hasSuffix(".so"), !real.hasSuffix(".pyc") else { continue }
            guard let scan = try snapshot.finder.scan(real, try snapshot.digest(real)) else {
                notes.insert(snapshot.tooLarge(snapshot.relative(real)))
                continue
            }
            try take(scan, name: snapshot.relative(real), from: visit)
        }
    }

    private func checkCount() throws {
        if visited.count > snapshot.finder.limits.fileCountMax { throw snapshot.finder.tooManyFiles }
    }

    private func take(_ scan: PythonScan, name: String, from visit: Visit?) throws {
        for unknown in scan.unknown { notes.insert("\(name) line \(unknown.line): \(unknown.what)") }
        addRoots(scan.paths)
        for item in scan.imports + scan.calls { try load(item, from: visit) }
        for script in scan.scripts {
            let path = FilePlace.joined(folder, script)
            if case .file = snapshot.place(path) { enqueue(path, nil) }
        }
    }

    /// Folders that a program puts on its path come first. What was looked for before is looked for again.
    private func addRoots(_ paths: [String]) {
        let fresh = paths.map { FilePlace.joined(folder, $0) }.filter { !roots.contains($0) }
        guard !fresh.isEmpty else { return }
        roots = fresh + roots
        known = [:]
        queue = visited.sorted { ($0.path, $0.package ?? "") < ($1.path, $1.package ?? "") }
    }

    // MARK: Imports

    private func load(_ item: PythonScan.Import, from visit: Visit?) throws {
        guard let base = try base(of: item, from: visit) else { return }
        let module = base.isEmpty ? nil : try load(base)
        guard let names = item.names else { return }
        if case .file? = module { return }
        guard module != nil || (base.isEmpty && item.level > 0) else { return }
        for name in names {
            if name == "*" {
                try loadAll(of: base)
            } else {
                try load(base.isEmpty ? name : "\(base).\(name)")
            }
        }
    }

    /// The absolute name of what is imported from; `nil` where an import leads above its packages.
    private func base(of item: PythonScan.Import, from visit: Visit?) throws -> String? {
        guard item.level > 0 else { return item.module }
        // A script is in no package, and Python refuses its relative imports; what lies beside it is taken nevertheless.
        guard let package = visit?.package else { return item.level == 1 ? item.module : nil }
        let parents = package.split(separator: ".")
        guard item.level <= parents.count else { return nil }
        let parent = parents.dropLast(item.level - 1).joined(separator: ".")
        return item.module.isEmpty ? parent : "\(parent).\(item.module)"
    }

    /// Takes a module and the packages that it is in, as far as they are local.
    @discardableResult
    private func load(_ name: String) throws -> Module? {
        var end = name.startIndex
        var found: Module?
        repeat {
            end = name[end...].dropFirst().firstIndex(of: ".") ?? name.endIndex
            let part = String(name[..<end])
            found = try module(part)
            guard let found else { return nil }
            guard let file = found.file else { continue }
            if case .package = found {
                enqueue(file, part)
            } else {
                enqueue(file, part.lastIndex(of: ".").map { String(part[..<$0]) })
            }
        } while end < name.endIndex
        return found
    }

    /// What `from NAME import *` loads: the submodules among the names that the package exports.
    private func loadAll(of name: String) throws {
        guard case .package(let folders, let start?)? = try module(name), case .file(let real) = snapshot.place(start),
            let scan = try snapshot.finder.scan(real, try snapshot.digest(real))
        else { return }
        switch scan.exports {
        case .all: return
        case .names(let names): for child in names where !child.isEmpty { try load("\(name).\(child)") }
        case .unknown:
            for child in Set(try folders.flatMap { try snapshot.listing($0).names.sorted() }).sorted() where !child.hasPrefix("__") {
                let stem = child.prefix { $0 != "." }
                if !stem.isEmpty { try load("\(name).\(stem)") }
            }
        }
    }

    // MARK: The import system

    private func module(_ name: String) throws -> Module? {
        if let answer = known[name] { return answer }
        var answer: Module?
        if let dot = name.lastIndex(of: ".") {
            if case .package(let folders, _)? = try module(String(name[..<dot])) {
                answer = try find(String(name[name.index(after: dot)...]), in: folders)
            }
        } else {
            answer = try find(name, in: roots)
        }
        known.updateValue(answer, forKey: name)
        return answer
    }

    /// In each folder a package comes before extension modules, these before source, and folders without `__init__` count together.
    private func find(_ name: String, in folders: [String]) throws -> Module? {
        var portions: [String] = []
        for folder in folders {
            let listing = try snapshot.listing(folder)
            let path = "\(folder)/\(name)"
            let isFolder = listing.names.contains(name) && FilePlace.isFolder(path)
            if isFolder, let start = try start(of: path) { return .package([path], start: start) }
            let files = (listing.extensions[name] ?? []) + ["\(name).py", "\(name).pyc"].filter(listing.names.contains)
            if let file = files.first(where: { FilePlace.isFile("\(folder)/\($0)") }) { return .file("\(folder)/\(file)") }
            if isFolder { portions.append(path) }
        }
        return portions.isEmpty ? nil : .package(portions, start: nil)
    }

    private func start(of folder: String) throws -> String? {
        let plain = "\(folder)/__init__.py"
        if FilePlace.isFile(plain) { return plain }
        guard FilePlace.isFile("\(folder)/__init__.pyc") else { return nil }
        return "\(folder)/__init__.pyc"
    }
}
