package import MartletCore

/// What changed in a table, by the digests of its columns.
package enum TableDifference {
    /// A sentence for each column that is not as it was, by name: `column 'price' changed`, `column 'x' is new`, `column 'y' is gone`.
    package static func changedColumns(old: [String: Digest], new: [String: Digest]) -> [String] {
        Set(old.keys).union(new.keys).sorted().compactMap { name in
            guard old[name] != new[name] else { return nil }
            if old[name] == nil { return "column '\(name)' is new" }
            return new[name] == nil ? "column '\(name)' is gone" : "column '\(name)' changed"
        }
    }
}
