import MartletCore

/// Commands for Airflow's operator of bash, which takes them for templates first: no brace of a template's may be left in them.
enum AirflowShell {
    static func line(_ command: [String]) throws -> String {
        try command.map(quoted).joined(separator: " ")
    }

    private static func quoted(_ word: String) throws -> String {
        let plain = try ShellQuoting.quoted(word)
        // A command that ends so is taken for the name of a file with the command in it.
        let looksLikeFile = [".sh", ".bash"].contains { plain.hasSuffix($0) }
        guard word.contains(scalars: "{") else { return looksLikeFile ? "'\(plain)'" : plain }
        let escaped = word.unicodeScalars.map { scalar in
            switch scalar {
            case "{": #"\x7b"#
            case "'", "\\": "\\\(scalar)"
            default: String(scalar)
            }
        }
        return "$'" + escaped.joined() + "'"
    }
}
