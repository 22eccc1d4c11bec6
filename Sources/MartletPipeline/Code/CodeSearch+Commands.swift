import Glibc
import MartletCore
import MartletStore

extension CodeSearch {
    /// The code of a text for `sh -c`.
    func shellCommand(_ text: String) throws {
        var state = ShellState(folder: folder, name: "the command", environment: environment)
        try identify("sh", state)
        try ShellWalk.run(text, self, &state)
    }

    /// The code of a program and its arguments.
    func run(_ words: [[String]]) throws {
        var state = ShellState(folder: folder, name: "the command", environment: environment)
        try command(words, &state, document: nil)
    }

    /// The code of one command, each of whose words may come to one of several texts. - Parameter document: what it reads.
    func command(_ words: [[String]], _ state: inout ShellState, document: String?) throws {
        guard let programs = words.first else { return }
        let arguments = Array(words.dropFirst())
        for program in programs where !program.isEmpty {
            guard !program.contains(ShellState.unknown) else {
                note("\(state.name): which program runs is computed: '\(Self.shown(program))'")
                try nameFiles(arguments, state)
                continue
            }
            if state.functions.contains(program) {
                try nameFiles(arguments, state)
            } else if try !builtin(program, arguments, &state, document) {
                try start(program, arguments, state, document)
            }
        }
    }

    static func shown(_ text: String) -> String { text.replacing(ShellState.unknown, with: "…") }

    /// Takes the project's files that words name, as they are or behind a `=`.
    func nameFiles(_ words: [[String]], _ state: ShellState) throws {
        for text in words.flatMap(\.self) {
            let value = text.firstIndex(of: "=").map { String(text[text.index(after: $0)...]) }
            for name in [text, value].compactMap(\.self) where !name.isEmpty {
                if let real = file(FilePlace.joined(state.folder, name)) { try follow(real, state) }
            }
        }
    }

    // MARK: What the shell does itself

    private func builtin(
        _ program: String, _ arguments: [[String]], _ state: inout ShellState, _ document: String?
    ) throws -> Bool {
        switch program {
        case "cd", "pushd": changeFolder(arguments, &state)
        case ".", "source": try source(arguments, &state)
        case "eval": try evaluate(arguments, &state)
        case "export", "declare", "typeset", "local", "readonly": assign(arguments, &state)
        case _ where Program.builtins.contains(FilePlace.name(program)): break
        default:
            guard let prefix = Program.prefixes[FilePlace.name(program)] else { return false }
            try prefixed(prefix, arguments, &state, document)
        }
        return true
    }

    private func changeFolder(_ arguments: [[String]], _ state: inout ShellState) {
        guard let target = arguments.first(where: { $0.first?.hasPrefix("-") != true }) else { return }
        guard target.count == 1, let path = target.first, !path.contains(ShellState.unknown) else {
            return note("\(state.name): the folder of 'cd' is computed: '\(Self.shown(target.first ?? ""))'")
        }
        state.folder = FilePlace.joined(state.folder, path)
    }

    /// `. FILE`: its commands run in the same shell.
    private func source(_ arguments: [[String]], _ state: inout ShellState) throws {
        for path in arguments.first ?? [] {
            guard !path.contains(ShellState.unknown) else {
                note("\(state.name): which script is sourced is computed: '\(Self.shown(path))'")
                continue
            }
            guard let real = file(FilePlace.joined(state.folder, path)), let text = try scriptText(real) else { continue }
            // Scripts that source one another guard against doing so twice.
            guard !state.sourced.contains(real) else { continue }
            state.sourced.append(real)
            try ShellWalk.run(text, self, &state)
            state.sourced.removeLast()
        }
    }

    private func evaluate(_ arguments: [[String]], _ state: inout ShellState) throws {
        let texts = arguments.map { $0.count == 1 ? $0[0] : ShellState.unknown }
        guard !texts.contains(where: { $0.contains(ShellState.unknown) }) else { return note("\(state.name): 'eval' runs a computed text") }
        state.depth += 1
        try ShellWalk.run(texts.joined(separator: " "), self, &state)
        state.depth -= 1
    }

    private func assign(_ arguments: [[String]], _ state: inout ShellState) {
        for values in arguments {
            for text in values { Self.assign(text, &state) }
        }
    }

    /// Takes `NAME=value` into the variables. - Returns: whether the text is one.
    @discardableResult
    private static func assign(_ text: String, _ state: inout ShellState) -> Bool {
        guard let sign = text.firstIndex(of: "="), ShellLexer.isName(text[..<sign]) else { return false }
        state.set(String(text[..<sign]), [String(text[text.index(after: sign)...])], isCertain: true)
        return true
    }

    /// `nice -n 5 PROGRAM …`, `env A=b PROGRAM …`
    private func prefixed(
        _ prefix: Program.Prefix, _ arguments: [[String]], _ state: inout ShellState, _ document: String?
    ) throws {
        var inner = state
        var rest = Self.withoutOptions(arguments, prefix.options).dropFirst(prefix.operandCount)
        while let text = rest.first?.first, Self.assign(text, &inner) { rest = rest.dropFirst() }
        try command(Array(rest), &inner, document: document)
    }

    /// The words behind options, some of which have a value.
    static func withoutOptions(_ words: [[String]], _ valued: Set<String>) -> ArraySlice<[String]> {
        var rest = words[...]
        while let option = rest.first?.first, option.hasPrefix("-"), option != "-" {
            rest = rest.dropFirst(valued.contains(option) ? 2 : 1)
            if option == "--" { break }
        }
        return rest
    }

    // MARK: Programs

    private func start(_ program: String, _ arguments: [[String]], _ state: ShellState, _ document: String?) throws {
        let name = FilePlace.name(program)
        guard let path = programPath(program, state) else {
            note("\(state.name): no program '\(program)' on the search path")
            return try nameFiles(arguments, state)
        }
        if let real = file(path), Interpreter(path).environmentFile == nil {
            return try startLocal(real, arguments, state)
        }
        try add(interpreter: program, path)
        try identifyShebang(of: path, state)
        if let options = Program.runners[name] {
            try runner(arguments, options, state, document)
        } else if Program.isPython(name) || Program.isPython(FilePlace.name(FilePlace.real(path) ?? path)) {
            try pythonCommand(arguments, state, document)
        } else if Program.isShell(name) {
            try shell(arguments, state, document)
        } else {
            if let rules = Program.builders[name] { try builder(name, rules, state) }
            try nameFiles(arguments, state)
        }
    }

    /// A program of the project itself: its first line names the one that reads it.
    private func startLocal(_ real: String, _ arguments: [[String]], _ state: ShellState) throws {
        try add(real)
        let reader = try snapshot.shebang(of: real)
        guard !reader.isEmpty, state.depth < limits.depthMax else {
            try follow(real, state)
            return try nameFiles(arguments, state)
        }
        var inner = state
        inner.depth += 1
        try command((reader + [real]).map { [$0] } + arguments, &inner, document: nil)
    }

    func identify(_ program: String, _ state: ShellState) throws {
        guard let path = programPath(program, state) else { return note("\(state.name): no program '\(program)' on the search path") }
        try add(interpreter: program, path)
    }

    /// A script outside the project depends on the interpreter that its first line names as well.
    private func identifyShebang(of path: String, _ state: ShellState) throws {
        guard let reader = try snapshot.shebang(of: path).first(where: { !$0.hasPrefix("-") && FilePlace.name($0) != "env" }),
            let path = programPath(reader, state)
        else { return }
        try add(interpreter: FilePlace.name(reader), path)
    }

    private func programPath(_ program: String, _ state: ShellState) -> String? {
        guard !program.contains("/") else {
            let path = FilePlace.joined(state.folder, program)
            return FilePlace.isFile(path) ? path : nil
        }
        return snapshot.programPath(program, state)
    }

    /// `uv run PROGRAM …`, in the environment of the project.
    private func runner(_ arguments: [[String]], _ options: Set<String>, _ state: ShellState, _ document: String?) throws {
        let rest = Self.withoutOptions(arguments, options)
        guard rest.first == ["run"] else { return try nameFiles(arguments, state) }
        var inner = state
        if snapshot.isProgram("\(folder)/.venv/bin/python") {
            inner.set("PATH", ["\(folder)/.venv/bin"] + (state.variables["PATH"] ?? []), isCertain: true)
            try identify("python", inner)
        }
        let words = Self.withoutOptions(Array(rest.dropFirst()), options.subtracting(["-m", "--module"]))
        let before = arguments.dropLast(words.count)
        if let flag = before.lastIndex(where: { $0 == ["-m"] || $0 == ["--module"] || $0 == ["-s"] || $0 == ["--script"] }) {
            try pythonCommand(Array(arguments[flag...].drop { $0 == ["-s"] || $0 == ["--script"] }), inner, document)
        } else if words.first?.first.map({ $0.hasSuffix(".py") || $0 == "-" }) == true {
            try pythonCommand(Array(words), inner, document)
        } else {
            try command(Array(words), &inner, document: document)
        }
    }

    /// `make` and the like: the file that says what they run is code, and what that runs is not followed.
    private func builder(_ name: String, _ rules: [String], _ state: ShellState) throws {
        let real = rules.lazy.compactMap { self.file("\(state.folder)/\($0)") }.first
        if let real { try add(real) }
        let place = real.map(relative) ?? rules[0]
        note("\(state.name): '\(name)' runs what '\(place)' says, which is not followed; name those files under 'code'")
    }
}
