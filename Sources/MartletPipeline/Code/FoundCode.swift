package import MartletCore

/// The code that a command is made of, as far as it can be told without running it.
package struct FoundCode: Sendable, Equatable, Codable {
    /// The digests of files, by their paths in the project's folder, links resolved.
    package var files: [String: Digest]
    /// What the programs outside the project are, by the word that names them:
    /// `python3.11 sha256:…`, of a virtual environment followed by `, pyvenv.cfg sha256:…` and `, packages sha256:…`.
    package var interpreters: [String: String]
    /// The digests of the files that say which versions of libraries are used, by their paths in the project's folder.
    package var locks: [String: Digest]
    /// What could be told only by running the command, in sentences for people, in order.
    package var unresolved: [String]

    package init(
        files: [String: Digest] = [:], interpreters: [String: String] = [:], locks: [String: Digest] = [:], unresolved: [String] = []
    ) {
        self.files = files
        self.interpreters = interpreters
        self.locks = locks
        self.unresolved = unresolved
    }
}
