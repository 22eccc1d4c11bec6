import Foundation
import MartletCore
import MartletPipeline
import MartletStore
import MartletTesting
import Testing

@testable import MartletPlatform

@Suite struct SourceKeepingTests {
    private static let text = """
        project: kept
        keep_inputs: 1 KiB
        steps:
          clean:
            run: sh clean.sh
            inputs: {small: small.txt, large: large.txt, folder: parts/}
            outputs: {out: out.txt}

        """

    private func withProject(_ body: (CommandProject) async throws -> Void) async throws {
        try await withTemporaryFolder { folder in
            let project = try CommandProject(folder, Self.text)
            try project.write("cat \"$small\" > \"$out\"\n", to: "clean.sh")
            try project.write("small\n", to: "small.txt")
            try project.write(String(repeating: "x", count: 2_000), to: "large.txt")
            try project.write("part\n", to: "parts/one")
            try project.write("pinned==1\n", to: "requirements.txt")
            try await body(project)
        }
    }

    @Test func `code, pinned versions, the project file and inputs that are not too large are kept`() async throws {
        try await withProject { project in
            try await project.run()
            let trees = TreeStore(home: project.home)
            for text in ["cat \"$small\" > \"$out\"\n", "small\n", Self.text] { #expect(try trees.contains(Digest(of: text))) }
            #expect(try !trees.contains(Digest(of: String(repeating: "x", count: 2_000))))
            let folder = try FileIndex(root: project.folder, file: "\(project.folder)/no-index").digest(ofFolder: "parts")
            #expect(try trees.content(folder.digest)?.kind == .folder)
        }
    }

    @Test func `explaining keeps nothing`() async throws {
        try await withProject { project in
            _ = try await project.reasons("clean")
            #expect(try !TreeStore(home: project.home).contains(Digest(of: "small\n")))
        }
    }

    @Test func `an input that is not what its key says is refused`() async throws {
        try await withProject { project in
            let platform = try project.platform()
            let keeping = SourceKeeping(platform, try ProjectFiles(platform))
            let graph = try ProjectPipeline(platform).graph()
            func attempt(_ digest: Digest) throws -> StepAttempt {
                StepAttempt(
                    step: try #require(graph["clean"]), id: StepID("clean"), run: "r", number: 1, key: Digest(of: "key"),
                    inputs: ["small": .one(digest)], resources: Resources(cores: 1, memoryBytes: 1, accelerators: 0)
                ) { _, _ in }
            }
            let error = try #require(
                #expect(throws: StepFailure.self) { try keeping.keepInputs(attempt(Digest(of: "before\n"))) })
            #expect(error.kind == .refused)
            #expect(error.message.contains("'small'") && error.message.contains("changed"))
            try keeping.keepInputs(attempt(Digest(of: "small\n")))
            #expect(try TreeStore(home: project.home).contains(Digest(of: "small\n")))
        }
    }
}

@Suite struct RunSourcesTests {
    @Test(arguments: [
        ("a/b.csv", "a/b.csv"), ("./a//b.csv", "a/b.csv"), ("a/../b", "b"), ("../b", "../b"), ("a/../../b", "../b"),
        ("../../b/.", "../../b"),
        ("/a/../b", "/b"), ("/../b", "/b"),
    ]) func `a path loses what says nothing, and keeps what leads out`(path: String, expected: String) {
        #expect(RunSources.normal(path) == expected)
    }

    @Test func `an environment says how it differs from an earlier one`() {
        let (one, two) = (Digest(of: "1"), Digest(of: "2"))
        var old = RunSources.Environment(martlet: "1.0", machine: "linux-x86_64")
        old.engines = ["duckdb": one.description]
        old.variables = ["LANG": one, "HOME": one]
        var new = old
        #expect(new.differences(from: old).isEmpty && new.changedVariables(from: old).isEmpty)
        new.martlet = "1.1"
        new.engines = ["duckdb": two.description, "lightgbm": one.description]
        new.interpreters = ["python": "python3.12 \(one)"]
        new.variables = ["LANG": two, "TERM": one]
        #expect(
            new.differences(from: old) == [
                "martlet: 1.0 → 1.1", "the engine duckdb is another build: \(one.short) → \(two.short)",
                "the engine lightgbm is another build: none → \(one.short)", "it runs 'python' now: python3.12",
            ])
        #expect(new.changedVariables(from: old) == ["HOME", "LANG", "TERM"])
    }

    @Test func `what was kept reads back, and a newer form is refused`() throws {
        let file = RunSources.File(path: "a.py", role: .code, digest: Digest(of: "a"), isExecutable: true)
        let sources = RunSources(
            project: "martlet.yaml", steps: ["a"], selection: ["n": ["1"]], files: [file],
            environment: RunSources.Environment(martlet: "1.0", machine: "linux"))
        let json = try JSONValue(encoding: sources)
        #expect(try RunSources(json: json, of: "r") == sources)
        let newer = #expect(throws: MartletError.self) { try RunSources(json: ["version": 2], of: "r") }
        #expect(newer?.code == .invalidInput)
        let damaged = #expect(throws: MartletError.self) { try RunSources(json: ["version": 1], of: "r") }
        #expect(damaged?.code == .corrupt)
    }
}
