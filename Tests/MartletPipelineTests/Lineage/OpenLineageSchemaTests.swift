import Foundation
import MartletCore
import MartletTesting
import Testing

@testable import MartletPipeline

/// Our events against the classes that the OpenLineage project generates from its specification's schemas.
@Suite struct OpenLineageSchemaTests {
    @Test func `our events are as the specification says`() async throws {
        let flaws = try await Self.flaws(of: LineageExamples.events)
        #expect(flaws == [])
    }

    @Test func `what is not as the specification says is found`() async throws {
        let event = LineageExamples.events[2]
        let wrong = [
            Self.changed(event, ["run", "runId"], "17"), Self.changed(event, ["eventType"], "DONE"),
            Self.changed(event, ["eventTime"], "2024-03-01"), Self.changed(event, ["job", "name"], nil),
            Self.changed(event, ["run", "facets", "parent", "job"], nil),
            Self.changed(event, ["job", "facets", "sql", "text"], "SELECT 1"),
            Self.changed(event, ["job", "facets", "query"], event["job"]?["facets"]?["sql"]),
            Self.changed(event, ["job", "facets", "sql", "_schemaURL"], "https://openlineage.io/spec/facets/9-0-0/SQLJobFacet.json"),
            Self.changed(event, ["run", "facets", "martlet_step", "_producer"], nil), Self.changed(event, ["outputs"], "none"),
        ]
        let flaws = try await Self.flaws(of: wrong)
        for number in wrong.indices { #expect(flaws.contains { $0.hasPrefix("event \(number)") }, "event \(number) of \(flaws)") }
    }

    private static func flaws(of events: [JSONValue]) async throws -> [String] {
        let script = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "openlineage_check.py").path
        return try await withTemporaryFolder { folder in
            let path = "\(folder)/events.jsonl"
            try LineageFile(path: path).deliver(events)
            let result = try await Command(try PythonEnvironment.references.path(), [script, path]).run()
            guard result.status == 0 else {
                throw MartletError(.engine, "openlineage_check.py ended with \(result.status): \(result.errors.suffix(2_000))")
            }
            return result.output.split(separator: "\n").map(String.init)
        }
    }

    /// The value with another one at a place, or none.
    private static func changed(_ value: JSONValue, _ path: [String], _ replacement: JSONValue?) -> JSONValue {
        guard let key = path.first, case .object(var members) = value else { return replacement ?? .null }
        members[key] = path.count == 1 ? replacement : members[key].map { changed($0, Array(path.dropFirst()), replacement) }
        return .object(members)
    }
}
