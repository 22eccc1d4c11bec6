import Foundation
import MartletCore
import MartletPipeline
import MartletStore
import MartletTesting
import Testing

@testable import MartletPlatform

@Suite struct WebhookPayloadTests {
    /// A project whose step reads what a webhook was sent, and its service, which runs it for real.
    private func with(_ body: (CommandProject, PipelineService) async throws -> Void) async throws {
        try await withTemporaryFolder { folder in
            let files = try CommandProject(
                folder,
                """
                project: flights
                steps:
                  take: {run: "echo got $(cat $event) > $out", inputs: {event: {webhook: refresh}}, outputs: {out: out.txt}}
                triggers: {asked: {webhook: refresh, run: [take]}}

                """)
            try await body(files, try PipelineService(files.platform(), observe: { _ in }))
        }
    }

    /// Sends a text, and runs what it fired.
    private func send(_ text: String, to service: PipelineService) async throws {
        _ = try await service.receive(WebhookCall("refresh", Array(text.utf8), from: .neighbour))
        while try await service.work() {}
    }

    private func made(_ files: CommandProject) async throws -> String {
        let platform = try files.platform()
        let digest = try #require(try await platform.tracking().pipelines.lastExecution("take")?.outputs["out"])
        return String(decoding: try platform.blobs.read(digest), as: UTF8.self).trimmed
    }

    @Test func `a step reads what the webhook of its run was sent, and the same again makes nothing`() async throws {
        try await with { files, service in
            let pipelines = try await files.platform().tracking().pipelines
            for (text, attempts) in [("one", 1), ("two", 1), ("two", 0), ("", 1), ("one", 0)] {
                try await send(text, to: service)
                let run = try #require(try await pipelines.runs().first)
                #expect(run.state == .done)
                #expect(run.cause.payload == (text.isEmpty ? nil : Digest(of: text)))
                let count = try await pipelines.attempts(ofRun: run.id).count
                #expect(count == attempts, "'\(text)'")
                if attempts == 1 { #expect(try await made(files) == "got \(text)".trimmed) }
            }
        }
    }

    @Test func `a run by hand reads what was last run, before there is any an empty file`() async throws {
        try await with { files, service in
            try await files.run()
            #expect(try await made(files) == "got")
            try await send("one", to: service)
            #expect(try await made(files) == "got one")
            #expect(try await files.run().steps.values.allSatisfy { $0 == .fresh })
            #expect(try await files.reasons("take").isEmpty)
        }
    }

    @Test func `a run that read a webhook is made again of what that was sent`() async throws {
        try await with { files, service in
            for text in ["one", "two", ""] { try await send(text, to: service) }
            let platform = try files.platform()
            for run in try await platform.tracking().pipelines.runs() {
                let report = try await Reproduction(platform).run(run.id)
                #expect(report.isEqual, "\(report.steps)")
                #expect(report.steps.count == 1)
            }
        }
    }

    @Test func `what a webhook was sent is kept for the runs that were of it`() async throws {
        try await with { files, service in
            for text in ["one", "two"] { try await send(text, to: service) }
            let platform = try files.platform()
            let kept = try await ProjectCache(platform).kept(last: 1)
            for text in ["one", "two"] { #expect(kept.contains(Digest(of: text))) }
        }
    }
}

extension String {
    fileprivate var trimmed: String { trimmingCharacters(in: .whitespacesAndNewlines) }
}
