import MartletCore
import MartletRegistry
import MartletTesting
import Testing

struct TraceStoreTests {
    private static let location = KeyedText("mlflow.artifactLocation", "mlflow-artifacts:/0/traces/tr-1/artifacts")
    private static let final = KeyedText("mlflow.trace.infoFinalized", "true")

    @Test(arguments: DatabaseKind.all)
    func `a trace is what its client told`(_ kind: DatabaseKind) async throws {
        try await kind.withTraces { traces, _ in
            var told = TraceInfo(
                id: "tr-1", experiment: 0, startedAt: 5, duration: 7, state: .ok, clientRequestID: "c", requestPreview: "q",
                responsePreview: "", tags: [KeyedText("a", "1")], metadata: [KeyedText("m", "é")],
                assessments: [Assessment(name: "n", value: .feedback(true, error: nil))])
            let made = try await traces.create(told)
            told.tags.append(Self.location)
            told.metadata.append(Self.final)
            told.assessments[0].id = try #require(made.assessments.first?.id)
            told.assessments[0].createdAt = 1000
            told.assessments[0].updatedAt = 1000
            #expect(made == told)
            #expect(try await traces.info("tr-1") == told)
            #expect(try await traces.infos(["x", "tr-1", "tr-1"]) == [told])
            #expect(try await traces.infos(["tr-1"], experiments: [7]) == [])
        }
    }

    @Test(arguments: DatabaseKind.all)
    func `what is told again takes its place beside what was known`(_ kind: DatabaseKind) async throws {
        try await kind.withTraces { traces, _ in
            _ = try await traces.create(
                TraceInfo(
                    id: "tr-1", experiment: 0, startedAt: 5, duration: 7, requestPreview: "q",
                    tags: [KeyedText("a", "1"), KeyedText("b", "2")],
                    metadata: [KeyedText("mlflow.trace.tokenUsage", #"{"total_tokens": 3, "x": 1, "input_tokens": 1.0}"#)]))
            let again = try await traces.create(
                TraceInfo(
                    id: "tr-1", experiment: 0, state: .error, tags: [KeyedText("a", "9")],
                    metadata: [KeyedText("mlflow.trace.tokenUsage", #"{"output_tokens": 2}"#)]))
            #expect((again.startedAt, again.duration, again.state, again.requestPreview) == (0, nil, .error, "q"))
            #expect(again.tags == [KeyedText("a", "9"), KeyedText("b", "2"), Self.location])
            #expect(
                again.metadata == [
                    KeyedText("mlflow.trace.tokenUsage", #"{"input_tokens": 1, "output_tokens": 2, "total_tokens": 3}"#), Self.final,
                ])
        }
    }

    @Test(arguments: DatabaseKind.all)
    func `what MLflow refuses is refused in its words`(_ kind: DatabaseKind) async throws {
        try await kind.withTraces { traces, store in
            await #expect(throws: TrackingFault.missing("Trace with ID 'x' not found.")) { try await traces.info("x") }
            await #expect(throws: TrackingFault.missing("Trace with ID x is not found.")) { try await traces.trace("x") }
            await #expect(throws: TrackingFault.missing("No Experiment with id=77 exists")) {
                try await traces.create(TraceInfo(id: "t", experiment: 77))
            }
            await #expect(throws: TrackingFault.invalid("'Trace name' exceeds the maximum length of 4096 characters")) {
                let name = KeyedText("mlflow.traceName", String(repeating: "n", count: 4097))
                _ = try await traces.create(TraceInfo(id: "t", experiment: 0, tags: [name]))
            }
            let experiment = try await store.createExperiment(name: "gone")
            try await store.deleteExperiment(experiment)
            await #expect(
                throws: TrackingFault.invalid("The experiment 1 must be in the 'active' state. Current state is deleted.")
            ) { try await traces.create(TraceInfo(id: "t", experiment: experiment)) }
            _ = try await traces.create(TraceInfo(id: "t", experiment: 0))
            await #expect(throws: TrackingFault(.internalError, "Trace data not stored in tracking store")) {
                try await traces.trace("t")
            }
            await #expect(throws: TrackingFault.self) { try await traces.begin(experiment: 0, startedAt: .max) }
        }
    }

    @Test(arguments: DatabaseKind.all)
    func `tags are set, cut and deleted, but not those of the server`(_ kind: DatabaseKind) async throws {
        try await kind.withTraces { traces, _ in
            _ = try await traces.create(TraceInfo(id: "tr-1", experiment: 0))
            try await traces.setTag(KeyedText("k", String(repeating: "v", count: 8001)), trace: "tr-1")
            try await traces.setTag(KeyedText("k2", "v"), trace: "tr-1")
            #expect(try await traces.info("tr-1").tags.first { $0.key == "k" }?.value.count == 8000)
            try await traces.deleteTag("k", trace: "tr-1")
            await #expect(throws: TrackingFault.missing("No trace tag with key 'k' for trace with ID 'tr-1'")) {
                try await traces.deleteTag("k", trace: "tr-1")
            }
            let fixed = "mlflow.trace.spansLocation"
            await #expect(throws: TrackingFault.invalid("Tag '\(fixed)' is immutable and cannot be set on a trace.")) {
                try await traces.setTag(KeyedText(fixed, "v"), trace: "tr-1")
            }
            await #expect(throws: TrackingFault.invalid("Tag '\(fixed)' is immutable and cannot be deleted on a trace.")) {
                try await traces.deleteTag(fixed, trace: "tr-1")
            }
            let absent = await #expect(throws: TrackingFault.self) { try await traces.setTag(KeyedText("k", "v"), trace: "x") }
            #expect(absent?.code == .badRequest)
        }
    }

    @Test(arguments: DatabaseKind.all)
    func `traces of MLflow 2 begin and end`(_ kind: DatabaseKind) async throws {
        try await kind.withTraces { traces, _ in
            let begun = try await traces.begin(
                experiment: 0, startedAt: 5, metadata: [KeyedText("a", "b")], tags: [KeyedText("t", "v")])
            #expect(begun.id.wholeMatch(of: /[0-9a-f]{32}/) != nil)
            #expect((begun.state, begun.duration, begun.metadata) == (.inProgress, nil, [KeyedText("a", "b")]))
            let ended = try await traces.end(begun.id, at: 9, state: .ok, metadata: [KeyedText("a", "c")], tags: [KeyedText("u", "w")])
            #expect((ended.state, ended.duration, ended.metadata) == (.ok, 4, [KeyedText("a", "c")]))
            #expect(ended.tags.count == 3)
            await #expect(throws: TrackingFault.missing("Trace with ID 'x' not found.")) {
                try await traces.end("x", at: 9, state: .ok)
            }
        }
    }

    @Test(arguments: DatabaseKind.all)
    func `the oldest of an experiment are deleted, or those that are named`(_ kind: DatabaseKind) async throws {
        try await kind.withTraces { traces, store in
            let other = try await store.createExperiment(name: "other")
            for time in 1...4 { _ = try await traces.create(TraceInfo(id: "t\(time)", experiment: 0, startedAt: Int64(time))) }
            _ = try await traces.create(TraceInfo(id: "o", experiment: other, startedAt: 1))
            #expect(try await traces.delete(.until(3, countMax: 2), experiment: 0) == 2)
            #expect(try await traces.delete(.ids(["t3", "o", "x"]), experiment: 0) == 1)
            #expect(try await traces.found(experiments: [0, other]) == ["t4", "o"])
        }
    }

    @Test(
        arguments: [
            ([], nil, nil, "Either `max_timestamp_millis` or `trace_ids` must be specified."),
            (["t"], 5, nil, "Only one of `max_timestamp_millis` and `trace_ids` can be specified."),
            ([], 5, 0, "`max_traces` must be a positive integer, received 0."),
            (["t"], nil, 1, "`max_traces` can't be specified if `trace_ids` is specified."),
        ] as [([String], Int64?, Int64?, String)])
    func `a deletion that means nothing is refused`(ids: [String], until: Int64?, countMax: Int64?, message: String) {
        #expect(throws: TrackingFault.invalid(message)) { try TraceStore.selection(ids: ids, until: until, countMax: countMax) }
    }
}
