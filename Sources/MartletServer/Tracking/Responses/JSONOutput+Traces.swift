import MartletCore
import MartletRegistry

/// Traces in MLflow's form, and in that of MLflow 2.
extension JSONOutput {
    /// What is expected of a trace without spans.
    private static let traceSizeBytes = 1024
    // How much of metadata and tags is shown, in code points.
    private static let metadataLengthMax = 250
    private static let tagKeyLengthMax = 250
    private static let tagValueLengthMax = 4096

    /// `{"trace": {"trace_info": …}}`.
    static func trace(_ info: TraceInfo) -> [UInt8] {
        var output = JSONOutput(sizeBytes: traceSizeBytes)
        output.object {
            $0.name("trace")
            $0.object {
                $0.name("trace_info")
                $0.write(info)
            }
        }
        return output.finished()
    }

    /// `{"trace": …}` with its spans.
    static func trace(_ trace: Trace) throws -> [UInt8] {
        var output = JSONOutput(sizeBytes: expectedSizeBytes(trace))
        try output.object {
            $0.name("trace")
            try $0.write(trace)
        }
        return output.finished()
    }

    /// `{"traces": …}` with their spans.
    static func traces(_ traces: [Trace]) throws -> [UInt8] {
        var output = JSONOutput(sizeBytes: traces.reduce(64) { $0 + expectedSizeBytes($1) })
        try output.object { output in try output.member("traces", list: traces) { try $0.write($1) } }
        return output.finished()
    }

    private static func expectedSizeBytes(_ trace: Trace) -> Int {
        trace.spans.reduce(traceSizeBytes) { $0 + 2 * $1.utf8.count }
    }

    /// `{"trace_infos": …}`.
    static func traceInfos(_ infos: [TraceInfo]) -> [UInt8] {
        var output = JSONOutput(sizeBytes: infos.count * traceSizeBytes + 64)
        output.object { output in output.member("trace_infos", list: infos) { $0.write($1) } }
        return output.finished()
    }

    /// A page of a search; `next` is the token of the page behind it.
    static func traceInfos(_ infos: [TraceInfo], next: String?) -> [UInt8] {
        var output = JSONOutput(sizeBytes: infos.count * traceSizeBytes + 64)
        output.object { output in
            output.member("traces", list: infos) { $0.write($1) }
            if let next { output.member("next_page_token", next) }
        }
        return output.finished()
    }

    /// Without the information where it is not a number.
    static func correlation(_ correlation: TraceCorrelation) -> [UInt8] {
        var output = JSONOutput()
        output.object { output in
            let information = correlation.information
            if !information.isNaN {
                output.member("npmi", information)
                output.member("npmi_smoothed", correlation.smoothedInformation)
            }
            output.member("filter1_count", correlation.firstCount)
            output.member("filter2_count", correlation.secondCount)
            output.member("joint_count", correlation.jointCount)
            output.member("total_count", correlation.totalCount)
        }
        return output.finished()
    }

    /// `{"traces_deleted": …}`.
    static func deletedTraces(_ count: Int) -> [UInt8] {
        var output = JSONOutput(sizeBytes: 64)
        output.object { $0.member("traces_deleted", Int64(count)) }
        return output.finished()
    }

    private mutating func write(_ trace: Trace) throws {
        try object { output in
            output.name("trace_info")
            output.write(trace.info)
            try output.member("spans", list: trace.spans) { try $0.writeSpan($1) }
        }
    }

    mutating func write(_ info: TraceInfo) {
        object { output in
            output.member("trace_id", info.id)
            if let id = info.clientRequestID { output.member("client_request_id", id) }
            output.name("trace_location")
            output.object {
                $0.member("type", "MLFLOW_EXPERIMENT")
                $0.name("mlflow_experiment")
                $0.object { $0.member("experiment_id", String(info.experiment)) }
            }
            output.member("request_time", milliseconds: info.startedAt)
            if let duration = info.duration { output.member("execution_duration", WireTime.duration(milliseconds: duration)) }
            output.member("state", info.state.name)
            output.map("trace_metadata", info.metadata.map(Self.shownMetadata))
            output.member("assessments", list: info.assessments) { $0.write($1, trace: info.id) }
            output.map("tags", info.tags.map(Self.shownTag))
            if let preview = info.requestPreview { output.member("request_preview", preview) }
            if let preview = info.responsePreview { output.member("response_preview", preview) }
        }
    }

    mutating func member(_ name: StaticString, milliseconds: Int64) { member(name, WireTime.text(milliseconds: milliseconds)) }

    /// A map of texts; left out where it is empty.
    mutating func map(_ name: StaticString, _ pairs: [KeyedText]) {
        guard !pairs.isEmpty else { return }
        self.name(name)
        object { output in
            for pair in pairs {
                output.name(text: pair.key)
                output.write(pair.value)
            }
        }
    }

    private static func shownMetadata(_ pair: KeyedText) -> KeyedText {
        KeyedText(cut(pair.key, metadataLengthMax), cut(pair.value, metadataLengthMax))
    }

    private static func shownTag(_ tag: KeyedText) -> KeyedText {
        KeyedText(cut(tag.key, tagKeyLengthMax), cut(tag.value, tagValueLengthMax))
    }

    private static func cut(_ text: String, _ lengthMax: Int) -> String {
        guard text.utf8.count > lengthMax else { return text }
        return String(String.UnicodeScalarView(text.unicodeScalars.prefix(lengthMax)))
    }

    // MARK: MLflow 2

    /// `{"trace_info": …}`.
    static func oldTrace(_ info: TraceInfo) -> [UInt8] {
        var output = JSONOutput(sizeBytes: traceSizeBytes)
        output.object {
            $0.name("trace_info")
            $0.writeOld(info)
        }
        return output.finished()
    }

    /// A page of a search; `next` is the token of the page behind it.
    static func oldTraces(_ infos: [TraceInfo], next: String?) -> [UInt8] {
        var output = JSONOutput(sizeBytes: infos.count * traceSizeBytes + 64)
        output.object { output in
            output.member("traces", list: infos) { $0.writeOld($1) }
            if let next { output.member("next_page_token", next) }
        }
        return output.finished()
    }

    private mutating func writeOld(_ info: TraceInfo) {
        object { output in
            output.member("request_id", info.id)
            output.member("experiment_id", String(info.experiment))
            output.member("timestamp_ms", info.startedAt)
            output.member("execution_time_ms", info.duration ?? 0)
            output.member("status", info.state == .unspecified ? "TRACE_STATUS_UNSPECIFIED" : info.state.name)
            output.member("request_metadata", list: info.metadata.map(Self.shownMetadata)) { $0.write($1) }
            output.member("tags", list: info.tags.map(Self.shownTag)) { $0.write($1) }
        }
    }
}

/// Times as protocol buffers have them in JSON.
enum WireTime {
    /// A point in time with no decimals or three. What a time cannot tell is cut to what it can.
    static func text(milliseconds: Int64) -> String {
        let bounded = max(-62_135_596_800_000, min(253_402_300_799_999, milliseconds))
        let text = Timestamp(microseconds: bounded * 1000).description
        let (second, fraction) = (text.dropLast(8), text.dropLast(4).suffix(3))
        return fraction == "000" ? "\(second)Z" : "\(second).\(fraction)Z"
    }

    /// A duration in seconds with no decimals or three.
    static func duration(milliseconds: Int64) -> String {
        let (seconds, rest) = milliseconds.magnitude.quotientAndRemainder(dividingBy: 1000)
        let digits = String(rest)
        let fraction = rest == 0 ? "" : "." + String(repeating: "0", count: 3 - digits.count) + digits
        return (milliseconds < 0 ? "-" : "") + "\(seconds)\(fraction)s"
    }
}
