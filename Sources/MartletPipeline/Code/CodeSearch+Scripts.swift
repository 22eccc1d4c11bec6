extension CodeSearch {
    /// `bash [options] SCRIPT …`, `sh -c TEXT`
    func shell(_ arguments: [[String]], _ state: ShellState, _ document: String?) throws {
        var rest = arguments[...]
        while let option = rest.first?.first, option.hasPrefix("-") || option.hasPrefix("+"), option.count > 1 {
            rest = rest.dropFirst()
            if option == "--" { break }
            guard !option.hasPrefix("--") else { continue }
            if option.contains("o") { rest = rest.dropFirst() }
            if option.contains("c") { return try shellTexts(rest, state) }
        }
        guard let scripts = rest.first else {
            var inner = state
            inner.depth += 1
            return try ShellWalk.run(document ?? "", self, &inner)
        }
        for path in scripts { try named(script: path, of: "the shell", state) { try script($0, state) } }
        try nameFiles(Array(rest.dropFirst()), state)
    }

    private func shellTexts(_ words: ArraySlice<[String]>, _ state: ShellState) throws {
        for text in words.first ?? [] {
            var inner = state
            inner.depth += 1
            guard !text.contains(ShellState.unknown) else {
                note("\(state.name): a shell runs a computed text")
                continue
            }
            try ShellWalk.run(text, self, &inner)
        }
        try nameFiles(Array(words.dropFirst()), state)
    }

    /// Follows the script that an interpreter is given, or says why not.
    func named(script path: String, of program: String, _ state: ShellState, _ follow: (String) throws -> Void) throws {
        guard !path.contains(ShellState.unknown) else {
            return note("\(state.name): which script \(program) runs is computed: '\(Self.shown(path))'")
        }
        guard let real = file(FilePlace.joined(state.folder, path)) else {
            return note("\(state.name): \(program) runs '\(path)', which is no file of the project")
        }
        try follow(real)
    }

    /// A shell script and what it calls, in a shell of its own.
    func script(_ real: String, _ state: ShellState) throws {
        guard let text = try scriptText(real), isFirst(real, state) else { return }
        var inner = state
        inner.name = relative(real)
        inner.functions = []
        inner.sourced = []
        inner.depth += 1
        try ShellWalk.run(text, self, &inner)
    }

    /// Whether a script was not yet read with the same variables in the same folder.
    private func isFirst(_ real: String, _ state: ShellState) -> Bool {
        let variables = state.variables.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        return scripts.insert("\(real)\n\(state.folder)\n\(variables.joined(separator: "\n"))").inserted
    }

    /// The text of a script that is taken into the code; `nil` with a note where it is too large.
    func scriptText(_ real: String) throws -> String? {
        try add(real)
        let text = try snapshot.text(of: real)
        if text == nil { note(snapshot.tooLarge(relative(real))) }
        return text
    }

    /// The language by the name, else by the first line.
    func language(of real: String) throws -> CodeLanguage {
        let name = FilePlace.name(real)
        if name.hasSuffix(".py") || name.hasSuffix(".pyw") { return .python }
        if name.hasSuffix(".sh") || name.hasSuffix(".bash") { return .shell }
        if let end = Program.unreadEndings.first(where: name.hasSuffix) {
            note("\(relative(real)): what a file '\(end)' loads is not looked for; name it under 'code'")
        }
        let words = try snapshot.shebang(of: real).map(FilePlace.name)
        if words.contains(where: Program.isPython) { return .python }
        return words.contains(where: Program.isShell) ? .shell : .other
    }
}
