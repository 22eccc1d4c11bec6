/// A span as OpenTelemetry's protocol carries it. Times are nanoseconds since 1970 UTC; 0 where there is none.
package struct ReceivedSpan: Sendable, Equatable {
    package enum Status: Sendable, Equatable { case unset, ok, error }

    package struct Event: Sendable, Equatable {
        package var name = ""
        package var at: UInt64 = 0
        package var attributes: [SpanAttribute] = []

        /// Makes an empty one.
        package init() {}
    }

    package struct Link: Sendable, Equatable {
        package var trace: [UInt8] = []
        package var span: [UInt8] = []
        package var attributes: [SpanAttribute] = []

        /// Makes an empty one.
        package init() {}
    }

    /// Big-endian, as are the identifiers of spans.
    package var trace: [UInt8] = []
    package var id: [UInt8] = []
    /// Empty for a root.
    package var parent: [UInt8] = []
    package var name = ""
    package var startedAt: UInt64 = 0
    package var endedAt: UInt64 = 0
    package var attributes: [SpanAttribute] = []
    package var events: [Event] = []
    package var links: [Link] = []
    package var status = Status.unset
    package var statusMessage = ""

    /// Makes an empty one.
    package init() {}
}

/// Spans of one process or service, and what it tells of itself.
package struct ReceivedSpans: Sendable, Equatable {
    package var resource: [SpanAttribute] = []
    package var spans: [ReceivedSpan] = []

    /// Makes an empty group.
    package init() {}
}

/// An attribute of a span, an event, a link or a resource.
package struct SpanAttribute: Sendable, Equatable {
    package var key: String
    package var value: SpanValue

    /// Makes one.
    package init(_ key: String, _ value: SpanValue) {
        self.key = key
        self.value = value
    }
}

/// The value of an attribute.
package indirect enum SpanValue: Sendable, Equatable {
    /// The deepest nesting that is read.
    package static let depthMax = 32

    case nothing
    case text(String)
    case boolean(Bool)
    case integer(Int64)
    case number(Double)
    case bytes([UInt8])
    case list([SpanValue])
    case members([SpanAttribute])
}

extension SpanValue {
    /// The value as JSON in Python's form; bytes are a text of what Python shows of them, as MLflow has it.
    var json: String {
        switch self {
        case .nothing: "null"
        case .text(let text): PythonJSON.quoted(text)
        case .boolean(let boolean): boolean ? "true" : "false"
        case .integer(let integer): String(integer)
        case .number(let number): PythonJSON.text(number)
        case .bytes(let bytes): PythonJSON.quoted(PythonText.bytes(bytes))
        case .list(let values): "[" + values.map(\.json).joined(separator: ", ") + "]"
        case .members(let members): members.json
        }
    }
}

extension [SpanAttribute] {
    /// An object in Python's form.
    var json: String { "{" + distinct.map { PythonJSON.quoted($0.key) + ": " + $0.value.json }.joined(separator: ", ") + "}" }

    /// Each key once, at its first place and with its last value, as in a Python dictionary.
    var distinct: [SpanAttribute] {
        var places: [[UInt8]: Int] = [:]
        var distinct: [SpanAttribute] = []
        for attribute in self {
            if let place = places[[UInt8](attribute.key.utf8)] {
                distinct[place].value = attribute.value
            } else {
                places[[UInt8](attribute.key.utf8)] = distinct.count
                distinct.append(attribute)
            }
        }
        return distinct
    }
}
