import Foundation
import MartletCore
import MartletTesting
import Testing

@testable import MartletPlatform

@Suite struct ScoringResumptionTests {
    /// Scores as far as some parts, as if the process had been killed then.
    private func interrupt(_ bench: ScoringBench, _ input: String, parts: ClosedRange<Int>, to output: String = "out.parquet") throws {
        let broken = try bench.refusalOfPart(input, output: output, missing: parts)
        #expect(broken)
    }

    @Test func `parts that are there stay, the others are scored, and the output is the same`() throws {
        try ScoringBench.with { bench in
            try bench.write("in.parquet", rows: 0..<10_000)
            try bench.score("in.parquet", to: "whole.parquet")
            try interrupt(bench, "in.parquet", parts: 1...2)
            let (result, events) = try bench.score("in.parquet", to: "out.parquet")
            #expect(result.resumedRows == 5000)
            #expect(events.first == .resumed(rows: 5000))
            #expect(try Digest(ofFile: bench.file("out.parquet")) == Digest(ofFile: bench.file("whole.parquet")))
            #expect(!FileManager.default.fileExists(atPath: bench.file("out.parquet.martlet-parts")))
        }
    }

    @Test(arguments: ["model", "input", "options", "part rows"])
    func `parts of something else are not taken`(what: String) throws {
        try ScoringBench.with { bench in
            try bench.write("in.parquet", rows: 0..<10_000)
            try interrupt(bench, "in.parquet", parts: 1...2)
            switch what {
            case "model": try ScoringBench.changeModel(bench)
            case "input": try bench.write("in.parquet", rows: 1..<10_001)
            default: break
            }
            let (result, events) = try bench.score("in.parquet", to: "out.parquet") { options in
                if what == "options" { options.raw = true }
                if what == "part rows" { options.partRowCount = 3000 }
            }
            #expect(result.resumedRows == 0)
            guard case .startedAnew(let reason) = events.first else {
                Issue.record("expected to begin anew, found \(events)")
                return
            }
            let words = ["model": "model", "input": "input", "options": "raw scores", "part rows": "size of parts"]
            #expect(reason.contains(words[what] ?? ""), "\(reason)")
            #expect(result.rows == 10_000)
        }
    }

    @Test func `text that was turned into Parquet is not turned again`() throws {
        try ScoringBench.with { bench in
            try bench.write("in.csv", rows: 0..<10_000, options: "FORMAT csv")
            try interrupt(bench, "in.csv", parts: 1...2)
            let (result, events) = try bench.score("in.csv", to: "out.parquet")
            #expect(result.resumedRows == 5000)
            #expect(!events.contains(.converting))
        }
    }

    @Test func `a process killed after the output stood in its place is only tidied up after`() throws {
        try ScoringBench.with { bench in
            try bench.write("in.parquet", rows: 0..<10_000)
            try interrupt(bench, "in.parquet", parts: 3...3)
            let folder = bench.file("out.parquet.martlet-parts")
            try FileManager.default.copyItem(atPath: folder, toPath: bench.file("kept"))
            try bench.score("in.parquet", to: "out.parquet")
            var status = stat()
            stat(bench.file("out.parquet"), &status)
            try FileManager.default.moveItem(atPath: bench.file("kept"), toPath: folder)
            let finished = "{\"file\":{\"inode\":\(status.st_ino),\"size\":\(status.st_size)},\"rows\":10000}"
            try Data(finished.utf8).write(to: URL(filePath: "\(folder)/finished.json"))
            let (result, _) = try bench.score("in.parquet", to: "out.parquet")
            #expect(result.rows == 10_000)
            #expect(result.resumedRows == 10_000)
            #expect(!FileManager.default.fileExists(atPath: folder))
        }
    }

    @Test func `two processes do not score into one output`() throws {
        try ScoringBench.with { bench in
            try bench.write("in.parquet", rows: 0..<10)
            let folder = try ScoringFolder(output: bench.file("out.parquet"))
            let error = try bench.refusal("in.parquet")
            #expect(error?.code == .locked)
            try folder.remove()
        }
    }

    @Test func `a failure before anything is scored leaves no folder`() throws {
        try ScoringBench.with { bench in
            let text = "a,b,c,kind\n" + String(repeating: "1,2,3,4\n", count: 30_000) + "1,2,x,4\n"
            try Data(text.utf8).write(to: URL(filePath: bench.file("in.csv")))
            #expect(try bench.refusal("in.csv")?.code == .invalidInput)
            #expect(!FileManager.default.fileExists(atPath: bench.file("out.parquet.martlet-parts")))
        }
    }
}

extension ScoringBench {
    /// Leaves a folder of parts without some of them: it is what a killed process leaves.
    func refusalOfPart(_ input: String, output: String, missing: ClosedRange<Int>) throws -> Bool {
        let folder = file("\(output).martlet-parts")
        // An output that is a folder by then cannot be replaced, so the parts stay.
        var isBlocked = false
        var options = FileScoring.Options()
        options.partRowCount = 2500
        options.threads = 2
        let error = #expect(throws: (any Error).self) {
            try FileScoring(try model(), options).run(input: file(input), output: file(output)) { event in
                guard event == .joining else { return }
                isBlocked = mkdir(file(output), 0o700) == 0
            }
        }
        for number in missing { try FileManager.default.removeItem(atPath: "\(folder)/part-00000\(number)") }
        try Data("half".utf8).write(to: URL(filePath: "\(folder)/part-000001.partial"))
        rmdir(file(output))
        return isBlocked && error != nil
    }

    /// Another model under the same name.
    static func changeModel(_ bench: ScoringBench) throws {
        let path = URL(filePath: bench.file("model.txt"))
        try Data((try String(contentsOf: path, encoding: .utf8) + "\n").utf8).write(to: path)
    }
}
