package import MartletCore

/// A path that may differ by instance: in `data/raw/$day.csv` stands `$day`, or `${day}`, for the instance's value of that key, and `$$` for a
/// dollar.
package struct PathPattern: Sendable, Equatable {
    private enum Part: Sendable, Equatable {
        case text(String)
        case key(String)
    }

    /// What is the same for all instances: all of it where it has no key, else the folders before the first name that has one.
    private var beginning: String
    /// What stands behind that; nothing where it has no key.
    private let rest: [Part]

    /// Reads a path as a project file has it.
    /// - Parameter keys: those that the step is fanned out by.
    /// - Throws: `specificationBroken` for another key, or a dollar that stands for none; for '..' behind a key.
    package init(_ text: String, keys: [String]) throws(MartletError) {
        var parts: [Part] = []
        var open = text[...]
        while let dollar = open.firstIndex(of: "$") {
            parts.append(.text(String(open[..<dollar])))
            open = open[open.index(after: dollar)...]
            parts.append(try Self.part(&open, of: text, keys))
        }
        parts.append(.text(String(open)))
        (beginning, rest) = Self.divided(parts)
        guard rest.isEmpty || Self.isPlain(filled { _ in "x" }) else {
            throw MartletError(
                .specificationBroken, "expected no '.', '..' and empty names behind a '$', found '\(text)'; leave them out")
        }
    }

    /// What stands behind a dollar, which is taken away from what is still to be read.
    private static func part(_ open: inout Substring, of text: String, _ keys: [String]) throws(MartletError) -> Part {
        if open.first == "$" {
            open.removeFirst()
            return .text("$")
        }
        let isBraced = open.first == "{"
        if isBraced { open.removeFirst() }
        let name = String(open.prefix { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") })
        open.removeFirst(name.count)
        guard !name.isEmpty, !isBraced || open.first == "}" else {
            throw MartletError(
                .specificationBroken, "expected '$key', '${key}', or '$$' for a dollar, found '\(text)'; write one of these")
        }
        if isBraced { open.removeFirst() }
        guard keys.contains(name) else {
            let known = keys.isEmpty ? "no key, as the step has no 'each'," : "one of \(keys.sorted().joined(separator: ", "))"
            let hint = nearest(to: name, among: keys).map { "did you mean '$\($0)'?" } ?? "write '$$' where a dollar is meant"
            throw MartletError(.specificationBroken, "expected \(known) behind a '$', found '$\(name)' in '\(text)'; \(hint)")
        }
        return .key(name)
    }

    private static func divided(_ parts: [Part]) -> (beginning: String, rest: [Part]) {
        let first = parts.firstIndex { if case .key = $0 { true } else { false } } ?? parts.endIndex
        let before = parts[..<first].map { if case .text(let text) = $0 { text } else { "" } }.joined()
        guard first < parts.endIndex else { return (before, []) }
        var rest = Array(parts[first...])
        // The '/' at a folder's end says nothing.
        if case .text(let last)? = rest.last { rest[rest.endIndex - 1] = .text(String(last.trimmingSuffix("/"))) }
        let start = before.lastIndex(of: "/").map(before.index(after:)) ?? before.startIndex
        return (String(before[..<start]), [.text(String(before[start...]))] + rest)
    }

    /// The path where it is the same for all instances.
    package var whole: String? { rest.isEmpty ? beginning : nil }

    /// The same from somewhere else on. - Parameter place: of a path, without a '/' at its end.
    package func placed(_ place: (String) -> String) -> PathPattern {
        var placed = self
        placed.beginning = place(beginning.isEmpty ? "." : beginning)
        if whole == nil, !placed.beginning.hasSuffix("/") { placed.beginning += "/" }
        return placed
    }

    /// The path of an instance, which is below the folder that it names before its first key, whatever the values are.
    /// - Throws: `invalidInput` for values that would lead elsewhere.
    package func path(of values: [String: String]) throws(MartletError) -> String {
        let filled = filled { values[$0] ?? "" }
        guard rest.isEmpty || Self.isPlain(filled) else {
            let given = values.filter { rest.contains(.key($0.key)) }.sorted { $0.key < $1.key }.map { "\($0.key) = '\($0.value)'" }
            throw MartletError(
                .invalidInput,
                "with \(given.joined(separator: ", ")) the path '\(beginning)\(filled)' may lead out of its folder: expected values without "
                    + "empty names, '.' and '..' between '/'; give it other values, or name the file by another key")
        }
        return beginning + filled
    }

    private func filled(_ value: (String) -> String) -> String {
        rest.map { part in
            switch part {
            case .text(let text): text
            case .key(let key): value(key)
            }
        }.joined()
    }

    private static func isPlain(_ path: String) -> Bool {
        // As bytes: a mark may join itself to a '/' and make another letter of it.
        !path.utf8.contains(0)
            && path.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).allSatisfy {
                !$0.isEmpty && !$0.elementsEqual(".".utf8) && !$0.elementsEqual("..".utf8)
            }
    }
}

extension String {
    fileprivate func trimmingSuffix(_ letter: Character) -> Substring {
        var text = self[...]
        while text.last == letter { text.removeLast() }
        return text
    }
}
