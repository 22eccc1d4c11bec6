import Foundation
import MartletTesting

/// The files that the repository consists of.
struct SourceTree {
    /// The repository's root.
    static let root = URL(filePath: #filePath).resolvingSymlinksInPath()
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// All files that git knows or does not ignore, relative to the root, sorted. - Throws: where git cannot say.
    static func paths() async throws -> [String] {
        let git = Command("/usr/bin/env", ["git", "-C", root.path, "ls-files", "--cached", "--others", "--exclude-standard"])
        let listed = try await git.run()
        guard listed.status == 0 else { throw Fault("git cannot list the files of '\(root.path)': \(listed.errors)") }
        return Set(listed.output.split(separator: "\n").map(String.init))
            .filter { FileManager.default.fileExists(atPath: root.appending(path: $0).path) }
            .sorted()
    }

    /// The Swift files of some folders.
    static func swiftFiles(in folders: String...) async throws -> [SourceFile] {
        try await paths()
            .filter { path in path.hasSuffix(".swift") && folders.contains { path.hasPrefix("\($0)/") } }
            .map { SourceFile(path: $0, text: try text($0) ?? "") }
    }

    /// The text of a file; `nil` where it is no text.
    static func text(_ path: String) throws -> String? {
        String(data: try Data(contentsOf: root.appending(path: path)), encoding: .utf8)
    }

    struct Fault: Error, CustomStringConvertible {
        let description: String
        init(_ description: String) { self.description = description }
    }
}
