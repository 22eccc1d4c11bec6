import Foundation
import MartletCore

/// Where the native engines' files are.
///
/// The folder in `MARTLET_NATIVE_DIR` where that is set, and no other; else the first that has the file of: beside the
/// program (`../lib/martlet`), `.deps/lib` in a folder above the program, `.deps/lib` in or above the current folder.
package struct NativeLibraries: Sendable {
    /// The variable that names the folder.
    package static let environmentKey = "MARTLET_NATIVE_DIR"

    private let chosen: String?
    private let folders: [String]

    /// Looks where a program with this environment, executable file and current folder would.
    package init(environment: [String: String], executable: String?, currentFolder: String) {
        chosen = environment[Self.environmentKey].flatMap { $0.isEmpty ? nil : $0 }
        guard chosen == nil else {
            folders = []
            return
        }
        let home = executable.map { URL(filePath: $0).resolvingSymlinksInPath().deletingLastPathComponent() }
        let beside = home.map { [$0.deletingLastPathComponent().appending(path: "lib/martlet").path] } ?? []
        let starts = [home, URL(filePath: currentFolder)].compactMap { $0 }
        folders = beside + starts.flatMap { Self.ancestors(of: $0).map { $0.appending(path: ".deps/lib").path } }
    }

    /// The path of an engine's file, which `setup` installs, for this process. - Throws: `unavailable`, with the places and the next step.
    package static func path(of file: String, setup: String = "scripts/setup") throws -> String {
        let process = NativeLibraries(
            environment: ProcessInfo.processInfo.environment,
            executable: "/proc/self/exe",
            currentFolder: FileManager.default.currentDirectoryPath
        )
        return try process.path(of: file, setup: setup)
    }

    /// The path of an engine's file, which `setup` installs. - Throws: `unavailable`, with the places and the next step.
    package func path(of file: String, setup: String = "scripts/setup") throws -> String {
        if let chosen {
            let path = URL(filePath: chosen).appending(path: file).path
            guard Self.isFile(path) else {
                throw MartletError(
                    .unavailable,
                    "\(file) is not in '\(chosen)', the folder in \(Self.environmentKey); "
                        + "put it there (\(setup) brings it into .deps/lib), or unset the variable"
                )
            }
            return path
        }
        let candidates = folders.map { "\($0)/\(file)" }
        if let path = candidates.first(where: Self.isFile) { return path }
        throw MartletError(
            .unavailable,
            "\(file) is in none of \(folders.joined(separator: ", ")); "
                + "run \(setup), or set \(Self.environmentKey) to the folder that holds it"
        )
    }

    private static func isFile(_ path: String) -> Bool {
        var isFolder: ObjCBool = false
        return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && !isFolder.boolValue
    }

    private static func ancestors(of folder: URL) -> [URL] {
        let parts = folder.standardizedFileURL.pathComponents
        return (1...max(1, parts.count)).reversed().map { count in
            URL(filePath: NSString.path(withComponents: Array(parts.prefix(count))))
        }
    }
}
