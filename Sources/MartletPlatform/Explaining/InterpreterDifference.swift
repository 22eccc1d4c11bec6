import MartletCore

/// Says how the programs that a command runs differ, by what tells them from others:
/// `python3.11 sha256:…, pyvenv.cfg sha256:…, packages sha256:…`.
enum InterpreterDifference {
    private static let meanings = [
        "pyvenv.cfg": "the settings of its virtual environment (pyvenv.cfg) changed", "packages": "other packages are installed",
    ]

    /// - Parameter word: the word of the command that names the program.
    static func words(_ word: String, old: String?, new: String?) -> [String] {
        guard let old else { return ["it runs '\(word)' now: \(shown(new ?? "nothing"))"] }
        guard let new else { return ["it does not run '\(word)' any more"] }
        let (before, after) = (parts(old), parts(new))
        var words: [String] = []
        if before.program != after.program {
            let build =
                before.program.name == after.program.name
                ? "another build of \(after.program.name)" : "\(before.program.name) → \(after.program.name)"
            words.append("the program '\(word)' is another one: \(build)")
        }
        for name in Set(before.rest.keys).union(after.rest.keys).sorted() where before.rest[name] != after.rest[name] {
            words.append("the program '\(word)': \(meanings[name] ?? "\(name) changed")")
        }
        return words.isEmpty ? ["the program '\(word)': \(shown(old)) → \(shown(new))"] : words
    }

    private struct Part: Equatable {
        let name: String
        let digest: String
    }

    private static func parts(_ text: String) -> (program: Part, rest: [String: String]) {
        let parts = text.split(separator: ", ").map { part in
            let words = part.split(separator: " ", maxSplits: 1).map(String.init)
            return Part(name: words.first ?? "", digest: words.last ?? "")
        }
        let rest = parts.dropFirst().map { ($0.name, $0.digest) }
        return (parts.first ?? Part(name: text, digest: ""), Dictionary(rest, uniquingKeysWith: { $1 }))
    }

    private static func shown(_ text: String) -> String { parts(text).program.name }
}
