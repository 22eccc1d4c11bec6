/// What a Python file says of other modules, read without running it.
///
/// Imports within functions, `try` and `if TYPE_CHECKING` count as well: which of them are run is known only by running.
struct PythonScan: Equatable, Sendable {
    /// One module that is imported.
    struct Import: Hashable, Sendable {
        /// The dots before the name: 0 for an absolute import.
        let level: Int
        /// The dotted name; empty in `from . import x`.
        let module: String
        /// What is taken from the module, `*` for all; `nil` where the module itself is.
        let names: [String]?
    }

    /// Something that only a run could tell.
    struct Unknown: Hashable, Sendable {
        let line: Int
        let what: String
    }

    /// What `from … import *` takes.
    enum Exports: Equatable, Sendable {
        /// There is no `__all__`.
        case all
        case names([String])
        /// `__all__` is computed.
        case unknown
    }

    /// The `import` and `from` statements, in their order.
    var imports: [Import] = []
    /// Modules imported by functions that are called with a literal.
    var calls: [Import] = []
    /// Files run by `runpy.run_path` with a literal.
    var scripts: [String] = []
    /// Literals that are put on `sys.path`.
    var paths: [String] = []
    var exports: Exports = .all
    var unknown: [Unknown] = []

    /// Reads a file's bytes.
    init(_ bytes: [UInt8]) {
        var reader = PythonReader(bytes)
        self = reader.scan()
    }

    /// Nothing at all.
    init() {}
}

/// Goes over a file's tokens once.
struct PythonReader {
    private let bytes: [UInt8]
    private let tokens: [PythonToken]
    private var index = 0
    private var found = PythonScan()

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
        tokens = PythonLexer.tokens(of: bytes)
    }

    mutating func scan() -> PythonScan {
        while index < tokens.count {
            if tokens[index].kind == .name { name() } else { index += 1 }
        }
        return found
    }

    private mutating func name() {
        let length = tokens[index].range.count
        // Most names are none of these; the length tells so without a comparison.
        switch length {
        case 4 where isWord("from") && isStatementStart: return fromStatement()
        case 6 where isWord("import"): return importStatement()
        case 7 where isWord("__all__") && isStatementStart: return exports()
        case 2 where isWord("os"), 7 where isWord("asyncio"), 10 where isWord("subprocess"): startOfProgram()
        case 4 where isWord("path"), 4 where isWord("exec"), 8, 10, 13: call()
        default: break
        }
        index += 1
    }

    // MARK: Statements

    /// `import a.b as c, d`
    private mutating func importStatement() {
        repeat {
            index += 1
            let module = dottedName()
            if !module.isEmpty { found.imports.append(.init(level: 0, module: module, names: nil)) }
            // By another name its calls are not seen.
            if module == "subprocess", isWord("as") { note("a program that 'subprocess' starts") }
            skipAlias()
        } while isSign(",")
    }

    /// `from ..a.b import (c as d, e)`
    private mutating func fromStatement() {
        index += 1
        var level = 0
        while isSign(".") {
            level += 1
            index += 1
        }
        let module = isWord("import") ? "" : dottedName()
        guard isWord("import"), level > 0 || !module.isEmpty else { return }
        index += 1
        if isSign("(") { index += 1 }
        var names: [String] = []
        while index < tokens.count {
            if isSign("*") {
                names.append("*")
                index += 1
            } else if tokens[index].kind == .name {
                let name = text(at: index)
                names.append(name)
                if level == 0, Self.startsProgram(module, name) { note("a program that '\(module).\(name)' starts") }
                index += 1
                skipAlias()
            }
            guard isSign(",") else { break }
            index += 1
        }
        found.imports.append(.init(level: level, module: module, names: names))
    }

    private mutating func dottedName() -> String {
        var parts: [String] = []
        while index < tokens.count, tokens[index].kind == .name {
            parts.append(text(at: index))
            index += 1
            guard isSign(".") else { break }
            index += 1
        }
        return parts.joined(separator: ".")
    }

    private mutating func skipAlias() {
        if isWord("as") { index += 2 }
    }

    /// `__all__ = ["a", "b"]`, `__all__ += ("c",)`; anything else is computed.
    private mutating func exports() {
        index += 1
        if isSign("+") { index += 1 }
        guard isSign("=") else { return found.exports = .unknown }
        index += 1
        guard isSign("[") || isSign("(") else { return found.exports = .unknown }
        index += 1
        var names: [String] = []
        while index < tokens.count, tokens[index].kind == .plainText {
            names.append(text(at: index))
            index += 1
            if isSign(",") { index += 1 }
        }
        guard isSign("]") || isSign(")"), index + 1 < tokens.count else { return found.exports = .unknown }
        index += 1
        guard tokens[index].kind == .newline || isSign(";") else { return found.exports = .unknown }
        switch found.exports {
        case .all: found.exports = .names(names)
        case .names(let earlier): found.exports = .names(earlier + names)
        case .unknown: break
        }
    }

    // MARK: Calls

    /// A call that brings in code, at its name.
    private mutating func call() {
        let before = index > 0 ? text(at: index - 1) : ""
        guard before != "def", before != "class" else { return }
        switch text(at: index) {
        case "path" where before == "." && index > 1 && text(at: index - 2) == "sys": pathChange()
        case "exec" where before != "." && isSign("(", 1): note("exec")
        case "run_path" where isSign("(", 1): runPath()
        case "run_module" where isSign("(", 1): importCall("runpy.run_module")
        case "__import__" where isSign("(", 1): importCall("__import__")
        case "import_module" where isSign("(", 1): importCall("importlib.import_module")
        default: break
        }
    }

    /// `subprocess.run(…)`, `os.system(…)`, at the module's name.
    private mutating func startOfProgram() {
        guard isSign(".", 1), isSign("(", 3) else { return }
        let (module, name) = (text(at: index), text(at: index + 2))
        if Self.startsProgram(module, name) { note("a program that '\(module).\(name)' starts") }
    }

    private static func startsProgram(_ module: String, _ name: String) -> Bool {
        switch module {
        case "subprocess": ["run", "call", "check_call", "check_output", "Popen", "getoutput", "getstatusoutput"].contains(name)
        case "asyncio": ["create_subprocess_exec", "create_subprocess_shell"].contains(name)
        case "os": ["system", "popen"].contains(name) || ["exec", "spawn", "posix_spawn"].contains(where: name.hasPrefix)
        default: false
        }
    }

    private mutating func note(_ what: String) {
        found.unknown.append(.init(line: tokens[index].line, what: what))
    }

    /// The literal at an offset from the name, where the argument is nothing else.
    private func literal(_ offset: Int) -> String? {
        guard index + offset + 1 < tokens.count, tokens[index + offset].kind == .plainText else { return nil }
        return isSign(")", offset + 1) || isSign(",", offset + 1) ? text(at: index + offset) : nil
    }

    private mutating func importCall(_ function: String) {
        guard let name = literal(2) else { return note("\(function) with a computed name") }
        let module = name.drop { $0 == "." }
        let level = name.utf8.count - module.utf8.count
        guard level > 0 else { return found.calls.append(.init(level: 0, module: name, names: nil)) }
        let isNamed = isWord("package", 4) && isSign("=", 5)
        let package = isNamed ? 6 : 4
        if isWord("__package__", package) || isWord("__name__", package) {
            found.calls.append(.init(level: level, module: String(module), names: nil))
        } else if let parent = literal(package) {
            let kept = parent.split(separator: ".").dropLast(level - 1).map(String.init)
            found.calls.append(.init(level: 0, module: (kept + [String(module)]).joined(separator: "."), names: nil))
        } else {
            note("\(function) with a computed package")
        }
    }

    private mutating func runPath() {
        guard let script = literal(2) else { return note("runpy.run_path with a computed path") }
        found.scripts.append(script)
    }

    /// `sys.path.append("lib")`, `sys.path.insert(0, "lib")`; what is only read is no change.
    private mutating func pathChange() {
        if isSign("=", 1) && !isSign("=", 2) || isSign("+", 1) && isSign("=", 2) { return note("sys.path is computed") }
        guard isSign(".", 1), isSign("(", 3) else { return }
        let folder: String?
        switch text(at: index + 2) {
        case "append": folder = literal(4)
        case "insert": folder = isSign(",", 5) ? literal(6) : nil
        case "extend": folder = nil
        default: return
        }
        guard let folder else { return note("sys.path gets a computed folder") }
        found.paths.append(folder)
    }

    // MARK: Tokens

    private func text(at index: Int) -> String { String(decoding: bytes[tokens[index].range], as: UTF8.self) }

    private var isStatementStart: Bool {
        guard index > 0 else { return true }
        return tokens[index - 1].kind == .newline || isSign(";", -1) || isSign(":", -1)
    }

    private func isWord(_ word: StaticString, _ offset: Int = 0) -> Bool { matches(.name, word, offset) }

    private func isSign(_ sign: StaticString, _ offset: Int = 0) -> Bool { matches(.sign, sign, offset) }

    private func matches(_ kind: PythonToken.Kind, _ expected: StaticString, _ offset: Int) -> Bool {
        guard tokens.indices.contains(index + offset) else { return false }
        let token = tokens[index + offset]
        guard token.kind == kind, token.range.count == expected.utf8CodeUnitCount else { return false }
        return expected.withUTF8Buffer { bytes[token.range].elementsEqual($0) }
    }
}
