import MartletCore

extension CodeFinder {
    /// The files that match a pattern, from the project's folder on and sorted; those in a folder where it names one.
    /// - Throws: `limitExceeded`, `storage`.
    package func files(matching pattern: String) throws -> [String] {
        let search = CodeSearch(snapshot(), environment: [:], inputs: [])
        return try search.files(matching: pattern).map(search.relative)
    }
}
