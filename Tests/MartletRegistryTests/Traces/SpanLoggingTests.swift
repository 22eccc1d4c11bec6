import MartletCore
import MartletRegistry
import MartletTesting
import Testing

struct SpanLoggingTests {
    private static let id = ReceivedSpan.traceID()

    @Test(arguments: DatabaseKind.all)
    func `spans make their trace and tell what it is`(_ kind: DatabaseKind) async throws {
        try await kind.withTraces { traces, _ in
            let root = ReceivedSpan.made(
                "root", id: 1, from: 10, to: 13, status: .error,
                [
                    "mlflow.spanInputs": .text(#"{"messages": [{"role": "user", "content": "hi"}]}"#),
                    "mlflow.spanOutputs": .list([.integer(1)]),
                    "mlflow.traceTag.team": .text("ads"), "session.id": .text("s"), "user.id": .text("u"),
                ])
            let child = ReceivedSpan.made("child", id: 2, parent: 1, from: 9, to: 11)
            try await traces.log(
                [ReceivedSpans([child, root], resource: ["n": .integer(5), "telemetry.sdk.name": .text("x"), "mlflow.x": .text("y")])],
                experiment: "0", run: "r")
            let trace = try await traces.trace(Self.id)
            #expect((trace.info.startedAt, trace.info.duration, trace.info.state) == (9_000, 4_000, .error))
            #expect((trace.info.requestPreview, trace.info.responsePreview) == ("hi", "[1]"))
            #expect(trace.info.metadata == [KeyedText("mlflow.trace.session", "s"), KeyedText("mlflow.trace.user", "u")])
            #expect(
                Set(trace.info.tags) == [
                    KeyedText("team", "ads"), KeyedText("n", "5"), KeyedText("mlflow.trace.spansLocation", "TRACKING_STORE"),
                    KeyedText("mlflow.artifactLocation", "mlflow-artifacts:/0/traces/\(Self.id)/artifacts"),
                ])
            #expect(trace.spans.count == 2)
            #expect(try JSONValue(parsing: trace.spans[0], as: "span")["name"] == "root")
            #expect(try await traces.found("run_id = 'r'") == [Self.id])
        }
    }

    @Test(arguments: DatabaseKind.all)
    func `numbers that only Python's JSON has are JSON in attributes too`(_ kind: DatabaseKind) async throws {
        try await kind.withTraces { traces, _ in
            let inputs = #"{"d": NaN, "messages": [{"role": "user", "content": "hi"}]}"#
            let root = ReceivedSpan.made(
                "root", id: 1, ["mlflow.spanInputs": .text(inputs), "mlflow.spanOutputs": .text("[Infinity]"), "x": .text("[NaN")])
            try await traces.log([ReceivedSpans([root])], experiment: "0")
            let trace = try await traces.trace(Self.id)
            let attributes = try JSONValue(parsing: trace.spans[0], as: "span")["attributes"]
            #expect((attributes?["mlflow.spanInputs"], attributes?["mlflow.spanOutputs"]) == (.string(inputs), "[Infinity]"))
            #expect(attributes?["x"] == #""[NaN""#)
            #expect(trace.info.requestPreview == "hi")
        }
    }

    /// The text is what MLflow's own server stores of the same span.
    @Test(arguments: DatabaseKind.all)
    func `a span is stored as MLflow stores it`(_ kind: DatabaseKind) async throws {
        try await kind.withTraces { traces, _ in
            var span = ReceivedSpan.made(
                "x", trace: 1, id: 8, from: 1_735_689_600, to: 1_735_689_601, status: .error,
                [
                    "a": .integer(7), "c": .number(2), "d": .bytes([1, 2]), "e": .list([.text("q")]), "f": .nothing,
                    "g": .text(#"{"x": 1}"#), "h": .text("1"), "input.value": .text("é"), "nan": .number(.nan), "h2": .members([]),
                ])
            span.trace = Array(1...16)
            span.id = Array(1...8)
            var event = ReceivedSpan.Event()
            event.name = "e"
            event.at = 1
            event.attributes = [SpanAttribute("d", .bytes([1, 2]))]
            span.events = [event]
            var link = ReceivedSpan.Link()
            (link.trace, link.span, link.attributes) = ([0xd3, 0x5d, 0x36], [0xd3], [SpanAttribute("d", .bytes([1, 2]))])
            span.links = [link]
            span.statusMessage = "bad"
            try await traces.log([ReceivedSpans([span], resource: ["service.name": .text("codex_cli_rs")])], experiment: "0")
            let stored = try await traces.trace("tr-0102030405060708090a0b0c0d0e0f10").spans
            #expect(
                stored == [
                    #"{"trace_id": "AQIDBAUGBwgJCgsMDQ4PEA==", "span_id": "AQIDBAUGBwg=", "parent_span_id": null, "name": "x", "#
                        + #""start_time_unix_nano": 1735689600000000000, "end_time_unix_nano": 1735689601000000000, "#
                        + #""events": [{"name": "e", "time_unix_nano": 1, "attributes": {"d": "b'\\x01\\x02'"}}], "#
                        + #""status": {"code": "STATUS_CODE_ERROR", "message": "bad"}, "#
                        + #""attributes": {"a": "7", "c": "2.0", "d": "\"b'\\\\x01\\\\x02'\"", "e": "[\"q\"]", "f": "null", "#
                        + #""g": "{\"x\": 1}", "h": "\"1\"", "input.value": "\"é\"", "nan": "NaN", "h2": "{}", "#
                        + #""mlflow.traceRequestId": "\"tr-0102030405060708090a0b0c0d0e0f10\"", "service.name": "\"codex_cli_rs\"", "#
                        + #""mlflow.spanInputs": "\"é\""}, "#
                        + #""links": [{"trace_id": "tr-00000000000000000000000000d35d36", "span_id": "00000000000000d3", "#
                        + #""attributes": {"d": "AQI="}}]}"#
                ])
        }
    }

    @Test(arguments: DatabaseKind.all)
    func `tokens are summed over all spans, and those of a parent are not counted twice`(_ kind: DatabaseKind) async throws {
        func usage(_ input: Int64) -> SpanValue {
            .members([SpanAttribute("input_tokens", .integer(input)), SpanAttribute("total_tokens", .integer(input))])
        }
        try await kind.withTraces { traces, _ in
            let key = "mlflow.chat.tokenUsage"
            try await traces.log([ReceivedSpans([.made("leaf", id: 3, parent: 2, [key: usage(3)])])], experiment: "0")
            #expect(try await traces.info(Self.id).state == .inProgress)
            try await traces.log(
                [
                    ReceivedSpans([
                        .made("agent", id: 2, parent: 1, [key: usage(5)]), .made("root", id: 1),
                        .made("b", id: 4, parent: 1, [key: usage(1)]),
                    ])
                ],
                experiment: "0")
            let info = try await traces.info(Self.id)
            #expect(
                info.metadata == [
                    KeyedText("mlflow.trace.tokenUsage", #"{"input_tokens": 6, "output_tokens": 0, "total_tokens": 6}"#)
                ])
            #expect(info.state == .ok)
        }
    }

    @Test(arguments: DatabaseKind.all)
    func `what a client told is not changed by spans that come later`(_ kind: DatabaseKind) async throws {
        try await kind.withTraces { traces, _ in
            let sum = KeyedText("mlflow.trace.tokenUsage", #"{"total_tokens": 1}"#)
            let sizes = KeyedText("mlflow.trace.sizeStats", #"{"num_spans": 2}"#)
            _ = try await traces.create(
                TraceInfo(
                    id: Self.id, experiment: 0, startedAt: 5, duration: 1, state: .error, requestPreview: "p", metadata: [sum, sizes]))
            let first = ReceivedSpan.made(
                "a", id: 1, ["mlflow.chat.tokenUsage": .text(#"{"total_tokens": 9}"#), "mlflow.spanInputs": .text("other")])
            try await traces.log([ReceivedSpans([first])], experiment: "0")
            let info = try await traces.info(Self.id)
            #expect((info.startedAt, info.duration, info.state, info.requestPreview) == (5, 1, .error, "p"))
            #expect(info.metadata.contains(sum))
            await #expect(
                throws: TrackingFault.missing("Trace with ID \(Self.id) is not fully exported yet, please try again later.")
            ) { try await traces.trace(Self.id) }
            #expect(try await traces.trace(Self.id, allowsPartial: true).spans.count == 1)
            #expect(try await traces.traces([Self.id]) == [])
            try await traces.log([ReceivedSpans([first, .made("b", id: 2, parent: 1)])], experiment: "0")
            #expect(try await traces.traces([Self.id]).first?.spans.count == 2)
        }
    }

    @Test(arguments: DatabaseKind.all)
    func `spans are taken all or none`(_ kind: DatabaseKind) async throws {
        try await kind.withTraces { traces, _ in
            var late = ReceivedSpan.made("late", trace: 2, id: 1)
            late.endedAt = .max
            let good = ReceivedSpan.made("good", id: 1)
            await #expect(throws: SpanFlaw.time) { try await traces.log([ReceivedSpans([good, late])], experiment: "0") }
            var nameless = ReceivedSpan.made("x", id: 1)
            nameless.id = []
            await #expect(throws: SpanFlaw.identifier) { try await traces.log([ReceivedSpans([good, nameless])], experiment: "0") }
            await #expect(throws: TrackingFault.missing("No Experiment with id=77 exists")) {
                try await traces.log([ReceivedSpans([good])], experiment: "77")
            }
            let found = try await traces.found()
            #expect(found == [])
        }
    }

    @Test(
        arguments: [
            (["openinference.span.kind": .text("TOOL"), "llm.token_count.prompt": .integer(3)], "TOOL", #"{"input_tokens": 3}"#),
            (
                [
                    "gen_ai.operation.name": .text("chat"), "gen_ai.usage.input_tokens": .text("3"),
                    "gen_ai.usage.output_tokens": .integer(4),
                ],
                "CHAT_MODEL", #"{"input_tokens": 3, "output_tokens": 4, "total_tokens": 7}"#
            ),
            (["traceloop.span.kind": .text("agent"), "llm.usage.total_tokens": .integer(3)], "AGENT", #"{"total_tokens": 3}"#),
            (["mlflow.spanType": .text("LLM"), "traceloop.span.kind": .text("agent")], "LLM", nil),
        ] as [(KeyValuePairs<String, SpanValue>, String, String?)])
    func `others' names for types and tokens are read`(
        attributes: KeyValuePairs<String, SpanValue>, type: String, tokens: String?
    ) async throws {
        try await DatabaseKind.all[0].withTraces { traces, _ in
            try await traces.log([ReceivedSpans([.made("x", id: 1, attributes)])], experiment: "0")
            let stored = try JSONValue(parsing: try await traces.trace(Self.id).spans[0], as: "span")["attributes"]
            #expect(stored?["mlflow.spanType"] == .string("\"\(type)\""))
            #expect(stored?["mlflow.chat.tokenUsage"]?.string == tokens)
            #expect(try await traces.found("span.type = '\(type)'") == [Self.id])
        }
    }
}
