/// Goes through a shell script command by command, loops once and conditions both ways.
struct ShellWalk {
    private let search: CodeSearch
    private let tokens: [ShellToken]
    private var index = 0
    private var state: ShellState
    /// Loops, conditions and functions around the command.
    private var nesting = 0
    /// What the shells around this subshell go on with.
    private var outer: [ShellState] = []
    private var words: [ShellWord] = []
    private var files: [ShellWord] = []
    private var document: String?

    private init(_ script: String, _ search: CodeSearch, _ state: ShellState) {
        self.search = search
        self.state = state
        tokens = ShellLexer.tokens(of: script)
    }

    /// Finds the code of a script's commands, which may change the state.
    static func run(_ script: String, _ search: CodeSearch, _ state: inout ShellState) throws {
        guard state.depth + state.sourced.count <= search.limits.depthMax else {
            return search.note("\(state.name): scripts call scripts more than \(search.limits.depthMax) deep, which is not followed")
        }
        var walk = ShellWalk(script, search, state)
        walk.state.functions.formUnion(walk.functionNames)
        while walk.index < walk.tokens.count { try walk.step() }
        try walk.endCommand()
        state = walk.outer.first ?? walk.state
    }

    private mutating func step() throws {
        let token = tokens[index]
        index += 1
        switch token {
        case .word(let word):
            if words.isEmpty, try reserved(word) { return }
            if next == .control("("), tokens.dropFirst(index + 1).first == .control(")"), word.bare?.hasSuffix("=") == false {
                index += 2
                return
            }
            words.append(word)
        case .redirection(let sign): try redirection(sign)
        case .hereDocument(let text): document = text
        case .control(let sign): try control(sign)
        }
    }

    private var next: ShellToken? { index < tokens.count ? tokens[index] : nil }

    private mutating func control(_ sign: String) throws {
        if sign == "(", words.isEmpty, case .control("(")? = next { return skipArithmetic() }
        if sign == "(", words.last?.bare?.hasSuffix("=") == true { return takeArray() }
        try endCommand()
        if sign == "(" { outer.append(state) }
        if sign == ")", let before = outer.popLast() { state = before }
        if sign == ";;" { skipCasePatterns() }
    }

    private mutating func redirection(_ sign: String) throws {
        guard case .word(let word)? = next else { return }
        index += 1
        try runScripts(in: word)
        if sign == "<" || sign == "<>" { files.append(word) }
    }

    /// Puts the variables in and hands the command over.
    private mutating func endCommand() throws {
        defer { (words, files, document) = ([], [], nil) }
        for word in files { try search.nameFiles([state.values(of: word)], state) }
        guard !words.isEmpty else { return }
        try search.countCommand()
        for word in words { try runScripts(in: word) }
        var rest = words[...]
        var inner = state
        while let assignment = rest.first?.assignment {
            rest = rest.dropFirst()
            inner.set(assignment.name, state.values(of: assignment.value), isCertain: nesting == 0)
        }
        guard !rest.isEmpty else { return state = inner }
        let before = state.variables
        let fields = try rest.flatMap(fields)
        try search.command(fields, &inner, document: document)
        // What is set before a command holds for that command only; what it sets itself stays.
        let assigned = words.prefix(words.count - rest.count).compactMap { $0.assignment?.name }
        for name in assigned { inner.variables[name] = before[name] }
        state = inner
    }

    private func fields(_ word: ShellWord) throws -> [[String]] {
        if let pattern = state.pattern(of: word) {
            let paths = try search.shellPaths(matching: pattern, in: state.folder)
            if !paths.isEmpty { return paths.map { [$0] } }
        }
        return state.fields(of: word)
    }

    private func runScripts(in word: ShellWord) throws {
        for script in word.scripts {
            var inner = state
            inner.depth += 1
            try Self.run(script, search, &inner)
        }
    }
}

extension ShellWalk {
    /// Takes a reserved word, and what belongs to it. - Returns: whether the word is one.
    private mutating func reserved(_ word: ShellWord) throws -> Bool {
        switch word.bare {
        case "if", "while", "until": nesting += 1
        case "then", "elif", "else", "do", "{", "}", "!", "coproc": break
        case "fi", "done", "esac": nesting = max(0, nesting - 1)
        case "for", "select": try loop()
        case "case":
            nesting += 1
            skip(past: "in")
            skipCasePatterns()
        case "function":
            if case .word(let name)? = next, let name = name.bare {
                index += 1
                state.functions.insert(name)
            }
        case "[[": skip(past: "]]")
        default: return false
        }
        return true
    }

    /// The names before `()`: a function may call those that come behind it.
    private var functionNames: [String] {
        tokens.indices.dropLast(2).compactMap { place in
            guard case .word(let word) = tokens[place], tokens[place + 1] == .control("("), tokens[place + 2] == .control(")") else {
                return nil
            }
            return word.bare
        }
    }

    /// `for NAME in words`: the variable may hold each of the words.
    private mutating func loop() throws {
        nesting += 1
        guard case .word(let variable)? = next, let name = variable.bare else { return }
        index += 1
        guard case .word(let keyword)? = next, keyword.bare == "in" else { return state.set(name, [ShellState.unknown], isCertain: true) }
        index += 1
        var values: [String] = []
        while case .word(let word)? = next {
            index += 1
            try runScripts(in: word)
            values += try fields(word).flatMap { $0 }
        }
        state.set(name, values.isEmpty ? [ShellState.unknown] : values, isCertain: true)
    }

    private mutating func skip(past end: String) {
        while index < tokens.count {
            index += 1
            if case .word(let word) = tokens[index - 1], word.bare == end { return }
        }
    }

    /// To behind the `)` of a clause's patterns, or before `esac`.
    private mutating func skipCasePatterns() {
        while let token = next {
            if case .word(let word) = token, word.bare == "esac" { return }
            index += 1
            if case .control(")") = token { return }
        }
    }

    /// Over the values of bash's `NAME=(…)`, which are not told apart.
    private mutating func takeArray() {
        while let token = next {
            index += 1
            if case .control(")") = token { break }
        }
        words[words.count - 1].parts.append(.computed)
    }

    /// Over `((…))`.
    private mutating func skipArithmetic() {
        var level = 1
        while let token = next, level > 0 {
            index += 1
            if case .control("(") = token { level += 1 }
            if case .control(")") = token { level -= 1 }
        }
    }
}
