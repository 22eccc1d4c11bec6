import MartletCore
import MartletStore

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

    private unowned let search: CodeSearch
    private var roots: [String]
    /// What literals on `sys.path` are relative to.
    private let folder: String
    private var known: [String: Module?] = [:]
    private var visited: Set<Visit> = []
    private var queue: [Visit] = []

    init(_ search: CodeSearch, roots: [String], folder: String) {
        self.search = search
        self.roots = roots
        self.folder = folder
    }

    /// Takes a file and what it imports. - Parameter package: the name of the package that it is in.
    func follow(_ path: String, package: String?) throws {
        enqueue(path, package)
        try drain()
    }

    /// Takes what a text imports.
    func follow(_ scan: PythonScan, name: String) throws {
        try take(scan, name: name, from: nil)
        try drain()
    }

    /// `python -m NAME`: of a package its `__main__`.
    func run(_ name: String) throws {
        if case .package? = try load(name) { try load("\(name).__main__") }
        try drain()
    }

    // MARK: Files

    private func enqueue(_ path: String, _ package: String?) {
        let visit = Visit(path: path, package: package)
        if visited.insert(visit).inserted { queue.append(visit) }
    }

    private func drain() throws {
        while let visit = queue.popLast() {
            guard let real = search.file(visit.path) else { continue }
            let digest = try search.add(real)
            guard !real.hasSuffix(".so"), !real.hasSuffix(".pyc") else { continue }
            guard let scan = try search.finder.scan(real, digest) else {
                search.note(search.tooLarge(real))
                continue
            }
            try take(scan, name: search.relative(real), from: visit)
        }
    }

    private func take(_ scan: PythonScan, name: String, from visit: Visit?) throws {
        for unknown in scan.unknown { search.note("\(name) line \(unknown.line): \(unknown.what)") }
        addRoots(scan.paths)
        for item in scan.imports + scan.calls { try load(item, from: visit) }
        for script in scan.scripts {
            let path = FilePlace.joined(folder, script)
            if search.file(path) != nil { enqueue(path, nil) }
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
        guard case .package(let folders, let start?)? = try module(name), let real = search.file(start),
            let scan = try search.finder.scan(real, try search.add(real))
        else { return }
        switch scan.exports {
        case .all: return
        case .names(let names): for child in names where !child.isEmpty { try load("\(name).\(child)") }
        case .unknown:
            for child in Set(try folders.flatMap { try search.listing($0).names.sorted() }).sorted() where !child.hasPrefix("__") {
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
            let listing = try search.listing(folder)
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
