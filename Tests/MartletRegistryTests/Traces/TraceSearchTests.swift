import MartletCore
import MartletRegistry
import MartletTesting
import Testing

struct TraceSearchTests {
    /// Four traces, of which the third has spans.
    private func fill(_ traces: TraceStore) async throws {
        for place in 1...4 {
            let state: TraceInfo.State = place == 2 ? .error : .ok
            var metadata = [KeyedText("mlflow.trace.session", place < 3 ? "s" : "other"), KeyedText("user", "u\(place)")]
            if place == 4 { metadata.append(KeyedText("mlflow.sourceRun", "r")) }
            _ = try await traces.create(
                TraceInfo(
                    id: place == 3 ? ReceivedSpan.traceID() : "t\(place)", experiment: 0, startedAt: Int64(place * 100),
                    duration: place == 1 ? nil : Int64(50 - place), state: state, clientRequestID: "c\(place)",
                    tags: [KeyedText("mlflow.traceName", place < 3 ? "Ask" : "tell"), KeyedText("n", "\(place)")], metadata: metadata))
        }
        let spans = [
            ReceivedSpan.made("root", id: 1, ["mlflow.spanType": .text("CHAIN"), "city": .text("Bern 100%")]),
            ReceivedSpan.made("leaf", id: 2, parent: 1, status: .error, ["mlflow.spanType": .text("TOOL")]),
        ]
        try await traces.log([ReceivedSpans(spans)], experiment: "0")
        for (trace, value) in [("t1", Assessment.Value.feedback(5.0, error: nil)), ("t2", .feedback("yes", error: nil))] {
            let metadata = trace == "t1" ? [KeyedText("mlflow.trace.session", "s")] : []
            _ = try await traces.addAssessment(Assessment(name: "score", value: value, metadata: metadata), trace: trace)
        }
        _ = try await traces.addAssessment(Assessment(name: "right", value: .expectation(["a"])), trace: "t4")
        _ = try await traces.addAssessment(Assessment(name: "i-1", value: .issue("slow")), trace: "t4")
        try await traces.link(["t1", "absent"], toRun: "r")
        try await traces.link([PromptVersion("p", version: 2)], toTrace: "t2")
    }

    private static let third = ReceivedSpan.traceID()

    @Test(arguments: DatabaseKind.all)
    func `traces are found by what is known of them`(_ kind: DatabaseKind) async throws {
        let filters: [(String, [String])] = [
            ("", ["t4", Self.third, "t2", "t1"]),
            ("timestamp > 100 AND timestamp_ms <= 300", [Self.third, "t2"]), ("execution_time < 48", ["t4", Self.third]),
            ("end_time = 100", ["t1"]), ("status = 'ERROR'", ["t2"]), ("status != 'ERROR'", ["t4", Self.third, "t1"]),
            ("status IN ('ERROR', 'IN_PROGRESS')", ["t2"]), ("trace.status LIKE 'O%'", ["t4", Self.third, "t1"]),
            ("request_id IN ('t1', 't4')", ["t4", "t1"]), ("client_request_id = 'c2'", ["t2"]),
            ("name = 'Ask'", ["t2", "t1"]), ("name ILIKE 'ask'", ["t2", "t1"]), ("tags.n != '1'", ["t4", Self.third, "t2"]),
            ("tags.x IS NULL", ["t4", Self.third, "t2", "t1"]), ("tags.x = '1'", []),
            ("metadata.user = 'u2'", ["t2"]), ("metadata.`mlflow.trace.session` = 's'", ["t2", "t1"]),
            ("metadata.`mlflow.sourceRun` IS NOT NULL", ["t4"]), ("run_id = 'r'", ["t4", "t1"]), ("prompt = 'p/2'", ["t2"]),
            ("span.name = 'leaf'", [Self.third]), ("span.name = 'leaf' AND span.type = 'CHAIN'", []),
            ("span.name LIKE 'l%' AND span.status = 'ERROR'", [Self.third]), ("span.type IN ('TOOL')", [Self.third]),
            ("span.attributes.city LIKE '%Bern%'", [Self.third]), ("span.attributes.city = 'Bern'", []),
            ("trace.text LIKE '%Bern 100%'", [Self.third]),
            ("feedback.score > 4", ["t2", "t1"]), ("feedback.score = 'yes'", ["t2"]), ("feedback.score = '5.0'", ["t2", "t1"]),
            ("feedback.score IS NULL", ["t4", Self.third]), ("expectation.right LIKE '%a%'", ["t4"]), ("issue.id = 'i-1'", ["t4"]),
        ]
        try await kind.withTraces { traces, _ in
            try await fill(traces)
            for (filter, expected) in filters {
                let found = try await traces.found(filter)
                #expect(found == expected, "\(filter)")
            }
        }
    }

    @Test(arguments: DatabaseKind.all)
    func `traces are sorted by what is known of them, and what is missing comes last`(_ kind: DatabaseKind) async throws {
        let orders: [([String], [String])] = [
            (["timestamp ASC"], ["t1", "t2", Self.third, "t4"]), (["execution_time"], ["t4", Self.third, "t2", "t1"]),
            (["execution_time DESC"], ["t2", Self.third, "t4", "t1"]), (["end_time"], ["t1", "t2", Self.third, "t4"]),
            (["status", "timestamp"], ["t2", "t1", Self.third, "t4"]), (["name", "tags.n DESC"], ["t2", "t1", "t4", Self.third]),
            (["run_id"], ["t4", Self.third, "t2", "t1"]), (["tags.absent"], ["t4", Self.third, "t2", "t1"]),
        ]
        try await kind.withTraces { traces, _ in
            try await fill(traces)
            for (order, expected) in orders {
                let found = try await traces.found(orders: order)
                #expect(found == expected, "\(order)")
            }
        }
    }

    @Test(arguments: DatabaseKind.all)
    func `a full page says that there is more`(_ kind: DatabaseKind) async throws {
        try await kind.withTraces { traces, _ in
            try await fill(traces)
            let filter = try SearchFilter(parsing: "", of: .traces)
            let all = try await traces.search(experiments: [0], filter: filter, orders: [], limit: 4)
            let part = try await traces.search(experiments: [0], filter: filter, orders: [], limit: 3, offset: 2)
            #expect((all.hasMore, part.hasMore, part.elements.map(\.id)) == (true, false, ["t2", "t1"]))
            #expect(try await traces.found(experiments: [9]) == [])
        }
    }

    @Test func `what cannot be searched for is refused`() async throws {
        try await DatabaseKind.all[0].withTraces { traces, _ in
            await #expect(
                throws: TrackingFault.invalid(
                    "Comparator 'LIKE' is not supported for reserved metadata 'mlflow.trace.cost'. Only '=', '!=', 'IS NULL', and "
                        + "'IS NOT NULL' are supported.")
            ) { try await traces.found("metadata.`mlflow.trace.cost` LIKE 'a'") }
            await #expect(
                throws: TrackingFault.invalid(
                    "Ordering by reserved metadata 'mlflow.trace.cost' is not supported because it is represented by multiple columns.")
            ) { try await traces.found(orders: ["metadata.`mlflow.trace.cost`"]) }
            await #expect(throws: TrackingFault.self) { try await traces.found("name RLIKE 'a'") }
        }
    }
}
