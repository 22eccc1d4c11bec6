package import MartletCore

/// What of the code of a command is part of its key, and what is not, for people.
package struct FollowedCode: Sendable, Equatable {
    /// So many files, or sentences, are named; the rest is counted.
    private static let namedCountMax = 5

    /// The project's files that were found, in order.
    package let files: [String]
    /// What could be told only by running the command, in sentences, in order.
    package let unfollowed: [String]

    package init(files: [String], unfollowed: [String]) { (self.files, self.unfollowed) = (files.sorted(), unfollowed) }

    /// In a line, and one for each thing that is not followed.
    package var lines: [String] { ["its code: \(fileWords)"] + unfollowedLines }

    /// What is not followed, and what to do about it; empty where there is nothing.
    package var unfollowedLines: [String] {
        guard !unfollowed.isEmpty else { return [] }
        let more = unfollowed.count - Self.namedCountMax
        return ["not followed; what changes there is not seen unless its files are named under 'code':"]
            + unfollowed.prefix(Self.namedCountMax).map { "  \($0)" } + (more > 0 ? ["  and \(more) more"] : [])
    }

    private var fileWords: String {
        guard !files.isEmpty else { return "no file of the project" }
        let more = files.count - Self.namedCountMax
        return files.prefix(Self.namedCountMax).joined(separator: ", ") + (more > 0 ? " and \(more) more files" : "")
    }

    /// The same for programs, in full.
    package var json: JSONValue {
        ["files": .array(files.map(JSONValue.string)), "unfollowed": .array(unfollowed.map(JSONValue.string))]
    }
}

extension Step {
    /// `nil` for a step of this program.
    package var followedCode: FollowedCode? {
        guard case .command = work else { return nil }
        return FollowedCode(files: code["files"]?.object?.keys.map { $0 } ?? [], unfollowed: unfollowedCode)
    }
}
