import MartletCore

/// What the tags of experiments must hold that say when their traces are archived. Nothing is archived here; clients read them.
enum TraceArchivalRule {
    private static let retention = "mlflow.trace.archivalRetention"
    private static let now = "mlflow.trace.archiveNow"
    private static let durationLengthMax = 32

    static func check(_ tag: KeyedText) throws(TrackingFault) {
        switch tag.key {
        case retention:
            let members = try object(tag.value)
            guard members["type"]?.string == "duration" else { throw refusal("Trace archival config must use type 'duration'.") }
            try check(duration: members["value"])
        case now:
            guard let duration = try object(tag.value)["older_than"], duration != .null else { return }
            try check(duration: duration)
        default: return
        }
    }

    private static func object(_ text: String) throws(TrackingFault) -> PythonMembers {
        // What is wrong where is told to nobody, as MLflow has it.
        guard let members = try? PythonValue(parsing: text, as: "a tag").object else {
            throw refusal("Trace archival config must be encoded as a JSON object.")
        }
        return members
    }

    private static func check(duration: PythonValue?) throws(TrackingFault) {
        let text = duration?.string.map { String($0.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed()) }
        if let text, KeyRule.isLonger(text, than: durationLengthMax) {
            throw refusal("Trace archival duration must be at most \(durationLengthMax) characters.")
        }
        guard text?.wholeMatch(of: /[1-9][0-9]*[mhd]/) != nil else {
            throw refusal("Trace archival retention must be in the form `<int><unit>`, where unit is one of 'm', 'h', or 'd'.")
        }
    }

    private static func refusal(_ message: String) -> TrackingFault { TrackingFault(.invalidParameterValue, message) }
}
