import MartletCore
import MartletStore

/// Traces as files; their spans are artifacts.
extension FileSource {
    func traces(_ keys: [String]) async throws -> SourceBatch<SourceTrace> {
        try .reading(.traces, keys) { key in
            let folder = try place(.traces, key)
            let meta = try folder.meta("trace_info.yaml")
            let metadata = try folder.texts(in: "request_metadata")
            var info = TraceInfo(
                id: key, experiment: try experiment(experimentID(meta), in: meta), startedAt: try start(meta),
                duration: try meta.integer("execution_duration_ms") ?? meta.integer("execution_time_ms"), state: try state(meta),
                clientRequestID: try meta.text("client_request_id"), requestPreview: try meta.text("request_preview"),
                responsePreview: try meta.text("response_preview"), tags: try folder.texts(in: "tags"), metadata: metadata)
            let assessments = folder.folder("assessments")
            info.assessments = try assessments.files().files.filter { $0.hasSuffix(".yaml") }
                .map { try assessment(assessments.meta($0)) }
            let uri = info.tags.first { $0.key == TraceKey.artifactLocation }?.value ?? ""
            return SourceTrace(
                info: info, runs: metadata.filter { $0.key == TraceKey.sourceRun }.map(\.value),
                artifacts: SourceArtifacts(owner: key, uri: uri, folder: folder.folder("artifacts").path))
        }
    }

    /// MLflow 3 tells a location, MLflow 2 an identifier.
    private func experimentID(_ meta: YAMLMapping) throws -> String {
        try meta.mapping("trace_location")?.mapping("mlflow_experiment")?.text("experiment_id") ?? meta.required("experiment_id")
    }

    private func start(_ meta: YAMLMapping) throws -> Int64 { try meta.integer("timestamp_ms") ?? milliseconds("request_time", meta) ?? 0 }

    private func milliseconds(_ key: String, _ meta: YAMLMapping) throws -> Int64? {
        guard let text = try meta.text(key) else { return nil }
        guard let time = Timestamp(text) else {
            throw MartletError(.invalidInput, "'\(meta.path)': expected a time for '\(key)', found '\(text.prefix(80))'")
        }
        return time.microseconds / 1000
    }

    private func state(_ meta: YAMLMapping) throws -> TraceInfo.State {
        let text = try meta.text("state") ?? meta.text("status") ?? ""
        return TraceInfo.State.allCases.first { $0.name == text } ?? .unspecified
    }

    // MARK: Assessments

    private func assessment(_ meta: YAMLMapping) throws -> Assessment {
        let source = meta.mapping("source")
        let kind = try source?.text("source_type") ?? ""
        let created = try milliseconds("create_time", meta) ?? 0
        return Assessment(
            id: try meta.required("assessment_id"), name: try meta.text("assessment_name") ?? "", value: try value(meta),
            source: Assessment.Source(
                Assessment.SourceKind.allCases.first { $0.name == kind } ?? .unspecified, id: try source?.text("source_id")),
            createdAt: created, updatedAt: try milliseconds("last_update_time", meta) ?? created, span: try meta.text("span_id"),
            rationale: try meta.text("rationale"), metadata: try meta.texts("metadata").map(KeyedText.init),
            overrides: try meta.text("overrides"),
            isValid: try meta.flag("valid") ?? true)
    }

    private func value(_ meta: YAMLMapping) throws -> Assessment.Value {
        if let feedback = meta.mapping("feedback") {
            let fault = try feedback.mapping("error").map { error in
                Assessment.Fault(
                    code: try error.text("error_code") ?? "", message: try error.text("error_message"),
                    stackTrace: try error.text("stack_trace"))
            }
            return .feedback(feedback.json("value") ?? .null, error: fault)
        }
        if let issue = meta.mapping("issue") { return .issue(try issue.text("issue_name") ?? "") }
        guard let expectation = meta.mapping("expectation") else {
            throw MartletError(.invalidInput, "'\(meta.path)': expected a feedback or an expectation, found neither; restore the file")
        }
        guard let serialized = try expectation.mapping("serialized_value")?.text("value") else {
            return .expectation(expectation.json("value") ?? .null)
        }
        return .expectation(try JSONValue(parsing: serialized, as: "the value in '\(meta.path)'"))
    }
}
