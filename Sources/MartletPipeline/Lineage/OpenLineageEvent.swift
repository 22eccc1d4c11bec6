package import MartletCore

/// Events of OpenLineage 2.0.2 (`RunEvent`) for a run of a pipeline and for each of its steps, which are its children.
///
/// A run has one `START` and one of `COMPLETE`, `FAIL` and `ABORT`, whatever the count of attempts; a step that was not run, as its
/// outputs were there, has none. Namespace: the project. Jobs: the pipeline, and `PIPELINE.STEP`. A run's UUID is made of its name, so
/// that an event that is sent twice is of one run.
package struct OpenLineageEvent: Sendable {
    /// Who made the events.
    package static let producer = "urn:martlet"
    private static let schemaURL = "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent"

    private let run: LineageRun
    private let facets: OpenLineageFacets

    package init(of run: LineageRun) {
        self.run = run
        facets = OpenLineageFacets(producer: "\(Self.producer):\(run.engineVersion)")
    }

    /// The event of the pipeline's run.
    package func pipeline(_ state: LineageState, at time: Timestamp) -> JSONValue {
        event(
            state, time, runID: runID, runFacets: [:], job: run.pipeline,
            jobFacets: ["jobType": facets.jobType("PIPELINE"), "ownership": run.owner.map(facets.ownership)])
    }

    /// The event of a step's run.
    package func step(_ step: LineageStep, _ state: LineageState, at time: Timestamp) -> JSONValue {
        let job: [String: JSONValue?] = [
            "jobType": facets.jobType(step.kind.uppercased()), "ownership": (step.owner ?? run.owner).map(facets.ownership),
            "sql": step.sql.map(facets.sql), "sourceCodeLocation": step.sourceCode.map(facets.sourceCode),
        ]
        let parent = facets.parent(runID: runID, namespace: run.project, job: run.pipeline)
        var event =
            event(
                state, time, runID: runID(of: step), runFacets: ["parent": parent, "martlet_step": facets.step(step)],
                job: "\(run.pipeline).\(step.name)", jobFacets: job
            ).object ?? [:]
        event["inputs"] = .array(step.inputs.map { facets.input($0, of: run.project) })
        event["outputs"] = .array(step.outputs.map { facets.output($0, of: run.project) })
        return .object(event)
    }

    /// The UUID of the pipeline's run.
    package var runID: String { Self.uuid(["run", run.project, run.pipeline, run.id]) }

    /// The UUID of a step's run.
    package func runID(of step: LineageStep) -> String {
        Self.uuid(["step", run.project, run.pipeline, run.id, step.name, step.instance].map { $0.map(JSONValue.string) ?? .null })
    }

    private func event(
        _ state: LineageState, _ time: Timestamp, runID: String, runFacets: [String: JSONValue], job: String,
        jobFacets: [String: JSONValue?]
    ) -> JSONValue {
        var shared = runFacets
        shared["processing_engine"] = facets.engine(version: run.engineVersion)
        shared["nominalTime"] = run.nominalTime.map(facets.nominalTime)
        shared["errorMessage"] = facets.error(state)
        return [
            "eventType": .string(state.eventType), "eventTime": .string(time.description), "producer": .string(facets.producer),
            "schemaURL": .string(Self.schemaURL), "run": ["runId": .string(runID), "facets": .object(shared)],
            "job": [
                "namespace": .string(run.project), "name": .string(job), "facets": .object(jobFacets.compactMapValues(\.self)),
            ],
        ]
    }

    /// A UUID of version 8 (RFC 9562, section 5.8): the first bits of the SHA-256 of a name.
    private static func uuid(_ name: [JSONValue]) -> String {
        var digits = Array(Digest(of: .array(name)).hex.prefix(32))
        digits[12] = "8"
        // The variant's two bits are 10.
        let variant = (digits[16].hexDigitValue ?? 0) & 3 | 8
        digits[16] = Character(String(variant, radix: 16))
        let ends = [8, 12, 16, 20, 32]
        return zip([0] + ends, ends).map { String(digits[$0..<$1]) }.joined(separator: "-")
    }

    private static func uuid(_ name: [String]) -> String { uuid(name.map(JSONValue.string)) }
}

extension LineageState {
    /// OpenLineage's word for it.
    fileprivate var eventType: String {
        switch self {
        case .started: "START"
        case .completed: "COMPLETE"
        case .failed: "FAIL"
        case .aborted: "ABORT"
        }
    }
}
