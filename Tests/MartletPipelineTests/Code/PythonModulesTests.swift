import Foundation
import MartletCore
import MartletTesting
import Testing

@testable import MartletPipeline

@Suite struct PythonModulesTests {
    @Test func `imports are followed through packages, relative names and circles`() throws {
        let files = [
            "main.py": "import a.b.c\nfrom p import q, value", "a/__init__.py": "", "a/b/__init__.py": "from . import d\nfrom ..e import f",
            "a/b/c.py": "import main", "a/b/d.py": "from ... import too_far", "a/e.py": "import json, numpy", "a/f.py": "",
            "p/__init__.py": "value = 1", "p/q.py": "from .r import *", "p/r/__init__.py": "__all__ = ['s', 'name']", "p/r/s.py": "",
            "p/r/t.py": "", "unused.py": "", "json/readme.txt": "",
        ]
        try CodeProject.with(files) { project throws in
            let found = try project.files("python main.py")
            #expect(
                found == [
                    "a/__init__.py", "a/b/__init__.py", "a/b/c.py", "a/b/d.py", "a/e.py", "main.py", "p/__init__.py", "p/q.py",
                    "p/r/__init__.py",
                    "p/r/s.py",
                ])
        }
    }

    @Test func `a module is run with its packages, and a package with its main file`() throws {
        let files = [
            "p/__init__.py": "import top", "p/__main__.py": "from . import x", "p/x.py": "", "p/y.py": "from .x import z", "top.py": "",
            "app/__main__.py": "import beside", "app/beside.py": "",
        ]
        try CodeProject.with(files) { project throws in
            #expect(try project.files("python -m p") == ["p/__init__.py", "p/__main__.py", "p/x.py", "top.py"])
            #expect(try project.files("python -um p.y --x") == ["p/__init__.py", "p/x.py", "p/y.py", "top.py"])
            #expect(try project.files("python -mp.y") == ["p/__init__.py", "p/x.py", "p/y.py", "top.py"])
            #expect(try project.files("python app") == ["app/__main__.py", "app/beside.py"])
        }
    }

    @Test func `the script's folder, PYTHONPATH, the project and src are looked into`() throws {
        let files = [
            "jobs/main.py": "import beside, of_path, of_project, of_src", "jobs/beside.py": "", "beside.py": "", "lib/of_path.py": "",
            "of_project.py": "", "src/of_src/__init__.py": "",
        ]
        try CodeProject.with(files) { project throws in
            let expected = ["jobs/beside.py", "jobs/main.py", "lib/of_path.py", "of_project.py", "src/of_src/__init__.py"]
            #expect(try project.files("PYTHONPATH=lib python jobs/main.py") == expected)
            #expect(try project.files("export PYTHONPATH=\"$PWD_OF_NOBODY:lib\"; python jobs/main.py") == expected)
            #expect(try project.files("python jobs/main.py", environment: ["PYTHONPATH": "\(project.folder)/lib"]) == expected)
            #expect(try project.files("PYTHONPATH=lib true; python jobs/main.py") == expected.filter { $0 != "lib/of_path.py" })
        }
    }

    @Test func `folders put on the path by a literal, extension modules and run paths count`() throws {
        let files = [
            "main.py": "import sys\nimport late\nsys.path.insert(0, 'lib')\nimport fast, runpy\nrunpy.run_path('other.py')",
            "lib/late.py": "", "fast.cpython-311-x86_64-linux-gnu.so": "\u{7F}ELF", "other.py": "import third", "third.py": "",
            "fast.py": "",
        ]
        try CodeProject.with(files) { project throws in
            #expect(
                try project.files("python main.py") == [
                    "fast.cpython-311-x86_64-linux-gnu.so", "lib/late.py", "main.py", "other.py", "third.py",
                ])
        }
    }

    @Test func `a folder put on the path counts for what was read before`() throws {
        let files = [
            "main.py": "import a, m, z", "a.py": "import one", "m.py": "import sys; sys.path.append('lib')", "z.py": "import two",
            "lib/one.py": "", "lib/two.py": "",
        ]
        try CodeProject.with(files) { project throws in
            #expect(try project.files("python main.py") == ["a.py", "lib/one.py", "lib/two.py", "m.py", "main.py", "z.py"])
        }
    }

    @Test func `texts on the command line and here-documents are Python too`() throws {
        try CodeProject.with(["a.py": "", "b.py": "import a"]) { project throws in
            #expect(try project.files("python -c 'import b'") == ["a.py", "b.py"])
            #expect(try project.files("python - <<EOF\nimport b\nEOF\n") == ["a.py", "b.py"])
            #expect(try project.files("python - <<-'END' x\n\timport a\n\tEND\npython b") == ["a.py"])
            #expect(try project.notes("python -c \"exec(x)\"") == ["the command line 1: exec"])
        }
    }

    @Test func `a script within a package is given what its package would import`() throws {
        let files = ["p/__init__.py": "", "p/q/__init__.py": "", "p/q/main.py": "from ..r import x", "p/r.py": ""]
        try CodeProject.with(files) { project throws in
            #expect(try project.files("python p/q/main.py") == ["p/__init__.py", "p/q/main.py", "p/r.py"])
        }
    }

    @Test func `a star from a package that computes its names takes all its modules`() throws {
        let files = [
            "main.py": "from p import *\nfrom n import *", "p/__init__.py": "__all__ = [x for x in y]", "p/a.py": "", "p/b/__init__.py": "",
            "p/b/c.py": "", "n/d.py": "",
        ]
        try CodeProject.with(files) { project throws in
            #expect(try project.files("python main.py") == ["main.py", "p/__init__.py", "p/a.py", "p/b/__init__.py"])
        }
    }

    /// Packages of random shape that import one another at random; names are no standard module's.
    /// - Parameter hasNamespaces: and imports that lead above the packages, after which modulefinder leaves the file.
    private static func randomFiles(_ random: inout SplitMix64, hasNamespaces: Bool) -> [String: String] {
        let names = ["aa_", "bb_", "cc_", "dd_"]
        var folders = [""]
        for _ in 0..<Int.random(in: 1...5, using: &random) {
            let parent = folders.randomElement(using: &random) ?? ""
            let folder = parent + "\(names[Int.random(in: 0..<4, using: &random)])/"
            if !folders.contains(folder) { folders.append(folder) }
        }
        var files: [String: String] = [:]
        for folder in folders {
            let dotCountMax = hasNamespaces ? 3 : folder.split(separator: "/").count
            let isRegular = !folder.isEmpty && !(hasNamespaces && Bool.random(using: &random))
            if isRegular { files[folder + "__init__.py"] = statements(&random, names, folder, dotCountMax) }
            for name in names where Bool.random(using: &random) {
                files["\(folder)\(name).py"] = statements(&random, names, folder, dotCountMax)
            }
        }
        files["main.py"] = statements(&random, names, "", 0)
        return files
    }

    private static func statements(_ random: inout SplitMix64, _ names: [String], _ folder: String, _ dotCountMax: Int) -> String {
        func dotted() -> String {
            (0..<Int.random(in: 1...3, using: &random)).map { _ in names.randomElement(using: &random) ?? "" }.joined(separator: ".")
        }
        return (0..<Int.random(in: 0...4, using: &random)).map { _ in
            let dots = folder.isEmpty ? "" : String(repeating: ".", count: Int.random(in: 0...dotCountMax, using: &random))
            let statement =
                switch Int.random(in: 0..<4, using: &random) {
                case 0: "import \(dotted()) as x, \(dotted())"
                case 1 where !dots.isEmpty: "from \(dots) import \(dotted().prefix(3))"
                default: "from \(dots)\(dotted()) import (\(dotted().prefix(3)) as y, \(dotted().prefix(3)))"
                }
            return "try:\n    \(statement)\nexcept Exception: pass\n"
        }.joined()
    }

    private func reference(_ mode: String, _ folder: String, roots: [String]) async throws -> [String] {
        let python = try PythonEnvironment.references.path()
        let result = try await Command(python, [CodeProject.reference, mode, "\(folder)/main.py"] + roots).run()
        try #require(result.status == 0, "\(result.errors)")
        let paths = result.output.split(separator: "\n").filter { $0.hasPrefix(folder + "/") }
        return Set(paths.map { String($0.dropFirst(folder.count + 1)) }).sorted()
    }

    @Test func `modulefinder finds the same files`() async throws {
        for seed in 0..<25 as Range<UInt64> {
            var random = SplitMix64(seed: seed)
            let folder = try TemporaryFolder()
            defer { folder.remove() }
            let project = CodeProject(folder: folder.path, programs: folder.path)
            try project.write(Self.randomFiles(&random, hasNamespaces: false))
            let expected = try await reference("find", folder.path, roots: [folder.path])
            let found = try project.find(.words(["python", "main.py"]), globs: ["main.py"]).files.keys.sorted()
            #expect(found == expected, "seed \(seed)")
        }
    }

    @Test func `all that a run of Python loads is found, namespace packages in two folders too`() async throws {
        var loadedCount = 0
        for seed in 100..<125 as Range<UInt64> {
            var random = SplitMix64(seed: seed)
            let folder = try TemporaryFolder()
            defer { folder.remove() }
            let project = CodeProject(folder: folder.path, programs: folder.path)
            try project.write(Self.randomFiles(&random, hasNamespaces: true))
            for (path, text) in Self.randomFiles(&random, hasNamespaces: true) where path != "main.py" {
                try project.write("src/\(path)", text, mode: 0o644)
            }
            let loaded = try await reference("run", folder.path, roots: [folder.path, "\(folder.path)/src"])
            let found = Set(try project.find(.words(["python", "main.py"]), globs: ["main.py"]).files.keys)
            #expect(found.isSuperset(of: loaded), "seed \(seed): \(Set(loaded).subtracting(found).sorted())")
            loadedCount += loaded.count
        }
        #expect(loadedCount > 60, "\(loadedCount) files were loaded")
    }
}
