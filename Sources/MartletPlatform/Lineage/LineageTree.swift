package import MartletCore

/// What something comes from, or what depends on it, as a tree.
package struct LineageTree: Sendable, Equatable {
    /// A step, a file of the project, or a column as `TABLE: COLUMN`.
    package let name: String
    /// How it is joined to what stands above it, such as the outputs that are read; empty where there is nothing to say.
    package let note: String
    package var children: [LineageTree]
    /// Whether it stands elsewhere in the tree with its children.
    package let isAbove: Bool

    package init(_ name: String, note: String = "", children: [LineageTree] = [], isAbove: Bool = false) {
        self.name = name
        self.note = note
        self.children = children
        self.isAbove = isAbove
    }

    /// The lines of a terminal, this one included.
    package var lines: [String] {
        let text = name + (note.isEmpty ? "" : "  (\(note))") + (isAbove ? "  ↑" : "")
        return [text] + Self.lines(of: children)
    }

    /// The lines of trees that stand side by side.
    package static func lines(of trees: [LineageTree]) -> [String] {
        trees.enumerated().flatMap { position, tree in
            let isLast = position == trees.count - 1
            return tree.lines.enumerated().map { number, line in
                (number == 0 ? (isLast ? "└─ " : "├─ ") : (isLast ? "   " : "│  ")) + line
            }
        }
    }

    /// The tree for programs.
    package var json: JSONValue {
        [
            "name": .string(name), "note": .string(note), "children": .array(children.map(\.json)), "is_above": .boolean(isAbove),
        ]
    }
}
