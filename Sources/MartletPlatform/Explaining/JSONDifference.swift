import MartletCore

/// Says where two values of JSON differ, by their paths.
struct JSONDifference {
    /// Characters of a value that are shown.
    private static let valueLengthMax = 60

    private var lines: [String] = []

    /// The differences of two texts of JSON; `nil` where they are none, or say the same.
    static func words(_ name: String, _ old: [UInt8], _ new: [UInt8], limit: Int) -> [String]? {
        guard let left = value(old), let right = value(new) else { return nil }
        var difference = JSONDifference()
        difference.compare(left, right, name)
        guard !difference.lines.isEmpty else { return nil }
        let more = difference.lines.count - limit
        return difference.lines.prefix(limit) + (more > 0 ? ["\(name): \(more) more \(more == 1 ? "change" : "changes")"] : [])
    }

    /// Objects and lists alone: a number or a word is better shown as a line.
    private static func value(_ bytes: [UInt8]) -> JSONValue? {
        // What does not parse is text, and is compared as such.
        guard let first = bytes.first, "{[".utf8.contains(first), let value = try? JSONValue(parsing: bytes, as: "a value") else {
            return nil
        }
        switch value {
        case .object, .array: return value
        default: return nil
        }
    }

    private mutating func compare(_ old: JSONValue, _ new: JSONValue, _ path: String) {
        switch (old, new) {
        case (.object(let left), .object(let right)):
            for key in Set(left.keys).union(right.keys).sorted() { compare(left[key] ?? .null, right[key] ?? .null, "\(path).\(key)") }
        case (.array(let left), .array(let right)) where left.count == right.count:
            for position in left.indices { compare(left[position], right[position], "\(path).\(position)") }
        case (.array(let left), .array(let right)):
            lines.append("\(path): a list of \(left.count.grouped) → a list of \(right.count.grouped)")
        default:
            if old.canonicalText != new.canonicalText { lines.append("\(path): \(Self.shown(old)) → \(Self.shown(new))") }
        }
    }

    private static func shown(_ value: JSONValue) -> String {
        if case .null = value { return "nothing" }
        let text = value.string ?? value.canonicalText
        return text.count > valueLengthMax ? "\(text.prefix(valueLengthMax - 1))…" : text
    }
}
