import MartletRegistry

extension TraceEndpoints {
    private static let one = "traces/{trace_id}/assessments/{assessment_id}"

    var assessments: [TrackingEndpoint] {
        [
            TrackingEndpoint(.post, "traces/{trace_id}/assessments", .createAssessment, version: .v3) { [store] fields in
                let assessment = try (fields.message(.assessment) ?? fields).writtenAssessment()
                let added = try await store.addAssessment(assessment, trace: fields.pathTrace)
                return JSONOutput.assessment(added, trace: fields.pathTrace)
            },
            TrackingEndpoint(.get, Self.one, .nothing, version: .v3) { [store] fields in
                let assessment = try await store.assessment(fields.pathAssessment, trace: fields.pathTrace)
                return JSONOutput.assessment(assessment, trace: fields.pathTrace)
            },
            TrackingEndpoint(.patch, Self.one, .updateAssessment, version: .v3) { [store] fields in
                let updated = try await store.updateAssessment(
                    fields.pathAssessment, trace: fields.pathTrace, try fields.assessmentChange())
                return JSONOutput.assessment(updated, trace: fields.pathTrace)
            },
            TrackingEndpoint(Self.one, .nothing, method: .delete, version: .v3) { [store] in
                try await store.deleteAssessment($0.pathAssessment, trace: $0.pathTrace)
            },
        ]
    }
}

extension RequestFields {
    /// The assessment that the path names.
    fileprivate var pathAssessment: String { parameters["assessment_id"] ?? "" }
}
