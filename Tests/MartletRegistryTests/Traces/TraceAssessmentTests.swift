import MartletCore
import MartletRegistry
import MartletTesting
import Testing

struct TraceAssessmentTests {
    private static let value = Assessment.Value.feedback(["a": [1.5, nil]], error: Assessment.Fault(code: "X", message: "m"))

    @Test(arguments: DatabaseKind.all)
    func `an assessment is kept, changed and deleted`(_ kind: DatabaseKind) async throws {
        let clock = HandClock()
        try await kind.withTraces(clock: clock) { traces, _ in
            _ = try await traces.create(TraceInfo(id: "t", experiment: 0))
            let draft = Assessment(
                name: "n", value: Self.value, source: Assessment.Source(.human, id: "me"), createdAt: 5, span: "s", rationale: "r",
                metadata: [KeyedText("m", "1")])
            var added = try await traces.addAssessment(draft, trace: "t")
            #expect(added.id.wholeMatch(of: /a-[0-9a-f]{32}/) != nil)
            #expect((added.createdAt, added.updatedAt) == (5, 1000))
            #expect(try await traces.assessment(added.id, trace: "t") == added)
            clock.set(2000)
            let change = AssessmentChange(name: "o", value: .feedback("yes", error: nil), metadata: [KeyedText("z", "2")])
            let changed = try await traces.updateAssessment(added.id, trace: "t", change)
            (added.name, added.value, added.updatedAt) = ("o", .feedback("yes", error: nil), 2000)
            added.metadata.append(KeyedText("z", "2"))
            #expect(changed == added)
            #expect(try await traces.info("t").assessments == [added])
            try await traces.deleteAssessment(added.id, trace: "t")
            try await traces.deleteAssessment(added.id, trace: "t")
            #expect(try await traces.info("t").assessments == [])
        }
    }

    @Test(arguments: DatabaseKind.all)
    func `what is overridden is not valid until the other is deleted`(_ kind: DatabaseKind) async throws {
        try await kind.withTraces { traces, _ in
            _ = try await traces.create(TraceInfo(id: "t", experiment: 0))
            let first = try await traces.addAssessment(Assessment(name: "n", value: .feedback(1.0, error: nil)), trace: "t")
            let second = try await traces.addAssessment(
                Assessment(name: "n", value: .feedback(2.0, error: nil), overrides: first.id), trace: "t")
            #expect(try await traces.assessment(first.id, trace: "t").isValid == false)
            try await traces.deleteAssessment(second.id, trace: "t")
            #expect(try await traces.assessment(first.id, trace: "t").isValid)
        }
    }

    @Test(arguments: DatabaseKind.all)
    func `what is not there or of another kind is refused`(_ kind: DatabaseKind) async throws {
        try await kind.withTraces { traces, _ in
            _ = try await traces.create(TraceInfo(id: "t", experiment: 0))
            let expected = try await traces.addAssessment(Assessment(name: "n", value: .expectation("x")), trace: "t")
            await #expect(throws: TrackingFault.invalid("Cannot update feedback value on an Expectation assessment.")) {
                try await traces.updateAssessment(expected.id, trace: "t", AssessmentChange(value: Self.value))
            }
            await #expect(throws: TrackingFault.missing("Assessment with ID 'a' not found for trace 't'")) {
                try await traces.assessment("a", trace: "t")
            }
            await #expect(throws: TrackingFault.missing("Trace with request_id 'x' not found")) {
                try await traces.assessment("a", trace: "x")
            }
            await #expect(throws: TrackingFault.missing("Assessment with ID 'a' not found for trace 't'")) {
                try await traces.addAssessment(Assessment(name: "n", value: Self.value, overrides: "a"), trace: "t")
            }
        }
    }
}
