import MartletCore
import MartletRegistry

/// Assessments in MLflow's form.
extension JSONOutput {
    /// How much of a stack trace is shown, in code points.
    private static let stackTraceLengthMax = 10_000
    private static let stackTraceIsCut = "[Stack trace is truncated]\n...\n"

    /// `{"assessment": …}`.
    static func assessment(_ assessment: Assessment, trace: String) -> [UInt8] {
        var output = JSONOutput(sizeBytes: 512)
        output.object {
            $0.name("assessment")
            $0.write(assessment, trace: trace)
        }
        return output.finished()
    }

    mutating func write(_ assessment: Assessment, trace: String) {
        object { output in
            output.member("assessment_id", assessment.id)
            output.member("assessment_name", assessment.name)
            output.member("trace_id", trace)
            if let span = assessment.span { output.member("span_id", span) }
            output.name("source")
            output.object {
                $0.member("source_type", assessment.source.kind.name)
                if let id = assessment.source.id { $0.member("source_id", id) }
            }
            output.member("create_time", milliseconds: assessment.createdAt)
            output.member("last_update_time", milliseconds: assessment.updatedAt)
            output.write(assessment.value)
            if let rationale = assessment.rationale { output.member("rationale", rationale) }
            output.map("metadata", assessment.metadata)
            if let overrides = assessment.overrides { output.member("overrides", overrides) }
            output.name("valid")
            output.write(assessment.isValid)
        }
    }

    private mutating func write(_ value: Assessment.Value) {
        switch value {
        case .feedback(let value, let fault):
            name("feedback")
            object { output in
                output.name("value")
                output.write(value)
                if let fault { output.write(fault) }
            }
        case .expectation(let value):
            name("expectation")
            object { $0.writeExpected(value) }
        case .issue(let name):
            self.name("issue")
            object { $0.member("issue_name", name) }
        }
    }

    /// Lists, objects and null are JSON in a text.
    private mutating func writeExpected(_ value: JSONValue) {
        switch value {
        case .array, .object, .null:
            name("serialized_value")
            object {
                $0.member("serialization_format", "JSON_FORMAT")
                $0.member("value", PythonJSON.text(value))
            }
        default:
            name("value")
            write(value)
        }
    }

    private mutating func write(_ fault: Assessment.Fault) {
        name("error")
        object { output in
            output.member("error_code", fault.code)
            if let message = fault.message { output.member("error_message", message) }
            if let trace = fault.stackTrace { output.member("stack_trace", Self.shownStackTrace(trace)) }
        }
    }

    private static func shownStackTrace(_ text: String) -> String {
        guard text.unicodeScalars.count > stackTraceLengthMax else { return text }
        let rest = text.unicodeScalars.suffix(stackTraceLengthMax - stackTraceIsCut.unicodeScalars.count)
        return stackTraceIsCut + String(String.UnicodeScalarView(rest))
    }

    /// A value as protocol buffers have it, whose numbers are all doubles.
    private mutating func write(_ value: JSONValue) {
        switch value {
        case .null: self.value(sizeMaxBytes: 4) { $0.write("null") }
        case .boolean(let boolean): write(boolean)
        case .integer(let integer): write(Double(integer))
        case .number(let number): write(number)
        case .string(let text): write(text)
        case .array(let values): array(values) { $0.write($1) }
        case .object(let members):
            object { output in
                for (name, value) in members.sorted(by: { $0.key < $1.key }) {
                    output.name(text: name)
                    output.write(value)
                }
            }
        }
    }
}
