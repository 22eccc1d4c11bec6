import MartletStore

extension CodeSearch {
    /// Options of Python whose value is the rest of the word or the next word.
    private static let valuedOptions: Set<Character> = ["c", "m", "W", "X"]

    /// `python [options] SCRIPT …`, `python -m MODULE …`, `python -c TEXT …`, `python -`
    func pythonCommand(_ arguments: [[String]], _ state: ShellState, _ document: String?) throws {
        var rest = arguments[...]
        while let option = rest.first?.first, option.hasPrefix("-"), option != "-" {
            rest = rest.dropFirst()
            if option == "--" { break }
            if option == "--check-hash-based-pycs" { rest = rest.dropFirst() }
            guard !option.hasPrefix("--"), let letter = option.firstIndex(where: Self.valuedOptions.contains) else { continue }
            let glued = String(option[option.index(after: letter)...])
            let values = glued.isEmpty ? rest.first ?? [] : [glued]
            if glued.isEmpty { rest = rest.dropFirst() }
            guard option[letter] == "m" || option[letter] == "c" else { continue }
            for value in values { try option[letter] == "m" ? python(module: value, state) : python(text: value, state) }
            return try nameFiles(Array(rest), state)
        }
        guard let scripts = rest.first, scripts != ["-"] else {
            if let document { try python(text: document, state) }
            return try nameFiles(Array(rest.dropFirst()), state)
        }
        for path in scripts { try pythonScript(path, state) }
        try nameFiles(Array(rest.dropFirst()), state)
    }

    private func pythonScript(_ path: String, _ state: ShellState) throws {
        let place = FilePlace.joined(state.folder, path)
        guard !path.contains(ShellState.unknown), FilePlace.isFolder(place), let real = file("\(place)/__main__.py") else {
            return try named(script: path, of: "python", state) { try python(script: $0, state) }
        }
        try python(script: real, state)
    }

    /// A script and its imports.
    func python(script real: String, _ state: ShellState) throws {
        let (root, package) = packageRoot(of: real)
        let roots = roots([Directory.parent(of: real)], [root], state)
        try add(PythonEntry(start: .file(real, package: package), roots: roots, folder: state.folder))
    }

    private func python(module name: String, _ state: ShellState) throws {
        guard !name.contains(ShellState.unknown) else {
            return note("\(state.name): which module python runs is computed: '\(Self.shown(name))'")
        }
        try add(PythonEntry(start: .module(name), roots: roots([state.folder], [], state), folder: state.folder))
    }

    private func python(text: String, _ state: ShellState) throws {
        guard !text.contains(ShellState.unknown) else { return note("\(state.name): python runs a computed text") }
        try add(PythonEntry(start: .text(text, name: state.name), roots: roots([state.folder], [], state), folder: state.folder))
    }

    private func add(_ entry: PythonEntry) throws {
        let closure = try snapshot.closure(of: entry)
        for path in closure.files {
            if let real = file(path) { try add(real) }
        }
        for sentence in closure.notes { note(sentence) }
    }

    /// The folders that Python looks into; behind them those that an installation of the project itself would add.
    private func roots(_ first: [String], _ last: [String], _ state: ShellState) -> [String] {
        var roots: [String] = []
        for root in first + state.folders(in: "PYTHONPATH") + last + [folder, "\(folder)/src"] where !roots.contains(root) {
            roots.append(root)
        }
        return roots
    }

    /// The folder above the packages that a file is in, and the name of its package.
    private func packageRoot(of real: String) -> (root: String, package: String?) {
        var place = Directory.parent(of: real)
        var names: [String] = []
        while place != folder, snapshot.isInside(place), FilePlace.isFile("\(place)/__init__.py") {
            names.insert(FilePlace.name(place), at: 0)
            place = Directory.parent(of: place)
        }
        return (place, names.isEmpty ? nil : names.joined(separator: "."))
    }
}
