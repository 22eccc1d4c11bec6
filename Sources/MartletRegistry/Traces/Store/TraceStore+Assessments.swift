import MartletStore

extension TraceStore {
    /// Adds an assessment to a trace. Where it overrides another, that one is not valid any more. - Returns: what is stored.
    package func addAssessment(_ assessment: Assessment, trace id: String) async throws -> Assessment {
        let own = assessment.stored(id: "a-" + tracking.makeID(), at: tracking.now)
        return try await tracking.write { session in
            let row = try session.traceRow(id)
            if let other = own.overrides {
                guard try session.setValid(false, other, trace: row.number) else { throw Self.noAssessment(other, id) }
            }
            try session.insert(own, row.number, id)
            return own
        }
    }

    /// An assessment of a trace.
    package func assessment(_ id: String, trace: String) async throws -> Assessment {
        try await tracking.read { try $0.assessment(id, trace: trace) }
    }

    /// Changes an assessment. - Returns: what it is then.
    package func updateAssessment(_ id: String, trace: String, _ change: AssessmentChange) async throws -> Assessment {
        let time = tracking.now
        return try await tracking.write { session in
            var assessment = try session.assessment(id, trace: trace)
            if let value = change.value { assessment.value = try Self.checked(value, for: assessment.value) }
            assessment.name = change.name ?? assessment.name
            if case .feedback = assessment.value { assessment.rationale = change.rationale ?? assessment.rationale }
            for pair in change.metadata {
                assessment.metadata.removeAll { $0.key == pair.key }
                assessment.metadata.append(pair)
            }
            assessment.updatedAt = time
            try session.update(assessment)
            return assessment
        }
    }

    private static func checked(_ value: Assessment.Value, for known: Assessment.Value) throws(TrackingFault) -> Assessment.Value {
        switch (value, known) {
        case (.feedback, .feedback), (.expectation, .expectation): return value
        case (.expectation, _):
            throw TrackingFault(.invalidParameterValue, "Cannot update expectation value on a Feedback assessment.")
        default: throw TrackingFault(.invalidParameterValue, "Cannot update feedback value on an Expectation assessment.")
        }
    }

    /// Deletes an assessment, where it is there; what it overrode is valid again.
    package func deleteAssessment(_ id: String, trace: String) async throws {
        try await tracking.write { session in
            guard let row = try session.optionalTraceRow(trace), let known = try session.optionalAssessment(id, row.number) else { return }
            if let other = known.overrides { _ = try session.setValid(true, other, trace: row.number) }
            try session.connection.execute("DELETE FROM trace_assessments WHERE id = ?", [.text(id)])
        }
    }

    static func noAssessment(_ id: String, _ trace: String) -> TrackingFault {
        TrackingFault(.resourceDoesNotExist, "Assessment with ID '\(id)' not found for trace '\(trace)'")
    }
}

// MARK: - Within a read or write

extension TrackingSession {
    func assessment(_ id: String, trace: String) throws -> Assessment {
        guard let row = try optionalTraceRow(trace) else {
            throw TrackingFault(.resourceDoesNotExist, "Trace with request_id '\(trace)' not found")
        }
        guard let assessment = try optionalAssessment(id, row.number) else { throw TraceStore.noAssessment(id, trace) }
        return assessment
    }

    func optionalAssessment(_ id: String, _ trace: Int64) throws -> Assessment? {
        try connection.first(
            "SELECT \(AssessmentRow.columns) FROM trace_assessments AS a WHERE a.id = ? AND a.trace = ?", [.text(id), .integer(trace)],
            AssessmentRow.assessment)
    }

    /// - Returns: whether there is such an assessment.
    func setValid(_ isValid: Bool, _ id: String, trace: Int64) throws -> Bool {
        try connection.execute(
            "UPDATE trace_assessments SET is_valid = ? WHERE id = ? AND trace = ?", [.flag(isValid), .text(id), .integer(trace)]) > 0
    }
}
