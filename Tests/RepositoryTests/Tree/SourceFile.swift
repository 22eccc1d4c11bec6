import Foundation

/// A Swift file, by lines.
struct SourceFile {
    /// The path, relative to the root.
    let path: String
    /// The lines as they are.
    let lines: [String]
    /// The lines with comments and the contents of string literals blanked out.
    let code: [String]

    init(_ path: String) throws {
        self.path = path
        let text = try SourceTree.text(path) ?? ""
        lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        var blanking = Blanking()
        code = lines.map { blanking.code(of: $0) }
    }

    /// The folder below `Sources` or `Tests`: the target.
    var target: String { path.split(separator: "/").dropFirst().first.map(String.init) ?? "" }

    /// The modules that the file imports.
    var imports: [String] {
        code.compactMap { line in
            line.firstMatch(of: /^\s*(?:@\w+\s+)?(?:(?:public|package|internal|private|fileprivate)\s+)?import\s+(?:(?:struct|class|enum|func|protocol)\s+)?(\w+)/)
                .map { String($0.1) }
        }
    }

    /// The functions and initialisers with a body, and how many lines each has from its first to its closing brace.
    var functions: [(name: String, line: Int, lineCount: Int)] {
        code.indices.compactMap { index in
            guard let match = code[index].firstMatch(of: /^\s*(?:@\w+\s+|\w+(?:\(\w+\))?\s+)*(func\s+[^\s(<]+|init(?=[?(<])|subscript(?=[(<])|deinit(?=\s*\{))/),
                let end = closingBrace(from: index)
            else { return nil }
            return (String(match.1), index + 1, end - index + 1)
        }
    }

    /// Where the body ends that opens on or after a line; `nil` for a declaration without one.
    private func closingBrace(from start: Int) -> Int? {
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
                    if depth == 0 { return index }
                    if depth < 0 { return nil }
                default: break
                }
            }
            if depth == 0, parentheses == 0, index + 1 < code.count, !code[index + 1].contains(/^\s*(?:[{]|where|throws|async|->)/) { return nil }
        }
        return nil
    }
}

/// Takes comments and the insides of string literals out of lines.
private struct Blanking {
    private var isInText = false
    private var isInComment = false

    mutating func code(of line: String) -> String {
        var result = ""
        var rest = line[...]
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
