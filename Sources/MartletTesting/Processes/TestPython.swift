import Foundation
import MartletCore

/// The Python whose libraries and clients the tests ask.
package enum TestPython {
    /// Its path: `$MARTLET_TEST_PYTHON`, else `.deps/python-tests` of the checkout.
    /// - Throws: `unavailable`, with how it is made.
    package static func path() throws -> String {
        if let chosen = ProcessInfo.processInfo.environment["MARTLET_TEST_PYTHON"] { return chosen }
        var folder = URL(filePath: #filePath).resolvingSymlinksInPath()
        while folder.path != "/" {
            folder.deleteLastPathComponent()
            let python = folder.appending(path: ".deps/python-tests/bin/python").path
            if FileManager.default.isExecutableFile(atPath: python) { return python }
        }
        throw MartletError(.unavailable, "there is no .deps/python-tests: run 'scripts/setup --tests' or set MARTLET_TEST_PYTHON")
    }
}
