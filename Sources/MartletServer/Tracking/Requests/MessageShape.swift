import MartletRegistry

/// The fields of a message. What it does not name is passed over.
final class MessageShape: Sendable {
    /// At most 64.
    let fields: [MessageField]

    init(_ fields: [MessageField]) {
        precondition(fields.count <= 64, "a message of \(fields.count) fields")
        self.fields = fields
    }

    /// The first member of an object whose field does not take its value; `nil` where all fit.
    /// - Throws: where an object anywhere in it has a field under both of its names.
    func misfit(in object: RequestValue) throws(TrackingFault) -> (field: MessageField, value: RequestValue)? {
        var misfit: (MessageField, RequestValue)?
        var seen: (snake: UInt64, camel: UInt64) = (0, 0)
        for member in object.members {
            guard let (index, isCamel) = index(of: member.name) else { continue }
            let bit: UInt64 = 1 << UInt64(index)
            if isCamel { seen.camel |= bit } else { seen.snake |= bit }
            guard seen.snake & seen.camel == 0 else { throw Self.ambiguous(fields[index]) }
            let fits = try Self.fits(member.value, fields[index])
            if !fits, misfit == nil { misfit = (fields[index], member.value) }
        }
        return misfit
    }

    private func index(of name: RequestValue) -> (Int, isCamel: Bool)? {
        for index in fields.indices {
            if name.matches(fields[index].name) { return (index, false) }
            if let camel = fields[index].camelName, name.matches(camel) { return (index, true) }
        }
        return nil
    }

    private static func ambiguous(_ field: MessageField) -> TrackingFault {
        TrackingFault(
            .invalidParameterValue,
            "Request specifies both '\(field.name)' and '\(field.camelName ?? field.name)'; provide only one of them.")
    }

    private static func fits(_ value: RequestValue, _ field: MessageField) throws(TrackingFault) -> Bool {
        if value.isNull { return true }
        guard field.isRepeated else { return try fits(value, field.kind) }
        guard value.kind == .array else { return false }
        var fits = true
        for element in value.elements where try !Self.fits(element, field.kind) { fits = false }
        return fits
    }

    private static func fits(_ value: RequestValue, _ kind: MessageField.Kind) throws(TrackingFault) -> Bool {
        switch kind {
        case .text: return value.kind == .text
        case .integer32: return value.fieldInteger.map { Int32(exactly: $0) != nil } ?? false
        case .integer64: return value.fieldInteger != nil
        case .number: return value.fieldNumber != nil
        case .boolean: return value.kind == .boolean
        case .enumeration: return value.kind == .text || value.kind == .integer || value.kind == .number
        case .message(let shape):
            guard value.kind == .object else { return false }
            return try shape.misfit(in: value) == nil
        }
    }
}
