import Foundation
import MartletTesting
import Testing

@testable import MartletPipeline

@Suite struct PythonScanTests {
    private func imports(_ text: String) -> [String] { Self.lines(PythonScan(Array(text.utf8)).imports) }

    private static func lines(_ imports: [PythonScan.Import]) -> [String] {
        imports.map { "\($0.level) \($0.module)\($0.names.map { " " + $0.joined(separator: ",") } ?? "")" }
    }

    private func calls(_ text: String) -> [String] { Self.lines(PythonScan(Array(text.utf8)).calls) }

    private func notes(_ text: String) -> [String] {
        PythonScan(Array(text.utf8)).unknown.map { "\($0.line) \($0.what)" }
    }

    @Test(arguments: [
        ("import a", ["0 a"]),
        ("import a.b as c, d", ["0 a.b", "0 d"]),
        ("from a.b import c as d, e", ["0 a.b c,e"]),
        ("from . import x", ["1  x"]),
        ("from .import x", ["1  x"]),
        ("from ... a import (\n  b, # one\n  c,\n)", ["3 a b,c"]),
        ("from .... import x", ["4  x"]),
        ("from a import*", ["0 a *"]),
        ("if x: import a; import b", ["0 a", "0 b"]),
        ("try:\n  import a\nexcept ImportError: from b import c", ["0 a", "0 b c"]),
        ("if TYPE_CHECKING:\n\tfrom a import B", ["0 a B"]),
        ("from a \\\n  import \\\r\n b", ["0 a b"]),
        ("import größe.maß", ["0 größe.maß"]),
        ("\u{FEFF}import a", ["0 a"]),
        ("import a\rimport b\r\nimport c", ["0 a", "0 b", "0 c"]),
        ("raise E from e\nimport a", ["0 a"]),
        ("def f():\n  yield from import_all\n  import a", ["0 a"]),
        ("x = {1: 2}\nfrom a import b", ["0 a b"]),
    ])
    func `statements are read as Python has them`(_ text: String, _ expected: [String]) {
        #expect(imports(text) == expected)
    }

    @Test(arguments: [
        "# import a", "x = 'import a'", "x = \"\"\"\nimport a\n\"\"\"", "x = rb'''\nimport a\\'''\nimport b'''",
        "x = 'it\\'s'; y = ' import a'",
        "x = 'a \\\nimport b'", "f'{x}\\\nimport b'", "f\"{d[\"import\"]} import a\"", "f'''{x:{'import a'}}\nimport b'''",
        "f'{{import a}}'",
        "f'{x!r:>{w}} import a'", "rf'\\{x} import a'", "important = 1", "x.imports", "ruf'import a'[0]",
    ])
    func `what stands in texts and comments is no import`(_ text: String) {
        #expect(imports(text) == [])
        #expect(imports(text + "\nimport after") == ["0 after"])
    }

    @Test func `a text that is not closed ends with its line`() {
        #expect(imports("x = 'open\nimport a") == ["0 a"])
        #expect(imports("x = f'{open\nimport a") == ["0 a"])
        #expect(imports("x = '''open\nimport a").isEmpty)
    }

    @Test(arguments: [
        "", "import", "from", "from .", "from . import", "import a.", "from a import (", "f'{", "f\"{x:", "'", "\\", "__all__", "__all__ =",
    ])
    func `a file that is cut off is read as far as it goes`(_ text: String) {
        #expect(imports(text).count <= 1)
    }

    @Test func `deep nesting of fields ends somewhere`() {
        let text = String(repeating: "f'{", count: 100_000)
        #expect(imports(text + "\nimport a").count <= 1)
    }

    @Test func `modules that functions import by a literal are found`() {
        #expect(calls("importlib.import_module('a.b')") == ["0 a.b"])
        #expect(calls("x = __import__(\"a\", globals())") == ["0 a"])
        #expect(calls("import_module('.c', package=__package__)") == ["1 c"])
        #expect(calls("import_module('..c', 'a.b')") == ["0 a.c"])
        #expect(calls("f'{__import__(\"a\")}'") == ["0 a"])
        #expect(calls("def import_module(name): pass").isEmpty)
        #expect(calls("runpy.run_module('a')") == ["0 a"])
        #expect(PythonScan(Array("run_path('x.py')".utf8)).scripts == ["x.py"])
    }

    @Test func `what only a run could tell is named with its line`() {
        #expect(notes("\n\nimportlib.import_module(name)") == ["3 importlib.import_module with a computed name"])
        #expect(notes("__import__('a' + b)") == ["1 __import__ with a computed name"])
        #expect(notes("import_module(f'{a}.b')") == ["1 importlib.import_module with a computed name"])
        #expect(notes("import_module('.a', b)") == ["1 importlib.import_module with a computed package"])
        #expect(notes("exec(text)\nself.exec(x)\ndef exec(x): pass") == ["1 exec"])
        #expect(notes("sys.path.insert(0, here)\nsys.path.append('lib')\nprint(sys.path[0])") == ["1 sys.path gets a computed folder"])
        #expect(notes("sys.path += [x]") == ["1 sys.path is computed"])
        #expect(PythonScan(Array("sys.path.append('lib'); sys.path.insert(0, 'b')".utf8)).paths == ["lib", "b"])
    }

    @Test(arguments: [
        ("subprocess.run(['a'])", "a program that 'subprocess.run' starts"),
        ("p = subprocess.Popen(x)", "a program that 'subprocess.Popen' starts"),
        ("os.system('a')", "a program that 'os.system' starts"), ("os.execvp(a, b)", "a program that 'os.execvp' starts"),
        ("os.posix_spawn(a)", "a program that 'os.posix_spawn' starts"),
        ("await asyncio.create_subprocess_exec(a)", "a program that 'asyncio.create_subprocess_exec' starts"),
        ("from subprocess import PIPE, run as start", "a program that 'subprocess.run' starts"),
        ("from os import (path,\n system)", "a program that 'os.system' starts"),
        ("import os, subprocess as sp", "a program that 'subprocess' starts"),
    ])
    func `a program that Python starts is named`(_ text: String, _ expected: String) {
        #expect(PythonScan(Array(text.utf8)).unknown.map(\.what) == [expected])
        #expect(notes("\n" + text).first?.first == (text.contains("\n") ? "3" : "2"))
    }

    @Test(arguments: [
        "job.run(x)", "run(x)", "subprocess.PIPE", "os.path.exists(x)", "def run(x): pass", "'subprocess.run(x)'", "import subprocess",
        "from subprocess import PIPE",
        "from .subprocess import run", "import os as o",
    ])
    func `what starts no program is not`(_ text: String) { #expect(notes(text) == []) }

    @Test func `names for a star are read where they are literal`() {
        #expect(PythonScan(Array("x = 1".utf8)).exports == .all)
        #expect(PythonScan(Array("__all__ = ['a',\n 'b']\n__all__ += ('c',)".utf8)).exports == .names(["a", "b", "c"]))
        #expect(PythonScan(Array("__all__ = ['a'] + more".utf8)).exports == .unknown)
        #expect(PythonScan(Array("__all__ = [n for n in names]".utf8)).exports == .unknown)
        #expect(PythonScan(Array("__all__.append('x')".utf8)).exports == .unknown)
    }

    @Test func `every file of the standard library imports what Python's parser says`() async throws {
        let python = try PythonEnvironment.references.path()
        let result = try await Command(python, [CodeProject.reference, "parse"]).run()
        try #require(result.status == 0, "\(result.errors)")
        var fileCount = 0
        for file in result.output.split(separator: "\n\n") {
            let lines = file.split(separator: "\n")
            let path = try #require(lines.first.map(String.init))
            let found = Self.lines(PythonScan([UInt8](try Data(contentsOf: URL(filePath: path)))).imports).sorted()
            #expect(found == lines.dropFirst().map(String.init).sorted(), "\(path)")
            fileCount += 1
        }
        #expect(fileCount > 500, "\(fileCount) files")
    }
}
