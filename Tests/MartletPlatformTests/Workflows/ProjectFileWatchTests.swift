import Foundation
import MartletCore
import MartletTesting
import Testing

@testable import MartletPlatform

@Suite struct ProjectFileWatchTests {
    private static let included = "pipeline: inner\nsteps: {clean: {run: 'true'}}\n"

    private func with(_ body: (CommandProject, ProjectFileWatch) async throws -> Void) async throws {
        try await withTemporaryFolder { folder in
            let files = try CommandProject(folder, "project: watched\nsteps: {inner: {pipeline: inner.yaml}}\n")
            try files.write(Self.included, to: "inner.yaml")
            try await body(files, ProjectFileWatch(try Project.read(file: files.file)))
        }
    }

    @Test func `files that are others, included ones and those that are gone are told of`() async throws {
        try await with { files, watch in
            #expect(watch.changed.isEmpty)
            try files.write(Self.included + "# more\n", to: "inner.yaml")
            #expect(watch.changed == ["inner.yaml"])
            try files.remove("martlet.yaml")
            #expect(watch.changed == ["inner.yaml", "martlet.yaml"])
            try files.write(Self.included, to: "inner.yaml")
            #expect(watch.changed == ["martlet.yaml"])
        }
    }

    @Test func `each change is told of once, and that it was taken back`() async throws {
        try await with { files, watch in
            let clock = ManualClock(Timestamp(microseconds: 0))
            let (told, tell) = AsyncStream.makeStream(of: [String].self)
            try files.write(Self.included + "# more\n", to: "inner.yaml")
            let heard = try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { await watch.run(every: .seconds(5), by: clock) { tell.yield($0) } }
                var heard: [[String]] = []
                for await found in told {
                    heard.append(found)
                    if heard.count == 2 { break }
                    try files.write(Self.included, to: "inner.yaml")
                }
                group.cancelAll()
                return heard
            }
            #expect(heard == [["inner.yaml"], []])
        }
    }
}
