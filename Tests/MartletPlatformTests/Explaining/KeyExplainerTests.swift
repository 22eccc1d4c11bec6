import Foundation
import MartletCore
import MartletPipeline
import MartletTesting
import Testing

@testable import MartletPlatform

@Suite struct KeyExplainerTests {
    private static let text = """
        project: words
        steps:
          clean:
            run: sh clean.sh
            inputs: {settings: settings.toml, raw: raw/, sales: sales.csv}
            outputs: {table: table.txt}

        """

    private func withProject(_ text: String = Self.text, _ body: (CommandProject) async throws -> Void) async throws {
        try await withTemporaryFolder { folder in
            let project = try CommandProject(folder, text)
            try project.write("lines=10\nhead -n $lines \"$sales\" > \"$table\"\n", to: "clean.sh")
            try project.write("a = 1\nb = 2\n", to: "settings.toml")
            try project.write("one", to: "raw/one.txt")
            try project.write("two", to: "raw/two.txt")
            try project.write("day,price,units\n1,2.5,7\n2,2.5,9\n3,2.0,12\n", to: "sales.csv")
            try await project.run()
            try await body(project)
        }
    }

    @Test func `nothing changed, nothing to say`() async throws {
        try await withProject { project in
            let reasons = try await project.reasons("clean")
            #expect(reasons.isEmpty)
        }
    }

    @Test func `a changed line of code is shown with its number`() async throws {
        try await withProject { project in
            try project.write("lines=20\nhead -n $lines \"$sales\" > \"$table\"\n", to: "clean.sh")
            #expect(try await project.reasons("clean") == ["clean.sh line 1: 'lines=10' → 'lines=20'"])
        }
    }

    @Test func `a changed line of an input is shown with its number`() async throws {
        try await withProject { project in
            try project.write("a = 1\nb = 3\n", to: "settings.toml")
            #expect(try await project.reasons("clean") == ["inputs.settings line 2: 'b = 2' → 'b = 3'"])
        }
    }

    @Test func `the changed column of a table is named`() async throws {
        try await withProject { project in
            try project.write("day,price,units\n1,2.5,7\n2,2.4,9\n3,2.0,12\n", to: "sales.csv")
            #expect(try await project.reasons("clean") == ["inputs.sales: column 'price' changed"])
        }
    }

    @Test func `rows that were added are told from rows that changed`() async throws {
        try await withProject { project in
            try project.write("day,price,units\n1,2.5,7\n2,2.5,9\n3,2.0,12\n4,2.0,13\n", to: "sales.csv")
            #expect(try await project.reasons("clean") == ["inputs.sales: 3 rows → 4 rows; the first 3 are as they were"])
            try project.write("day,price,tax\n1,2.6,7\n2,2.5,9\n", to: "sales.csv")
            #expect(
                try await project.reasons("clean") == [
                    "inputs.sales: 3 rows → 2 rows", "inputs.sales: column 'price' changed", "inputs.sales: column 'tax' is new",
                    "inputs.sales: column 'units' is gone",
                ])
        }
    }

    @Test func `files of a folder are named by what became of them`() async throws {
        try await withProject { project in
            try project.remove("raw/one.txt")
            try project.write("2", to: "raw/two.txt")
            for number in 1...4 { try project.write("new", to: "raw/new-\(number).txt") }
            #expect(
                try await project.reasons("clean") == [
                    "inputs.raw: 4 files added (new-1.txt, new-2.txt, new-3.txt, …), 1 file removed (one.txt), 1 file changed (two.txt)"
                ])
        }
    }

    @Test func `a changed command is shown, and so is a new file of code`() async throws {
        try await withProject { project in
            try project.write("true\n", to: "more.sh")
            try project.write(Self.text.replacing("run: sh clean.sh", with: "run: sh clean.sh && sh more.sh"), to: "martlet.yaml")
            #expect(
                try await project.reasons("clean") == [
                    "more.sh is new among the files that it is made of", "the command: 'sh clean.sh' → 'sh clean.sh && sh more.sh'",
                ])
        }
    }

    @Test func `a content that was not kept is told by both digests`() async throws {
        try await withProject("keep_inputs: 0 B\n" + Self.text) { project in
            let old = Digest(of: "a = 1\nb = 2\n").short
            try project.write("a = 1\n", to: "settings.toml")
            #expect(
                try await project.reasons("clean") == [
                    "inputs.settings: \(old) → \(Digest(of: "a = 1\n").short); the old content is not kept any more"
                ])
        }
    }

    @Test func `so many changes as nobody reads are counted`() async throws {
        let keys = (0..<14).map { "p\($0)" }
        func text(_ value: Int) -> String {
            let parameters = keys.map { "\($0): \(value)" }.joined(separator: ", ")
            return "project: many\nsteps:\n  a: {run: 'true', parameters: {\(parameters)}}\n"
        }
        try await withTemporaryFolder { folder in
            let project = try CommandProject(folder, text(1))
            try await project.run()
            try project.write(text(2), to: "martlet.yaml")
            let reasons = try await project.reasons("a")
            #expect(reasons.count == KeyExplainer.lineCountMax + 1)
            #expect(reasons.first == "parameters.p0: 1 → 2")
            #expect(reasons.last == "and 4 more changes")
        }
    }

    @Test func `a rule of a contract and a column of a source are named`() async throws {
        try await withTemporaryFolder { folder in
            let platform = try Platform.synthetic(in: folder)
            var request = RunRequest()
            request.steps = ["dataset sales"]
            try await ProjectPipeline(platform).run(request) { _ in }
            for (name, old, new) in [("sales.odcs.yaml", "maximum: 100000", "maximum: 200000"), ("sales.csv", "1,1,1,", "1,1,2,")] {
                let path = "\(folder)/\(name)"
                let text = try String(contentsOfFile: path, encoding: .utf8)
                try #require(text.contains(old), "\(name) has no '\(old)'")
                try Data(text.replacing(old, with: new, maxReplacements: 1).utf8).write(to: URL(filePath: path))
            }
            let verdicts = try await ProjectPipeline(platform).explain(request)
            guard case .stale(let reasons)? = verdicts.first?.verdict else {
                Issue.record("the data set is \(String(describing: verdicts.first?.verdict))")
                return
            }
            #expect(reasons.contains("inputs.source: column 'week' changed"))
            #expect(reasons.contains { $0.hasPrefix("inputs.contract.") && $0.contains("→") })
            #expect(reasons.allSatisfy { $0.hasPrefix("inputs.") })
        }
    }
}
