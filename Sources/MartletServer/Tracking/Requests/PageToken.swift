import MartletRegistry

/// Where a page begins, as MLflow's clients carry it from page to page: base64 of `{"offset": 2}`.
enum PageToken {
    /// The token of a page; `nil` where there is none.
    static func text(offset: Int64, hasMore: Bool) -> String? { hasMore ? Base64.text(Array(#"{"offset": \#(offset)}"#.utf8)) : nil }

    /// Where the page of a token begins; an absent or empty token is that of the first page.
    static func offset(of token: String?) throws(TrackingFault) -> Int64 {
        guard let token, !token.isEmpty else { return 0 }
        guard let decoded = Base64.bytes(token) else { throw refusal("could not base64-decode") }
        guard let root = RequestDocument(decoded)?.root else { throw refusal("decoded value=\(PythonText.bytes(decoded))") }
        guard root.kind == .object else {
            throw TrackingFault(.internalError, "'\(root.pythonType)' object has no attribute 'get'")
        }
        guard let offset = root.member("offset"), offset.isTrue else { throw refusal("parsed value=\(root.pythonRepresentation)") }
        guard let number = integer(offset) else { throw refusal("not stringable \(offset.text ?? offset.pythonRepresentation)") }
        return max(0, number)
    }

    /// What Python's `int` makes of a value.
    private static func integer(_ value: RequestValue) -> Int64? {
        switch value.kind {
        case .boolean: 1
        case .number: value.number.flatMap { Int64(exactly: $0.rounded(.towardZero)) }
        default: value.integer ?? value.text.flatMap(PythonText.integer)
        }
    }

    private static func refusal(_ reason: String) -> TrackingFault {
        TrackingFault(.invalidParameterValue, "Invalid page token, \(reason)")
    }
}

extension RequestValue {
    /// Whether Python takes it for true: neither nothing, nor 0, nor empty.
    fileprivate var isTrue: Bool {
        switch kind {
        case .null: false
        case .boolean: boolean == true
        case .integer, .number: number != 0
        case .text: !isEmptyText
        case .array: elements.contains { _ in true }
        case .object: members.contains { _ in true }
        }
    }
}
