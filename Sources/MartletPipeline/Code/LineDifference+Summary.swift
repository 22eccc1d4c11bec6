extension LineDifference {
    /// Characters of a line that are shown.
    private static let lineLengthMax = 80
    /// Lines in one place that are shown one by one.
    private static let pairCountMax = 3

    /// The changes of a file in words, such as `train.py line 14: 'lr = 0.1' → 'lr = 0.2'`; none for equal bytes.
    ///
    /// - Parameters:
    ///   - name: the file's.
    ///   - limit: how many sentences there are at most; one more says how many changes are left.
    package static func summary(old: [UInt8], new: [UInt8], name: String, limit: Int = 5) -> [String] {
        guard old != new else { return [] }
        guard let oldLines = lines(old), let newLines = lines(new) else {
            return ["\(name): \(old.count) bytes → \(new.count) bytes, no text"]
        }
        let difference = LineDifference(old: oldLines, new: newLines)
        if difference.isCoarse {
            return ["\(name): more than \(editCountMax) lines changed (\(oldLines.count) lines → \(newLines.count) lines)"]
        }
        let sentences = difference.changes.flatMap { Self.sentences($0, name) }
        guard !sentences.isEmpty else { return ["\(name): only the ends of lines changed"] }
        guard sentences.count > limit else { return sentences }
        let left = sentences.count - limit
        return sentences.prefix(limit) + ["\(name): \(left) more \(left == 1 ? "change" : "changes")"]
    }

    /// The changes of a text in words.
    package static func summary(old: String, new: String, name: String, limit: Int = 5) -> [String] {
        summary(old: Array(old.utf8), new: Array(new.utf8), name: name, limit: limit)
    }

    /// The lines without their ends; `nil` where the bytes are no text.
    private static func lines(_ bytes: [UInt8]) -> [String]? {
        guard !bytes.contains(0), String(validating: bytes, as: UTF8.self) != nil else { return nil }
        var lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        if lines.last?.isEmpty == true { lines.removeLast() }
        return lines.map { String(decoding: $0.last == UInt8(ascii: "\r") ? $0.dropLast() : $0, as: UTF8.self) }
    }

    private static func sentences(_ change: Change, _ name: String) -> [String] {
        let (old, new) = (change.old, change.new)
        if old.count == new.count, old.count <= pairCountMax {
            return old.indices.map { pair(old[$0], new[$0], "\(name) line \(change.newStart + $0 + 1)") }
        }
        if old.isEmpty {
            guard new.count > 1 else { return ["\(name) line \(change.newStart + 1) is new: \(shown(new[0]))"] }
            return ["\(name): \(new.count) lines added \(place(change.newStart))"]
        }
        if new.isEmpty {
            guard old.count > 1 else { return ["\(name): \(shown(old[0])) removed \(place(change.newStart))"] }
            return ["\(name): \(old.count) lines removed \(place(change.newStart))"]
        }
        let last = change.newStart + new.count
        let lines = new.count == 1 ? "line \(last)" : "lines \(change.newStart + 1)–\(last)"
        return ["\(name) \(lines): \(old.count) \(old.count == 1 ? "line" : "lines") → \(new.count)"]
    }

    private static func place(_ line: Int) -> String { line == 0 ? "at the top" : "after line \(line)" }

    private static func pair(_ old: String, _ new: String, _ place: String) -> String {
        if trimmed(old) == trimmed(new) { return "\(place): only its white space changed" }
        let (left, right) = cut(trimmed(old), trimmed(new))
        return "\(place): '\(left)' → '\(right)'"
    }

    private static func trimmed(_ line: String) -> String {
        let start = line.drop(while: \.isWhitespace)
        let end = start.reversed().prefix(while: \.isWhitespace).count
        return String(start.dropLast(end)).replacing(/[\u{00}-\u{1F}\u{7F}]/, with: "�")
    }

    private static func shown(_ line: String) -> String {
        let text = trimmed(line)
        return "'\(text.count > lineLengthMax ? "\(text.prefix(lineLengthMax - 1))…" : text)'"
    }

    /// Two lines, of which what is shown holds the place where they differ.
    private static func cut(_ old: String, _ new: String) -> (String, String) {
        guard max(old.count, new.count) > lineLengthMax else { return (old, new) }
        let same = zip(old, new).prefix { $0 == $1 }.count
        let start = same > lineLengthMax / 2 ? same - lineLengthMax / 4 : 0
        func window(_ text: String) -> String {
            let rest = text.dropFirst(start)
            return (start > 0 ? "…" : "") + rest.prefix(lineLengthMax - 2) + (rest.count > lineLengthMax - 2 ? "…" : "")
        }
        return (window(old), window(new))
    }
}
