/// The small rules of Prometheus' text format 0.0.4.
enum MetricText {
    static func writeHeader(name: String, help: String, type: String, to text: inout String) {
        text += "# HELP \(name) \(escapedHelp(help))\n# TYPE \(name) \(type)\n"
    }

    static func writeSample(_ name: String, _ labels: String, _ value: Double, to text: inout String) {
        text += labels.isEmpty ? "\(name) \(number(value))\n" : "\(name){\(labels)} \(number(value))\n"
    }

    /// - Parameter counts: of the buckets, the last of which has no bound.
    static func writeHistogram(_ name: String, _ labels: String, bounds: [Double], counts: [Int], sum: Double, to text: inout String) {
        let prefix = labels.isEmpty ? "" : labels + ","
        var cumulative = 0
        for (bound, count) in zip(bounds + [.infinity], counts) {
            cumulative += count
            writeSample("\(name)_bucket", "\(prefix)le=\"\(number(bound))\"", Double(cumulative), to: &text)
        }
        writeSample("\(name)_sum", labels, sum, to: &text)
        writeSample("\(name)_count", labels, Double(cumulative), to: &text)
    }

    static func labels(_ labels: [(name: String, value: String)]) -> String {
        labels.map { "\($0.name)=\"\(escapedLabel($0.value))\"" }.joined(separator: ",")
    }

    static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        guard value.isFinite else { return value < 0 ? "-Inf" : "+Inf" }
        if let whole = Int64(exactly: value), whole.magnitude < 1 << 53 { return String(whole) }
        return "\(value)"
    }

    static func escapedHelp(_ help: String) -> String { escaped(help, quotes: false) }

    static func escapedLabel(_ value: String) -> String { escaped(value, quotes: true) }

    private static func escaped(_ text: String, quotes: Bool) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\"" where quotes: result += "\\\""
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}

/// What may be a name in the text format.
enum MetricName {
    static func isValid(_ name: String) -> Bool { isName(name, colons: true) }

    /// Names with two leading underscores are Prometheus' own.
    static func isValidLabel(_ name: String) -> Bool { isName(name, colons: false) && !name.hasPrefix("__") }

    private static func isName(_ name: String, colons: Bool) -> Bool {
        guard let first = name.utf8.first, !(UInt8(ascii: "0")...UInt8(ascii: "9")).contains(first) else {
            return false
        }
        return name.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"): true
            case UInt8(ascii: ":"): colons
            default: false
            }
        }
    }
}
