import MartletCore

extension CodeFinder {
    /// The files that match a pattern from the project's folder on, as absolute paths, sorted; those in a folder where it names one.
    /// - Throws: `limitExceeded`, `storage`.
    package func files(matching pattern: String) throws -> [String] { try CodeSearch(snapshot(), environment: [:], inputs: []).files(matching: pattern) }
}
