import MartletCore
import MartletRegistry

/// What requests tell of traces.
extension RequestFields {
    /// The trace that the path names.
    var pathTrace: String { parameters["trace_id"] ?? "" }

    /// The experiment that a location names; `nil` for other places.
    var locatedExperiment: String? { message(.experimentLocation)?.text(.experimentID) }

    /// The experiments in which a request seeks something.
    var locatedExperiments: [String] { messages(.traceLocations) { $0.locatedExperiment }.compactMap(\.self) + texts(.experimentIDs) }

    /// What a trace is made of.
    var newTrace: RequestFields { message(.trace)?.message(.traceInfo) ?? self }

    /// The experiment in which a trace is made.
    var newTraceExperiment: String? { newTrace.message(.traceLocation)?.locatedExperiment }

    func tracedInfo() throws -> TraceInfo {
        let assessments = try anyMessages(.assessments).map { try $0.writtenAssessment() }
        return TraceInfo(
            id: text(.traceID) ?? "",
            experiment: try TrackingStore.experimentID(parsing: message(.traceLocation)?.locatedExperiment ?? ""),
            startedAt: try milliseconds(.requestTime) ?? 0, duration: try duration(.executionDuration),
            state: enumeration(.state).flatMap(TraceInfo.State.init(rawValue:)) ?? .unspecified,
            clientRequestID: text(.clientRequestID), requestPreview: text(.requestPreview), responsePreview: text(.responsePreview),
            tags: keyedTexts(.tagMap), metadata: keyedTexts(.traceMetadata), assessments: assessments)
    }

    func keyedTexts(_ field: MessageField) -> [KeyedText] { textMap(field).map { KeyedText($0.name, $0.text) } }

    /// Messages whose reading may fail.
    private func anyMessages(_ field: MessageField) -> [RequestFields] { messages(field) { $0 } }

    // MARK: Times

    /// A point in time in RFC 3339, as milliseconds since 1970 UTC. - Throws: where the text is none.
    func milliseconds(_ field: MessageField) throws(TrackingFault) -> Int64? {
        guard let text = text(field) else { return nil }
        guard text.utf8.count > 10, let time = Timestamp(text) else { throw .invalidValue(anything(field), "\(field.name)") }
        let (milliseconds, rest) = time.microseconds.quotientAndRemainder(dividingBy: 1000)
        return rest < 0 ? milliseconds - 1 : milliseconds
    }

    /// A duration as `1.5s`, as milliseconds. - Throws: where the text is none.
    func duration(_ field: MessageField) throws(TrackingFault) -> Int64? {
        guard let text = text(field) else { return nil }
        guard let duration = Self.duration(text) else { throw .invalidValue(anything(field), "\(field.name)") }
        return duration
    }

    /// Protocol buffers have durations of up to 10,000 years.
    private static let durationMaxSeconds: Int64 = 315_576_000_000

    private static func duration(_ text: String) -> Int64? {
        guard text.utf8.last == UInt8(ascii: "s") else { return nil }
        let isNegative = text.hasPrefix("-")
        let parts = text.dropFirst(isNegative ? 1 : 0).dropLast().split(separator: ".", omittingEmptySubsequences: false)
        let areDigits = parts.allSatisfy { !$0.isEmpty && $0.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) } }
        guard areDigits, (1...2).contains(parts.count), let seconds = Int64(parts[0]), seconds <= durationMaxSeconds else { return nil }
        let fraction = parts.count == 2 ? parts[1].prefix(3) : ""
        let padded = fraction + String(repeating: "0", count: 3 - fraction.count)
        guard parts.count == 1 || parts[1].count <= 9, let milliseconds = Int64(padded) else { return nil }
        let sum = seconds * 1000 + milliseconds
        return isNegative ? -sum : sum
    }

    // MARK: Assessments

    func writtenAssessment() throws -> Assessment {
        guard let value = try writtenValue() else {
            throw TrackingFault(.invalidParameterValue, "Unknown assessment type: None")
        }
        let source = message(.assessmentSource)
        return Assessment(
            id: text(.assessmentID) ?? "", name: text(.assessmentName) ?? "", value: value,
            source: Assessment.Source(
                source?.enumeration(.sourceKind).flatMap(Assessment.SourceKind.init(rawValue:)) ?? .unspecified,
                id: source?.filledText(.sourceID)),
            createdAt: try milliseconds(.createTime) ?? 0, updatedAt: try milliseconds(.lastUpdateTime) ?? 0, span: filledText(.spanID),
            rationale: filledText(.rationale), metadata: keyedTexts(.assessmentMetadata), overrides: filledText(.overrides))
    }

    /// The text; `nil` also where it is empty.
    private func filledText(_ field: MessageField) -> String? { text(field).flatMap { $0.isEmpty ? nil : $0 } }

    private func writtenValue() throws -> Assessment.Value? {
        if let expectation = message(.expectation) { return .expectation(try expectation.expectedValue()) }
        if let feedback = message(.feedback) { return try feedback.feedbackValue() }
        return message(.issue).map { .issue($0.text(.issueName) ?? "") }
    }

    private func feedbackValue() throws -> Assessment.Value {
        let fault = message(.assessmentError).map { error in
            Assessment.Fault(
                code: error.text(.errorCode) ?? "", message: error.filledText(.errorMessage), stackTrace: error.filledText(.stackTrace))
        }
        return .feedback(try anything(.assessed)?.protobufValue() ?? .null, error: fault)
    }

    private func expectedValue() throws -> JSONValue {
        if let serialized = message(.serializedValue) {
            let format = serialized.text(.serializationFormat) ?? ""
            guard format == "JSON_FORMAT" else {
                throw TrackingFault(
                    .invalidParameterValue, "Unknown serialization format: \(format). Only JSON_FORMAT is supported.")
            }
            return try JSONValue(parsing: serialized.text(.value) ?? "", as: "the expectation")
        }
        guard let value = try anything(.assessed)?.protobufValue() else {
            throw TrackingFault(.invalidParameterValue, "The `value` field must be specified.")
        }
        return value
    }

    /// What a client changes of an assessment.
    func assessmentChange() throws -> AssessmentChange {
        var change = AssessmentChange()
        guard let assessment = message(.assessment) else { return change }
        var isExpectation = false
        for path in (text(.updateMask) ?? "").split(separator: ",") {
            switch path {
            case "assessmentName", "assessment_name": change.name = assessment.text(.assessmentName) ?? ""
            case "rationale": change.rationale = assessment.text(.rationale) ?? ""
            case "metadata": change.metadata = assessment.keyedTexts(.assessmentMetadata)
            case "feedback": change.value = try assessment.message(.feedback)?.feedbackValue() ?? .feedback(.null, error: nil)
            case "expectation":
                isExpectation = true
                change.value = try assessment.message(.expectation).map { .expectation(try $0.expectedValue()) }
            case "valid": throw TrackingFault(.invalidParameterValue, "Whether an assessment is valid is told by those that override it.")
            default: break
            }
        }
        if isExpectation, change.value == nil {
            throw TrackingFault(.invalidParameterValue, "The `value` field must be specified.")
        }
        return change
    }
}

extension RequestValue {
    /// Any JSON as a protocol buffer has it, whose numbers are all doubles.
    /// - Throws: for numbers that are not finite.
    func protobufValue() throws(TrackingFault) -> JSONValue {
        switch kind {
        case .null: return .null
        case .boolean: return .boolean(boolean ?? false)
        case .text: return .string(text ?? "")
        case .integer, .number:
            guard let number, number.isFinite else { throw .invalidValue(self, "value") }
            return .number(number)
        case .array:
            var values: [JSONValue] = []
            for element in elements { values.append(try element.protobufValue()) }
            return .array(values)
        case .object:
            var values: [String: JSONValue] = [:]
            for member in members { values[member.name.text ?? ""] = try member.value.protobufValue() }
            return .object(values)
        }
    }
}
