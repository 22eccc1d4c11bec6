import Foundation
import Glibc
import MartletCore
import MartletRegistry
import MartletTesting
import Testing

/// Folders that are not as MLflow writes them.
@Suite struct FileSourceTests {
    /// The reasons that an import tells, and how many runs it brings, of a folder with one run that a closure spoils.
    private func outcome(_ spoil: (MLflowFolder) throws -> Void) async throws -> (reasons: [String], report: ImportReport) {
        var outcome: (reasons: [String], report: ImportReport)?
        try await MLflowFolder.with { source in
            try source.fill(runs: 1)
            try spoil(source)
            try await ImportHome.with { home in
                let report = try await home.bring(source.path)
                outcome = (report.flaws.map { $0.reason.replacing(source.path, with: "mlruns") }, report)
            }
        }
        return try #require(outcome)
    }

    private static let run = "5/\(MLflowFolder.id(1))"

    @Test func `torn YAML leaves its run out, with file and line`() async throws {
        let found = try await outcome { try $0.write("\(Self.run)/meta.yaml", "run_id: x\nname: 'torn\n") }
        #expect(found.report.tallies["runs"] == .init(found: 1, leftOut: 1))
        #expect(found.reasons.first?.hasPrefix("'mlruns/\(Self.run)/meta.yaml', line ") == true)
    }

    @Test(arguments: ["", "- a\n- b\n", "just text", String(repeating: "[", count: 5_000)])
    func `what is no mapping of YAML is told`(text: String) async throws {
        let found = try await outcome { try $0.write("\(Self.run)/meta.yaml", text) }
        #expect(found.report.tallies["runs"] == .init(found: 1, leftOut: 1))
        #expect(found.reasons.count == 1)
    }

    @Test func `YAML whose aliases stand for too many values is not read`() async throws {
        let levels = (1...30).map { "a\($0): &a\($0) [*a\($0 - 1), *a\($0 - 1)]\n" }
        let found = try await outcome { try $0.write("\(Self.run)/meta.yaml", "a0: &a0 [x]\n" + levels.joined()) }
        #expect(found.report.tallies["runs"] == .init(found: 1, leftOut: 1))
        #expect(found.reasons.first?.contains("60 aliases that may stand for too many values") == true)
    }

    @Test func `of many lines that are no points the first are told, and all counted`() async throws {
        let found = try await outcome { try $0.write("\(Self.run)/metrics/loss", String(repeating: "x\n", count: 2_500) + "1 0.5 0\n") }
        #expect(found.report.tallies["points of metrics"] == .init(found: 2_501, brought: 1, leftOut: 2_500))
        #expect(found.report.flawCount == 2_500)
        #expect(found.reasons.count == 1_000)
    }

    @Test(arguments: [
        ("status: 3", "status: 99999999999999999999"), ("experiment_id: '5'", "experiment_id: five"), ("stage: active", "stage: lost"),
    ])
    func `values that no run has are told`(good: String, bad: String) async throws {
        let found = try await outcome { source in
            let path = "\(source.path)/\(Self.run)/meta.yaml"
            try source.write("\(Self.run)/meta.yaml", String(contentsOfFile: path, encoding: .utf8).replacing(good, with: bad))
        }
        #expect(found.report.tallies["runs"] == .init(found: 1, leftOut: 1))
        #expect(found.reasons.first?.contains("meta.yaml") == true)
    }

    @Test func `lines of metrics that are no numbers are left out, and told with their places`() async throws {
        let found = try await outcome { try $0.write("\(Self.run)/metrics/loss", "1 0.5 0\n2 half 1\n\n9e99 1 1\n3 0.25 2\n4 0.1") }
        #expect(found.report.tallies["points of metrics"] == .init(found: 5, brought: 3, leftOut: 2))
        #expect(
            found.reasons == [
                "'mlruns/\(Self.run)/metrics/loss', line 2: expected a time, a value and a step, found '2 half 1'",
                "'mlruns/\(Self.run)/metrics/loss', line 4: expected a time, a value and a step, found '9e99 1 1'",
            ])
    }

    @Test func `a file of metrics without line ends is told, and read to its end`() async throws {
        let found = try await outcome { try $0.write("\(Self.run)/metrics/loss", String(repeating: "7", count: 3 << 20)) }
        #expect(found.report.tallies["points of metrics"]?.brought == 0)
        #expect(found.reasons.count >= 1)
    }

    @Test func `bytes that are no text leave their run out`() async throws {
        let found = try await outcome { try $0.write("\(Self.run)/params/broken", Data([0x61, 0xff, 0x62])) }
        #expect(found.report.tallies["runs"] == .init(found: 1, leftOut: 1))
        #expect(found.reasons == ["'mlruns/\(Self.run)/params/broken': expected UTF-8, found other bytes; correct the file"])
    }

    @Test func `a parameter of absurd size is not read`() async throws {
        let found = try await outcome { source in
            try source.write("\(Self.run)/params/huge", "")
            #expect(truncate("\(source.path)/\(Self.run)/params/huge", 1 << 40) == 0)
        }
        #expect(found.reasons == ["'mlruns/\(Self.run)/params/huge' has 1099511627776 bytes, expected at most 16777216"])
    }

    @Test func `links are not followed`() async throws {
        let found = try await outcome { source in
            try source.write("secret", "secret")
            let secret = "\(source.path)/secret"
            try FileManager.default.createSymbolicLink(atPath: "\(source.path)/\(Self.run)/params/stolen", withDestinationPath: secret)
            try FileManager.default.createSymbolicLink(atPath: "\(source.path)/\(Self.run)/artifacts/stolen", withDestinationPath: secret)
            try FileManager.default.createSymbolicLink(atPath: "\(source.path)/6", withDestinationPath: "\(source.path)/5")
        }
        #expect(found.report.tallies["files of artifacts"] == .init(found: 2, brought: 1, leftOut: 1))
        #expect(found.report.notes["links among artifacts"] == 1)
        #expect(found.report.tallies["experiments"]?.found == 3)
    }

    @Test func `artifacts that are said to be in any folder of the machine are not brought`() async throws {
        let found = try await outcome { source in
            try FileManager.default.createDirectory(atPath: "\(source.folder)/keys", withIntermediateDirectories: true)
            try source.run(2, uri: "file://\(source.folder)/keys")
        }
        #expect(found.report.notes["places of artifacts that lead elsewhere"] == 1)
        #expect(found.report.tallies["files of artifacts"]?.brought == 1)
    }

    @Test func `a folder that holds nothing of MLflow's is refused`() async throws {
        let error = await #expect(throws: MartletError.self) {
            try await withTemporaryFolder { try await SourceOpening.open($0).close() }
        }
        #expect(
            error?.message.hasSuffix("holds no experiment and no registered model of MLflow's; name the folder 'mlruns' itself") == true)
    }
}
