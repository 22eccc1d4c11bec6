import MartletCore
import MartletStore

/// Says which files of a folder came, went or changed.
enum FolderDifference {
    static func words(_ name: String, _ old: Tree, _ new: Tree) -> [String] {
        let changes = new.changes(since: old)
        let kinds: [(TreeChange.Kind, String)] = [(.added, "added"), (.removed, "removed"), (.changed, "changed")]
        let parts = kinds.compactMap { kind, word -> String? in
            let paths = changes.filter { $0.kind == kind }.map(\.path)
            guard !paths.isEmpty else { return nil }
            return "\(paths.count.grouped) \(paths.count == 1 ? "file" : "files") \(word) (\(shown(paths)))"
        }
        return ["\(name): \(parts.joined(separator: ", "))"]
    }

    private static func shown(_ paths: [String]) -> String {
        let first = paths.prefix(ContentDifference.nameCountMax).joined(separator: ", ")
        return paths.count > ContentDifference.nameCountMax ? "\(first), …" : first
    }
}
