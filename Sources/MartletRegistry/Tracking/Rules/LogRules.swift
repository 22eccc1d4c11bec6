/// What may be logged, and how MLflow refuses the rest.
struct LogRules {
    static let parameterValueLengthMax = 6000
    static let tagValueLengthMax = 8000
    static let metricCountMax = 1000
    static let parameterCountMax = 100
    static let tagCountMax = 100
    static let totalCountMax = 1000

    /// Whether values that are too long are cut; otherwise they are refused.
    let truncatesLongValues: Bool

    /// The metric as it is stored: with finite values, or NaN. - Parameter path: of the metric in a batch.
    func checked(_ metric: LoggedMetric, path: @autoclosure () -> String? = nil) throws(TrackingFault) -> LoggedMetric {
        try KeyRule.check(metric.key, path: Self.join(path(), "name"))
        guard metric.at >= 0 else {
            let value = metric.value.isNaN ? "nan" : "\(metric.value)"
            throw TrackingFault(
                .invalidParameterValue,
                "Invalid value \(metric.at) for parameter '\(Self.join(path(), "timestamp"))' supplied: metric '\(metric.key)' "
                    + "(value=\(value)). Timestamp must be a nonnegative long (64-bit integer) ")
        }
        try KeyRule.checkLength(metric.key, "Metric name")
        return Self.finite(metric)
    }

    /// The metric with the greatest number in place of an infinite one.
    static func finite(_ metric: LoggedMetric) -> LoggedMetric {
        guard metric.value.isInfinite else { return metric }
        var finite = metric
        finite.value = metric.value < 0 ? -.greatestFiniteMagnitude : .greatestFiniteMagnitude
        return finite
    }

    /// The parameter as it is stored.
    func checked(parameter: KeyedText, path: @autoclosure () -> String? = nil) throws(TrackingFault) -> KeyedText {
        try KeyRule.check(parameter.key, path: Self.join(path(), "key"))
        try KeyRule.checkLength(parameter.key, "Param key")
        return try cut(parameter, Self.parameterValueLengthMax, "Param value")
    }

    /// The tag as it is stored.
    func checked(tag: KeyedText, path: @autoclosure () -> String? = nil) throws(TrackingFault) -> KeyedText {
        try KeyRule.check(tag.key, path: Self.join(path(), "key"))
        try KeyRule.checkLength(tag.key, Self.join(path(), "key"))
        return try cut(tag, Self.tagValueLengthMax, Self.join(path(), "value"))
    }

    /// The batch as it is stored.
    func checked(_ batch: LogBatch) throws(TrackingFault) -> LogBatch {
        var result = batch
        for (place, metric) in batch.metrics.enumerated() {
            let checked = try checked(metric, path: "metrics[\(place)]")
            if checked.value != metric.value { result.metrics[place] = checked }
        }
        for (place, parameter) in batch.parameters.enumerated() {
            result.parameters[place] = try checked(parameter: parameter, path: "params[\(place)]")
        }
        for (place, tag) in batch.tags.enumerated() { result.tags[place] = try checked(tag: tag, path: "tags[\(place)]") }
        try Self.checkCounts(result)
        try Self.checkDistinct(result.parameters)
        return result
    }

    /// A run that may exist, as far as its name tells. MLflow looks at this in some calls only.
    static func check(runID: String) throws(TrackingFault) {
        let scalars = runID.unicodeScalars
        var rest = scalars.dropFirst()
        if rest.last == "\n" { rest = rest.dropLast() }
        let startsWell = scalars.first.map { $0.isASCII && $0 != "_" && KeyRule.isWordCharacter($0) } ?? false
        guard startsWell, rest.count <= 255, rest.allSatisfy({ KeyRule.isWordCharacter($0) || $0 == "-" }) else {
            throw TrackingFault(.invalidParameterValue, "Invalid value \(JSONText.quoted(runID)) for parameter 'run_id' supplied.")
        }
    }

    private func cut(_ text: KeyedText, _ max: Int, _ what: @autoclosure () -> String) throws(TrackingFault) -> KeyedText {
        guard KeyRule.isLonger(text.value, than: max) else { return text }
        guard truncatesLongValues else {
            throw TrackingFault(.invalidParameterValue, "'\(what())' exceeds the maximum length of \(max) characters")
        }
        return KeyedText(text.key, String(String.UnicodeScalarView(text.value.unicodeScalars.prefix(max))))
    }

    private static func join(_ path: String?, _ name: String) -> String { path.map { "\($0).\(name)" } ?? name }

    private static func checkCounts(_ batch: LogBatch) throws(TrackingFault) {
        let total = batch.metrics.count + batch.parameters.count + batch.tags.count
        try check(batch.metrics.count, "metrics", max: metricCountMax)
        try check(batch.parameters.count, "params", max: parameterCountMax)
        try check(batch.tags.count, "tags", max: tagCountMax)
        try check(total, "metrics, params, and tags", max: totalCountMax)
    }

    private static func check(_ count: Int, _ what: String, max: Int) throws(TrackingFault) {
        guard count > max else { return }
        throw TrackingFault(
            .invalidParameterValue,
            "A batch logging request can contain at most \(max) \(what). Got \(count) \(what). Please split up \(what) across multiple "
                + "requests and try again.")
    }

    private static func checkDistinct(_ parameters: [KeyedText]) throws(TrackingFault) {
        var seen: Set<ExactText> = []
        let repeated = parameters.map(\.key).filter { !seen.insert(ExactText($0)).inserted }
        guard repeated.isEmpty else {
            throw TrackingFault(
                .invalidParameterValue,
                "Duplicate parameter keys have been submitted: \(PythonText.list(repeated)). Please ensure the request contains only one "
                    + "param value per param key.")
        }
    }
}

/// What one request logs of a run.
package struct LogBatch: Sendable, Equatable {
    /// The most metrics, and the most parameters.
    package static let metricCountMax = LogRules.metricCountMax
    package static let parameterCountMax = LogRules.parameterCountMax

    package var metrics: [LoggedMetric]
    package var parameters: [KeyedText]
    package var tags: [KeyedText]

    /// Makes one.
    package init(metrics: [LoggedMetric] = [], parameters: [KeyedText] = [], tags: [KeyedText] = []) {
        self.metrics = metrics
        self.parameters = parameters
        self.tags = tags
    }
}
