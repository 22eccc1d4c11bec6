import Glibc
package import MartletCore
import MartletStore
import Synchronization

/// Finds the code of a command: the files that it names, their local imports, the files that pin libraries, and the interpreters.
///
/// Nothing is run, and nothing outside the project is read but the programs that the command names. Equal files and surroundings give
/// an equal answer. Files that a program opens by itself are data, and belong to the inputs of a step.
package final class CodeFinder: Sendable {
    /// What is run.
    package enum Command: Sendable, Hashable {
        /// A text for `sh -c`.
        case shell(String)
        /// A program and its arguments, started without a shell.
        case words([String])
    }

    /// How far a search goes.
    package struct Limits: Sendable {
        /// Files of one command; beyond it the search fails.
        package var fileCountMax = 10_000
        /// Bytes of a file that is read for what it imports or calls; a larger one counts as a file, and a note says so.
        package var sizeMaxBytes = 16 << 20
        /// Scripts that call scripts; what lies deeper is left out, and a note says so.
        package var depthMax = 32
        /// Commands of all scripts together; beyond it the search fails.
        package var commandCountMax = 100_000
        /// Entries of folders looked at for patterns; beyond it the search fails.
        package var entryCountMax = 1_000_000

        package init() {}
    }

    /// The project's folder, links resolved.
    let folder: String
    let limits: Limits
    let digest: @Sendable (String) throws -> Digest
    /// What Python files say, by their content. It only saves reading them again.
    private let scans = Mutex<[Digest: PythonScan]>([:])

    /// A finder for the project in a folder.
    /// - Parameter digest: of the file at an absolute path; an index of files can answer without reading.
    /// - Throws: `notFound`, `invalidInput` where the folder is none.
    package init(
        folder: String, limits: Limits = Limits(), digest: @escaping @Sendable (String) throws -> Digest = { try Digest(ofFile: $0) }
    ) throws {
        guard let path = FilePlace.real(folder) else { throw MartletError.io("open the project's folder", folder, errno: errno) }
        guard FilePlace.isFolder(path) else {
            throw MartletError(.invalidInput, "'\(folder)' is a file, where the folder of a project is needed")
        }
        self.folder = path
        self.limits = limits
        self.digest = digest
    }

    /// The code of one command as it is now; `CodeSnapshot.find` has the parameters.
    package func find(
        _ command: Command, globs: [String] = [], environment: [String: String] = [:], inputs: [String] = []
    ) throws -> FoundCode {
        try snapshot().find(command, globs: globs, environment: environment, inputs: inputs)
    }

    /// A look at the project's files that many commands share.
    package func snapshot() -> CodeSnapshot { CodeSnapshot(self) }

    /// What a Python file says, read once for each content.
    /// - Returns: `nil` for a file that is too large.
    func scan(_ path: String, _ digest: Digest) throws -> PythonScan? {
        if let known = scans.withLock({ $0[digest] }) { return known }
        guard let bytes = try bytes(of: path) else { return nil }
        let scan = PythonScan(bytes)
        // A file that changed since it was digested must not answer for the earlier content.
        if Digest(of: bytes) == digest { scans.withLock { $0[digest] = scan } }
        return scan
    }

    /// A file's bytes; `nil` where they are too many.
    func bytes(of path: String) throws -> [UInt8]? {
        let file = try OpenFile(path, O_RDONLY)
        guard try file.sizeBytes() <= limits.sizeMaxBytes else { return nil }
        return try file.read(at: 0, countMax: try file.sizeBytes())
    }

    var tooManyFiles: MartletError {
        MartletError(
            .limitExceeded,
            "a command is made of more than \(limits.fileCountMax) files of code; declare folders of data as inputs, and keep patterns "
                + "under 'code' to code")
    }
}
