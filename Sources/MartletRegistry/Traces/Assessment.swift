package import MartletCore

/// What someone thinks of a trace or of one of its spans. Times are milliseconds since 1970 UTC.
package struct Assessment: Sendable, Equatable {
    package enum Value: Sendable, Equatable {
        case feedback(JSONValue, error: Fault?)
        case expectation(JSONValue)
        /// The name of an issue whose identifier is the assessment's name.
        case issue(String)
    }

    /// Why there is no feedback.
    package struct Fault: Sendable, Equatable {
        package var code: String
        package var message: String?
        package var stackTrace: String?

        /// Makes one.
        package init(code: String, message: String? = nil, stackTrace: String? = nil) {
            self.code = code
            self.message = message
            self.stackTrace = stackTrace
        }
    }

    package enum SourceKind: Int, Sendable, CaseIterable { case unspecified, human, model, code }

    package struct Source: Sendable, Equatable {
        package var kind: SourceKind
        package var id: String?

        /// Makes one.
        package init(_ kind: SourceKind = .unspecified, id: String? = nil) {
            self.kind = kind
            self.id = id
        }
    }

    /// `a-` and 32 hexadecimal digits; empty before the store made one.
    package var id: String
    package var name: String
    package var value: Value
    package var source: Source
    /// 0 for the time at which it is stored.
    package var createdAt: Int64
    /// 0 for the time at which it is stored.
    package var updatedAt: Int64
    package var span: String?
    package var rationale: String?
    package var metadata: [KeyedText]
    /// The assessment whose place it takes.
    package var overrides: String?
    /// Whether no other took its place.
    package var isValid: Bool

    /// Makes one.
    package init(
        id: String = "", name: String, value: Value, source: Source = Source(), createdAt: Int64 = 0, updatedAt: Int64 = 0,
        span: String? = nil, rationale: String? = nil, metadata: [KeyedText] = [], overrides: String? = nil, isValid: Bool = true
    ) {
        self.id = id
        self.name = name
        self.value = value
        self.source = source
        self.createdAt = createdAt
        self.updatedAt = updatedAt
        self.span = span
        self.rationale = rationale
        self.metadata = metadata
        self.overrides = overrides
        self.isValid = isValid
    }
}

/// What a client changes of an assessment; what is `nil` stays.
package struct AssessmentChange: Sendable, Equatable {
    package var name: String?
    package var value: Assessment.Value?
    package var rationale: String?
    /// Set beside what there is.
    package var metadata: [KeyedText]

    /// Makes one.
    package init(name: String? = nil, value: Assessment.Value? = nil, rationale: String? = nil, metadata: [KeyedText] = []) {
        self.name = name
        self.value = value
        self.rationale = rationale
        self.metadata = metadata
    }
}

extension Assessment.SourceKind {
    /// MLflow's word for it.
    package var name: String {
        switch self {
        case .unspecified: "SOURCE_TYPE_UNSPECIFIED"
        case .human: "HUMAN"
        case .model: "LLM_JUDGE"
        case .code: "CODE"
        }
    }
}
