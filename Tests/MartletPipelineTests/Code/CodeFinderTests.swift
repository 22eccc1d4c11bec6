import Foundation
import MartletCore
import MartletTesting
import Synchronization
import Testing

@testable import MartletPipeline

@Suite struct CodeFinderTests {
    @Test func `files are named with the digests of their content`() throws {
        try CodeProject.with(["x.py": "import y", "y.py": "1"]) { project throws in
            let found = try project.find(.words(["python", "x.py"]))
            #expect(found.files == ["x.py": Digest(of: "import y"), "y.py": Digest(of: "1")])
            #expect(found.interpreters == ["python": "python \(Digest(of: "program python"))"])
            #expect(found.unresolved.isEmpty)
            #expect(try project.find(.words(["python", "x.py"])) == found)
        }
    }

    @Test func `words without a shell are taken as they are`() throws {
        try CodeProject.with(["x.py": "", "$A.txt": "", "b": ""]) { project throws in
            let found = try project.find(.words(["python", "x.py", "$A.txt", "&&", "b; cat x"]), environment: ["A": "b"])
            #expect(found.files.keys.sorted() == ["$A.txt", "x.py"])
            #expect(try project.find(.words([])) == FoundCode())
        }
    }

    @Test func `a file that changes gives another answer with the same finder`() throws {
        try CodeProject.with(["x.py": "import y", "y.py": "", "z.py": ""]) { project throws in
            let finder = try CodeFinder(folder: project.folder)
            let command = CodeFinder.Command.words(["python", "x.py"])
            #expect(try finder.find(command).files.keys.sorted() == ["x.py", "y.py"])
            try project.write("x.py", "import z", mode: 0o644)
            #expect(try finder.find(command).files == ["x.py": Digest(of: "import z"), "z.py": Digest(of: "")])
        }
    }

    @Test func `a snapshot answers as the finder does, and looks at a file once`() throws {
        let files = ["x.py": "import y", "y.py": "", "z.py": "import y", "a.sh": "python z.py"]
        try CodeProject.with(files) { project throws in
            let asked = Mutex<[String: Int]>([:])
            let finder = try CodeFinder(folder: project.folder) { path in
                asked.withLock { $0[path, default: 0] += 1 }
                return try Digest(ofFile: path)
            }
            let snapshot = finder.snapshot()
            for text in ["python x.py", "python z.py", "sh a.sh", "python x.py"] {
                let found = try snapshot.find(.shell(text), environment: ["PATH": project.programs])
                #expect(found == (try project.find(.shell(text))))
            }
            #expect(asked.withLock { $0["\(project.folder)/y.py"] } == 1)
            #expect(asked.withLock { $0.values.max() } == 1)
            try project.write("x.py", "import z", mode: 0o644)
            #expect(try snapshot.find(.words(["python", "x.py"])).files["x.py"] == Digest(of: "import y"))
            #expect(try finder.find(.words(["python", "x.py"])).files["x.py"] == Digest(of: "import z"))
        }
    }

    @Test func `digests come from the index that is given`() throws {
        try CodeProject.with(["x.py": "", "a/y.txt": ""]) { project throws in
            let finder = try CodeFinder(folder: project.folder) { Digest(of: "path \($0)") }
            let found = try finder.find(.words(["python", "x.py"]), globs: ["a"])
            #expect(found.files["x.py"] == Digest(of: "path \(project.folder)/x.py"))
            #expect(found.files["a/y.txt"] == Digest(of: "path \(project.folder)/a/y.txt"))
        }
    }

    @Test func `inputs are no code, and what they import is`() throws {
        try CodeProject.with(["x.py": "import lib.y", "lib/y.py": "import z", "z.py": "", "settings.toml": ""]) { project throws in
            let found = try project.find(.shell("python x.py settings.toml"), inputs: ["settings.toml", "lib/"])
            #expect(found.files.keys.sorted() == ["x.py", "z.py"])
        }
    }

    // MARK: Patterns

    @Test func `patterns and folders under code add files`() throws {
        let files = [
            "queries/a.sql": "", "queries/b.txt": "", "queries/deep/c.sql": "", "queries/.hidden.sql": "", ".git/x.sql": "",
            "p/q.py": "import r",
            "r.py": "", "x.sql": "",
        ]
        try CodeProject.with(files) { project throws in
            #expect(try project.files(globs: ["queries/*.sql"]) == ["queries/a.sql"])
            #expect(try project.files(globs: ["**/*.sql"]) == ["queries/a.sql", "queries/deep/c.sql", "x.sql"])
            #expect(try project.files(globs: ["queries/"]) == ["queries/a.sql", "queries/b.txt", "queries/deep/c.sql"])
            #expect(try project.files(globs: ["queries/[b-z]*", "./x.sql"]) == ["queries/b.txt", "queries/deep/c.sql", "x.sql"])
            #expect(try project.files(globs: ["p/*.py"]) == ["p/q.py", "r.py"])
            #expect(try project.files(globs: ["queries/.hidden.sql"]) == ["queries/.hidden.sql"])
            #expect(try project.find(.words(["cat"]), globs: ["*.none"]).unresolved == ["code: '*.none' names no file"])
        }
    }

    @Test(arguments: ["/etc/passwd", "../x", "a/../../x", ""])
    func `a pattern that leads out of the project is refused`(_ pattern: String) throws {
        try CodeProject.with { project throws in
            let error = #expect(throws: MartletError.self) { try project.find(.words(["cat"]), globs: [pattern]) }
            #expect(error?.code == .invalidInput)
            #expect(error?.message.contains("'\(pattern)'") == true)
        }
    }

    // MARK: Surroundings

    @Test func `files that pin libraries count beside the code and in the project's folder`() throws {
        let files = [
            "jobs/x.py": "", "jobs/requirements.txt": "a", "requirements-dev.txt": "b", "uv.lock": "c", "pyproject.toml": "d",
            "other/uv.lock": "e", "requirements.md": "f",
        ]
        try CodeProject.with(files) { project throws in
            let found = try project.find(.words(["python", "jobs/x.py"]))
            #expect(found.locks.keys.sorted() == ["jobs/requirements.txt", "pyproject.toml", "requirements-dev.txt", "uv.lock"])
            #expect(found.locks["uv.lock"] == Digest(of: "c"))
            #expect(found.files.keys.sorted() == ["jobs/x.py"])
        }
    }

    @Test func `a virtual environment is known by its settings and its packages`() throws {
        let files = [
            "x.py": "", ".venv/bin/python": "-> ../../../programs/python3", ".venv/pyvenv.cfg": "version = 1",
            ".venv/lib/python3.11/site-packages/numpy-1.0.dist-info/METADATA": "", ".venv/bin/pytest": "#!.venv/bin/python\n",
        ]
        try CodeProject.with(files) { project throws in
            let found = try project.find(.words([".venv/bin/python", "x.py"]))
            let identity = try #require(found.interpreters[".venv/bin/python"])
            let packages = Digest(of: "numpy-1.0.dist-info")
            #expect(identity == "python3 \(Digest(of: "program python3")), pyvenv.cfg \(Digest(of: "version = 1")), packages \(packages)")
            #expect(found.files.keys.sorted() == ["x.py"])
            let activated = try project.find(.shell("PATH=.venv/bin:$PATH; python x.py"))
            #expect(activated.interpreters["python"] == identity)
            let script = try project.find(.words([".venv/bin/pytest", "x.py"]))
            #expect(script.interpreters["python"] == identity)
            #expect(script.files.keys.sorted() == ["x.py"])
            #expect(try project.find(.words(["uv", "run", "x.py"])).interpreters.keys.sorted() == ["python", "uv"])
        }
    }

    @Test func `a program that is not there is named`() throws {
        try CodeProject.with(["x": ""]) { project throws in
            let found = try project.find(.words(["absent", "x"]))
            #expect(found.unresolved == ["the command: no program 'absent' on the search path"])
            #expect(found.files.keys.sorted() == ["x"])
            #expect(found.interpreters.isEmpty)
        }
    }

    @Test func `links are resolved, and none leads out of the project`() throws {
        let files = [
            "real/x.py": "import y", "real/y.py": "", "link.py": "-> real/x.py", "out.py": "-> ../programs/python", "circle": "-> circle",
            "main.py": "import out", "gone.py": "-> nowhere",
        ]
        try CodeProject.with(files) { project throws in
            #expect(try project.files("python link.py circle gone.py") == ["real/x.py", "real/y.py"])
            let found = try project.find(.shell("python main.py"))
            #expect(found.files.keys.sorted() == ["main.py"])
            #expect(found.unresolved == ["out.py leads out of the project, and is not looked at"])
            #expect(try project.files("cat ../programs/python \(project.programs)/sh") == [])
        }
    }

    // MARK: Limits

    @Test func `each limit holds at its edge`() throws {
        let files = ["x.py": "import y", "y.py": "import z", "z.py": "#" + String(repeating: "x", count: 99)]
        try CodeProject.with(files) { project throws in
            var limits = CodeFinder.Limits()
            let command = CodeFinder.Command.words(["python", "x.py"])
            limits.fileCountMax = 3
            limits.sizeMaxBytes = 100
            #expect(try project.find(command, limits: limits).unresolved.isEmpty)
            limits.sizeMaxBytes = 99
            #expect(
                try project.find(command, limits: limits).unresolved == [
                    "z.py is larger than 99 bytes, and what it imports or calls is not looked for"
                ])
            limits.fileCountMax = 2
            let error = #expect(throws: MartletError.self) { try project.find(command, limits: limits) }
            #expect(error?.code == .limitExceeded)
            limits.entryCountMax = 2
            #expect(throws: MartletError.self) { try project.find(.words(["cat"]), globs: ["**/*.none"], limits: limits) }
            limits.entryCountMax = 6
            #expect(try project.find(.words(["cat"]), globs: ["**/*.none"], limits: limits).files.isEmpty)
        }
    }

    @Test func `scripts that call one another for ever end`() throws {
        try CodeProject.with(["a.sh": "X=$X.a sh a.sh; sh b.sh", "b.sh": ". ./a.sh"]) { project throws in
            let found = try project.find(.shell("sh a.sh"), environment: ["X": "a"])
            #expect(found.files.keys.sorted() == ["a.sh", "b.sh"])
            #expect(found.unresolved.contains { $0.contains("more than 32 deep") })
            var limits = CodeFinder.Limits()
            limits.commandCountMax = 10
            #expect(throws: MartletError.self) { try project.find(.shell("sh a.sh"), environment: ["X": "a"], limits: limits) }
        }
    }

    @Test func `a folder that is none is refused`() throws {
        try CodeProject.with(["x": ""]) { project throws in
            #expect(throws: MartletError.self) { try CodeFinder(folder: project.folder + "/absent") }
            let error = #expect(throws: MartletError.self) { try CodeFinder(folder: project.folder + "/x") }
            #expect(error?.code == .invalidInput)
        }
    }
}
