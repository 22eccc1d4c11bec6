import Foundation

/// Runs a body with the path of a new, empty folder, which is removed afterwards, also where the body throws.
package func withTemporaryFolder<Result>(_ body: (String) throws -> Result) throws -> Result {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    return try body(folder.path)
}

/// Runs an asynchronous body with the path of a new, empty folder, which is removed afterwards.
package func withTemporaryFolder<Result>(
    isolation: isolated (any Actor)? = #isolation, _ body: (String) async throws -> Result
) async throws -> Result {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    return try await body(folder.path)
}

/// A new, empty folder in the system's folder for temporary files; `remove` ends it.
package struct TemporaryFolder: Sendable {
    /// The absolute path, links resolved.
    package let path: String

    /// Makes the folder.
    ///
    /// - Throws: what the file system says.
    package init() throws {
        let url = FileManager.default.temporaryDirectory.appending(path: "martlet-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        path = url.resolvingSymlinksInPath().path
    }

    /// Removes the folder and what is in it.
    package func remove() {
        // What cannot be removed is left to the system's own cleaning: it makes no test wrong.
        try? FileManager.default.removeItem(atPath: path)
    }
}
