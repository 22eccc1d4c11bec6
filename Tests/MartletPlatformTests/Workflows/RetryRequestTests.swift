import Foundation
import MartletCore
import MartletPipeline
import MartletStore
import MartletTesting
import Testing

@testable import MartletPlatform

@Suite struct RetryRequestTests {
    private static func letter(_ step: String, _ values: [String: String] = [:]) -> DeadLetter {
        DeadLetter(
            id: StepID(step, StepPartition(values)), run: "r", failure: StepFailure(.exit, "no"), at: Timestamp(microseconds: 1))
    }

    private static let yaml = """
        project: days
        steps:
          list: {run: "echo 1 > $out", outputs: {out: o}}
          clean: {run: "echo $day > $out", outputs: {out: o}, needs: {list: list.out}, each: {day: [1, 2, 3]}}
          score: {run: "echo $day > $out", outputs: {out: o}, needs: {rows: clean.out}, each: {day: [1, 2, 3]}}
          month: {run: "echo $month > $out", outputs: {out: o}, each: {month: [1, 2]}}
          all: {run: "cat $days/* > $out", outputs: {out: o}, needs: {days: clean.out}}
        """

    private func request(_ letters: [DeadLetter]) throws -> (request: RunRequest, gone: [DeadLetter]) {
        try withTemporaryFolder { folder in
            try Data(Self.yaml.utf8).write(to: URL(filePath: "\(folder)/martlet.yaml"))
            let platform = try Platform(project: try Project.read(file: "\(folder)/martlet.yaml"))
            let result = try ProjectPipeline(platform).retryRequest(letters)
            try platform.records.close()
            return result
        }
    }

    @Test func `the instances that failed are asked for, and no others`() throws {
        let (request, gone) = try request([Self.letter("clean", ["day": "1"]), Self.letter("score", ["day": "3"])])
        #expect(request.steps == ["clean", "score"])
        #expect(request.selection == ["day": ["1", "3"]])
        #expect(request.cause.kind == .retry)
        #expect(gone.isEmpty)
    }

    @Test func `steps that are fanned out by different keys are asked for together`() throws {
        let (request, _) = try request([Self.letter("clean", ["day": "1"]), Self.letter("month", ["month": "2"])])
        #expect(request.selection == ["day": ["1"], "month": ["2"]])
    }

    @Test func `a step that joins all instances of another is asked for with all of them`() throws {
        let (request, _) = try request([Self.letter("all"), Self.letter("clean", ["day": "1"])])
        #expect(request.steps == ["all", "clean"])
        #expect(request.selection.isEmpty)
    }

    @Test func `a step that the project does not have any more is told`() throws {
        let (request, gone) = try request([Self.letter("old"), Self.letter("list")])
        #expect(request.steps == ["list"])
        #expect(gone.map(\.id.step) == ["old"])
    }

    @Test func `letters are named by step or instance`() throws {
        let letters = [Self.letter("clean", ["day": "1"]), Self.letter("clean", ["day": "2"]), Self.letter("all")]
        #expect(try ProjectPipeline.letters(letters, about: []) == letters)
        #expect(try ProjectPipeline.letters(letters, about: ["clean"]) == Array(letters.prefix(2)))
        #expect(try ProjectPipeline.letters(letters, about: ["all", "clean[day=2]"]) == [letters[1], letters[2]])
        let error = #expect(throws: MartletError.self) { try ProjectPipeline.letters(letters, about: ["clean", "clear[day=2]"]) }
        #expect(error?.code == .notFound)
        #expect(error?.message.contains("did you mean 'clean[day=2]'?") == true)
    }
}
