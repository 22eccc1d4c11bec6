/// What a shell has when it comes to a command.
///
/// A text that only a run could tell holds `unknown` in its place, so that no file has its name.
struct ShellState {
    /// Stands for what is not known.
    static let unknown = "\0"
    /// Values of a variable that are told apart, as of a loop's; beyond it the variable is unknown.
    static let valueCountMax = 64

    /// The folder that the command is started in.
    var folder: String
    /// The name of the script, for people.
    var name: String
    /// What each variable may hold.
    var variables: [String: [String]]
    var functions: Set<String> = []
    /// Shells that lead here.
    var depth = 0
    /// Scripts that are being sourced, the innermost last.
    var sourced: [String] = []

    init(folder: String, name: String, environment: [String: String]) {
        self.folder = folder
        self.name = name
        variables = environment.mapValues { [$0] }
    }

    /// Lets a variable have a value; within loops and conditions it may also keep the earlier one.
    mutating func set(_ name: String, _ values: [String], isCertain: Bool) {
        var all = isCertain ? [] : variables[name] ?? []
        for value in values where !all.contains(value) { all.append(value) }
        variables[name] = all.count > Self.valueCountMax ? [Self.unknown] : all
    }

    /// The folders in a variable such as `PATH`, absolute, without those that are not known.
    func folders(in variable: String) -> [String] {
        let entries = (variables[variable] ?? []).flatMap { $0.split(separator: ":", omittingEmptySubsequences: false) }
        var folders: [String] = []
        for entry in entries where !entry.contains(Self.unknown) {
            let path = FilePlace.joined(folder, String(entry))
            if !folders.contains(path) { folders.append(path) }
        }
        return folders
    }

    /// What a word may come to.
    func values(of word: ShellWord) -> [String] {
        var values = [""]
        for part in word.parts {
            let pieces = pieces(of: part)
            values = values.flatMap { start in pieces.map { start + $0 } }
            if values.count > Self.valueCountMax { return [Self.unknown] }
        }
        return values
    }

    private func pieces(of part: ShellWord.Part) -> [String] {
        switch part {
        case .literal(let text, _): return [text]
        case .computed: return [Self.unknown]
        case .variable(let name, let otherwise, _):
            let values = variables[name] ?? []
            guard let otherwise else { return values.isEmpty ? [Self.unknown] : values }
            let filled = values.filter { !$0.isEmpty }
            return filled.isEmpty ? [otherwise] : filled
        }
    }

    /// The word as a pattern of files, quoted signs escaped; `nil` where it has no sign of a pattern.
    func pattern(of word: ShellWord) -> String? {
        var hasSign = false
        var pattern = ""
        for part in word.parts {
            let pieces = pieces(of: part)
            guard pieces.count == 1, let piece = pieces.first, piece != Self.unknown else { return nil }
            var isQuoted = false
            switch part {
            case .literal(_, let quoted), .variable(_, _, let quoted): isQuoted = quoted
            case .computed: return nil
            }
            for character in piece {
                let isSign = "*?[".contains(character)
                if isSign && !isQuoted { hasSign = true }
                pattern += (isSign && isQuoted) || character == "\\" ? "\\\(character)" : String(character)
            }
        }
        return hasSign ? pattern : nil
    }

    /// The words that one becomes: a variable without quotes is cut at its spaces.
    func fields(of word: ShellWord) -> [[String]] {
        let values = values(of: word)
        let isQuoted = word.parts.contains {
            switch $0 {
            case .literal(_, let isQuoted), .variable(_, _, let isQuoted): isQuoted
            case .computed: false
            }
        }
        guard !isQuoted, values.count == 1, let value = values.first, value.contains(where: \.isWhitespace) else { return [values] }
        return value.split(whereSeparator: \.isWhitespace).map { [String($0)] }
    }
}
