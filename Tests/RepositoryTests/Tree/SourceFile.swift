import Foundation

/// A Swift file, by lines.
struct SourceFile {
    /// The path, relative to the root.
    let path: String
    /// The lines as they are.
    let lines: [Substring]

    init(path: String, text: String) {
        self.path = path
        lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    }

    /// The lines without comments and the insides of string literals.
    var code: [String] {
        var blanking = Blanking()
        return lines.map { blanking.code(of: $0) }
    }

    /// The folder below `Sources` or `Tests`: the target.
    var target: String { path.split(separator: "/").dropFirst().first.map(String.init) ?? "" }

    /// The modules that the file imports.
    var imports: [Substring] {
        lines.compactMap { line in
            guard line.contains("import ") else { return nil }
            return line.firstMatch(
                of:
                    /^(?:@\w+\s+)?(?:(?:public|package|internal|private|fileprivate)\s+)?import\s+(?:(?:struct|class|enum|func|protocol)\s+)?(\w+)/
            )?.1
        }
    }

    /// A function or initialiser with a body.
    struct Function {
        let name: String
        /// The line that it begins on, from 1.
        let line: Int
        /// From that line to its closing brace.
        let lineCount: Int
    }

    /// The functions, initialisers and subscripts with a body.
    var functions: [Function] {
        let code = code
        return code.indices.compactMap { index in
            let line = code[index]
            guard line.contains("func ") || line.contains("init") || line.contains("subscript"),
                let match = line.firstMatch(
                    of: /^\s*(?:@?\w+(?:\(\w+\))?\s+)*?(func\s+[^\s(<]+|init(?=[?(<])|deinit(?=\s*\{)|subscript(?=[(<]))/),
                let end = Self.closingBrace(in: code, from: index)
            else { return nil }
            return Function(name: String(match.1), line: index + 1, lineCount: end - index + 1)
        }
    }

    /// Where the body ends that opens on or after a line; `nil` for a declaration without one.
    private static func closingBrace(in code: [String], from start: Int) -> Int? {
        var depth = 0
        var parentheses = 0
        for index in start..<code.count {
            for character in code[index] {
                switch character {
                case "(": parentheses += 1
                case ")": parentheses -= 1
                case "{": depth += 1
                case "}":
                    depth -= 1
                    if depth == 0, parentheses == 0 { return index }
                    if depth < 0 { return nil }
                default: break
                }
            }
            if depth == 0, parentheses == 0, index + 1 < code.count, !code[index + 1].contains(/^\s*(?:[{]|where|throws|async|->)/) {
                return nil
            }
        }
        return nil
    }
}

/// Takes comments and the insides of string literals out of lines.
private struct Blanking {
    private var isInText = false
    private var isInComment = false

    mutating func code(of line: Substring) -> String {
        if !isInText, !isInComment, !line.utf8.contains(where: { $0 == 0x22 || $0 == 0x2F }) { return String(line) }
        var result = ""
        var rest = line
        while !rest.isEmpty {
            if isInText {
                guard let end = rest.range(of: "\"\"\"") else { return result }
                rest = rest[end.upperBound...]
                isInText = false
            } else if isInComment {
                guard let end = rest.range(of: "*/") else { return result }
                rest = rest[end.upperBound...]
                isInComment = false
            } else if rest.hasPrefix("//") {
                return result
            } else if rest.hasPrefix("/*") {
                isInComment = true
            } else if rest.hasPrefix("\"\"\"") {
                isInText = true
                rest = rest.dropFirst(3)
            } else if rest.hasPrefix("\"") {
                rest = Self.afterLiteral(rest.dropFirst())
                result += "\"\""
            } else {
                result.append(rest.removeFirst())
            }
        }
        return result
    }

    /// What follows a string literal whose opening quote was read; interpolations may hold literals of their own.
    private static func afterLiteral(_ text: Substring) -> Substring {
        var rest = text
        while let character = rest.first {
            if rest.hasPrefix("\\(") {
                rest = afterInterpolation(rest.dropFirst(2))
            } else if character == "\\" {
                rest = rest.dropFirst(2)
            } else {
                rest = rest.dropFirst()
                if character == "\"" { return rest }
            }
        }
        return rest
    }

    private static func afterInterpolation(_ text: Substring) -> Substring {
        var rest = text
        var depth = 1
        while let character = rest.popFirst() {
            switch character {
            case "(": depth += 1
            case ")": depth -= 1
            case "\"": rest = afterLiteral(rest)
            default: break
            }
            if depth == 0 { return rest }
        }
        return rest
    }
}
