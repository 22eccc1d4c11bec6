import MartletRegistry

/// The fields of a message. What it does not name is passed over.
final class MessageShape: Sendable {
    /// At most 64.
    let fields: [MessageField]

    init(_ fields: [MessageField]) {
        precondition(fields.count <= 64, "a message of \(fields.count) fields")
        self.fields = fields
    }

    /// Whether there is a field of the same name.
    func takes(_ field: MessageField) -> Bool { fields.contains { $0.name.isEqual(to: field.name) } }

    /// The first member of an object whose field does not take its value; `nil` where all fit.
    /// - Throws: where an object anywhere in it has a field under both of its names.
    func misfit(in object: RequestValue) throws(TrackingFault) -> (field: MessageField, value: RequestValue)? {
        let document = object.document
        guard let misfit = try misfit(in: document, object.index) else { return nil }
        return (fields[misfit.field], RequestValue(document, misfit.value))
    }

    private func misfit(in document: RequestDocument, _ object: Int) throws(TrackingFault) -> (field: Int, value: Int)? {
        var misfit: (Int, Int)?
        var seen: (snake: UInt64, camel: UInt64) = (0, 0)
        try document.forEachMember(of: object) { (member) throws(TrackingFault) in
            guard let (index, isCamel) = index(of: member, in: document) else { return }
            let bit: UInt64 = 1 << UInt64(index)
            if isCamel { seen.camel |= bit } else { seen.snake |= bit }
            guard seen.snake & seen.camel == 0 else { throw Self.ambiguous(fields[index]) }
            let fits = try fits(document, member + 1, index)
            if !fits, misfit == nil { misfit = (index, member + 1) }
        }
        return misfit
    }

    private func index(of name: Int, in document: RequestDocument) -> (Int, isCamel: Bool)? {
        for index in fields.indices {
            if document.text(at: name, matches: fields[index].name) { return (index, false) }
            if let camel = fields[index].camelName, document.text(at: name, matches: camel) { return (index, true) }
        }
        return nil
    }

    private static func ambiguous(_ field: MessageField) -> TrackingFault {
        TrackingFault(
            .invalidParameterValue,
            "Request specifies both '\(field.name)' and '\(field.camelName ?? field.name)'; provide only one of them.")
    }

    private func fits(_ document: RequestDocument, _ value: Int, _ field: Int) throws(TrackingFault) -> Bool {
        let kind = document.marks[value].kind
        if kind == .null { return true }
        guard fields[field].isRepeated else { return try fits(document, value, as: fields[field].kind) }
        guard kind == .array else { return false }
        var fits = true
        try document.forEachElement(of: value) { (element) throws(TrackingFault) in
            let isFit = try self.fits(document, element, as: fields[field].kind)
            if !isFit { fits = false }
        }
        return fits
    }

    private func fits(_ document: RequestDocument, _ index: Int, as kind: MessageField.Kind) throws(TrackingFault) -> Bool {
        let mark = document.marks[index]
        var value: RequestValue { RequestValue(document, index) }
        switch kind {
        case .text: return mark.kind == .text
        case .integer32: return value.fieldInteger.map { Int32(exactly: $0) != nil } ?? false
        case .integer64: return document.isShortInteger(mark) || value.fieldInteger != nil
        case .number: return document.isShortNumber(mark) || value.fieldNumber != nil
        case .boolean: return value.kind == .boolean
        case .enumeration: return value.kind == .text || value.kind == .integer || value.kind == .number
        case .message(let shape):
            guard value.kind == .object else { return false }
            return try shape.misfit(in: document, index) == nil
        case .textMap: return value.kind == .object && value.members.allSatisfy { $0.value.kind == .text }
        case .anything: return true
        }
    }
}

extension StaticString {
    fileprivate func isEqual(to other: StaticString) -> Bool {
        utf8CodeUnitCount == other.utf8CodeUnitCount
            && (utf8Start == other.utf8Start
                || UnsafeBufferPointer(start: utf8Start, count: utf8CodeUnitCount)
                    .elementsEqual(UnsafeBufferPointer(start: other.utf8Start, count: utf8CodeUnitCount)))
    }
}
