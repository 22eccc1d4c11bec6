import Foundation
import MartletCore

/// The `martlet` program that was built together with the tests.
package enum MartletBinary {
    /// Its path: `$MARTLET_BINARY`, else the one beside the tests' own program or in a folder above it.
    /// - Throws: `notFound`, with where it was looked for.
    package static func path() throws -> String {
        let files = FileManager.default
        if let named = ProcessInfo.processInfo.environment["MARTLET_BINARY"] {
            guard files.isExecutableFile(atPath: named) else {
                throw MartletError(.notFound, "MARTLET_BINARY names '\(named)', which is no program; build it or unset the variable")
            }
            return named
        }
        let places = folders.map { "\($0)/martlet" }
        var isFolder: ObjCBool = false
        let found = places.first {
            files.isExecutableFile(atPath: $0) && files.fileExists(atPath: $0, isDirectory: &isFolder) && !isFolder.boolValue
        }
        guard let found else {
            throw MartletError(
                .notFound,
                "the program 'martlet' is in none of \(places.joined(separator: ", ")); build it with 'swift build --product martlet' "
                    + "in the tests' configuration, or name it in MARTLET_BINARY"
            )
        }
        return found
    }

    /// The folder of the program that runs the tests, of its bundle, and three folders above.
    private static var folders: [String] {
        let starts = [
            URL(filePath: "/proc/self/exe").resolvingSymlinksInPath(), Bundle.main.bundleURL.appending(path: "x"),
            URL(filePath: CommandLine.arguments.first ?? ""),
        ]
        var folders: [String] = []
        for start in starts {
            var folder = start.deletingLastPathComponent()
            for _ in 0..<4 where !folders.contains(folder.path) {
                folders.append(folder.path)
                folder = folder.deletingLastPathComponent()
            }
        }
        return folders
    }
}
