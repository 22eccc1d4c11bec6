/// What is known of a trace apart from its spans. Times are milliseconds since 1970 UTC.
package struct TraceInfo: Sendable, Equatable {
    package enum State: Int, Sendable, CaseIterable { case unspecified, ok, error, inProgress }

    /// Made by the client, as `tr-` and 32 hexadecimal digits; of MLflow 2 without the `tr-`.
    package var id: String
    package var experiment: Int64
    package var startedAt: Int64
    /// Milliseconds; `nil` where it is not known.
    package var duration: Int64?
    package var state: State
    package var clientRequestID: String?
    package var requestPreview: String?
    package var responsePreview: String?
    package var tags: [KeyedText]
    /// What MLflow calls request metadata in its older interface.
    package var metadata: [KeyedText]
    package var assessments: [Assessment]

    /// Makes one.
    package init(
        id: String, experiment: Int64, startedAt: Int64 = 0, duration: Int64? = nil, state: State = .unspecified,
        clientRequestID: String? = nil, requestPreview: String? = nil, responsePreview: String? = nil, tags: [KeyedText] = [],
        metadata: [KeyedText] = [], assessments: [Assessment] = []
    ) {
        self.id = id
        self.experiment = experiment
        self.startedAt = startedAt
        self.duration = duration
        self.state = state
        self.clientRequestID = clientRequestID
        self.requestPreview = requestPreview
        self.responsePreview = responsePreview
        self.tags = tags
        self.metadata = metadata
        self.assessments = assessments
    }
}

extension TraceInfo {
    /// Where its client keeps files; `nil` where nobody said.
    package var artifactLocation: String? { tags.last { $0.key == TraceKey.artifactLocation }?.value }
}

extension TraceInfo.State {
    /// MLflow's word for it.
    package var name: String {
        switch self {
        case .unspecified: "STATE_UNSPECIFIED"
        case .ok: "OK"
        case .error: "ERROR"
        case .inProgress: "IN_PROGRESS"
        }
    }
}

/// A trace with its spans.
package struct Trace: Sendable, Equatable {
    package var info: TraceInfo
    /// Each a JSON object as MLflow stores it: root spans first, then by their start.
    package var spans: [String]
}

/// The keys of tags and metadata that mean something to MLflow.
enum TraceKey {
    static let name = "mlflow.traceName"
    static let artifactLocation = "mlflow.artifactLocation"
    static let spansLocation = "mlflow.trace.spansLocation"
    static let linkedPrompts = "mlflow.linkedPrompts"
    /// Tags that the server keeps.
    static let fixed: Set = [spansLocation, "mlflow.trace.archiveLocation", archivalFailure]
    static let archivalFailure = "mlflow.trace.archivalFailure"

    static let sourceRun = "mlflow.sourceRun"
    /// Set once a client told all that it knows of a trace, which spans that come later do not change.
    static let isFinal = "mlflow.trace.infoFinalized"
    static let session = "mlflow.trace.session"
    static let user = "mlflow.trace.user"
    static let sizes = "mlflow.trace.sizeStats"
}
