import MartletCore

/// Commands for a container of Argo's: neither Argo nor Kubernetes may find a word in them to put another in the place of.
enum ArgoCommand {
    /// The program and its arguments; through a shell where one holds what Argo takes for a template, and has no other way to write.
    static func words(_ command: [String]) throws -> [String] {
        let line = try ShellQuoting.line(command)
        guard command.contains(where: { $0.contains(scalars: "{{") }) else { return command.map(unexpanded) }
        // A brace is always in single quotes here: an empty pair of them behind each parts it from the next. The shell's own name
        // comes last, so that words which follow are `$1`, `$2` and so on.
        return ["sh", "-c", unexpanded("exec " + line.replacing(scalars: "{", with: "{''") + #" "$@""#), "sh"]
    }

    /// Kubernetes puts variables in the place of `$(NAME)`, and `$(` in that of `$$(`.
    private static func unexpanded(_ word: String) -> String { word.replacing(scalars: "$(", with: "$$(") }
}
