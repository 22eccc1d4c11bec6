import Foundation
import MartletCore
import MartletPipeline
import MartletStore
import MartletTesting
import Testing

@testable import MartletPlatform

@Suite struct LatePartitionsTests {
    private static let text = """
        project: flights
        steps:
          slice:
            run: "echo $day > $rows"
            outputs: {rows: rows.txt}
            each: {day: {days: {from: 2013-01-01, to: 2013-01-04, late: 2}}}
            always: true

        """

    private func ran(_ pipeline: ProjectPipeline, _ cause: RunCause) async throws -> [String] {
        let days = Gathering<String>()
        try await pipeline.run(RunRequest(["slice"], cause: cause)) { event in
            if case .finished(let id, _) = event { days.add(id.partition.description) }
        }
        return days.all.sorted()
    }

    @Test(arguments: [RunCause.Kind.schedule, .trigger])
    func `a run that nobody began looks again at the late days of a range, one by hand at all of a step that always runs`(
        kind: RunCause.Kind
    ) async throws {
        try await withTemporaryFolder { folder in
            try Data(Self.text.utf8).write(to: URL(filePath: "\(folder)/martlet.yaml"))
            let platform = try Platform(project: try Project.read(file: "\(folder)/martlet.yaml"), home: "\(folder)/home")
            let pipeline = ProjectPipeline(platform)
            let all = (1...4).map { "day=2013-01-0\($0)" }
            let first = try await ran(pipeline, RunCause(kind, name: "n", nominalTime: .now))
            #expect(first == all)
            let second = try await ran(pipeline, RunCause(kind, name: "n", nominalTime: .now))
            #expect(second == ["day=2013-01-03", "day=2013-01-04"])
            let byHand = try await ran(pipeline, RunCause())
            #expect(byHand == all)
            try await platform.tracking().database.close()
        }
    }
}
