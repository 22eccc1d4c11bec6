import Foundation
import MartletCore
import MartletEngines
import Testing

@Suite struct NativeLibrariesTests {
    private let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)

    private func makeFile(_ path: String) throws -> String {
        let file = folder.appending(path: path)
        try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data("library".utf8).write(to: file)
        return file.path
    }

    private func libraries(environment: [String: String] = [:]) -> NativeLibraries {
        NativeLibraries(
            environment: environment,
            executable: folder.appending(path: "project/.build/debug/martlet").path,
            currentFolder: folder.appending(path: "other/below").path
        )
    }

    private func withFolder(_ body: () throws -> Void) throws {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }  // it is a temporary folder
        try body()
    }

    @Test func `the folder in the environment comes first`() throws {
        try withFolder {
            let chosen = try makeFile("chosen/lib.so")
            _ = try makeFile("project/.build/lib/martlet/lib.so")
            let environment = [NativeLibraries.environmentKey: folder.appending(path: "chosen").path]
            #expect(try libraries(environment: environment).path(of: "lib.so") == chosen)
        }
    }

    @Test func `a file that the chosen folder lacks is not looked for elsewhere`() throws {
        try withFolder {
            _ = try makeFile("project/.deps/lib/lib.so")
            let environment = [NativeLibraries.environmentKey: folder.appending(path: "chosen").path]
            let error = try #require(throws: MartletError.self) {
                try libraries(environment: environment).path(of: "lib.so", setup: "scripts/setup --some")
            }
            #expect(error.message.contains("lib.so is not in") && error.message.contains("MARTLET_NATIVE_DIR"))
            #expect(error.message.contains("scripts/setup --some brings it"))
        }
    }

    @Test func `a library beside the program is found before one in the checkout`() throws {
        try withFolder {
            let beside = try makeFile("project/.build/lib/martlet/lib.so")
            _ = try makeFile("project/.deps/lib/lib.so")
            #expect(try libraries().path(of: "lib.so") == beside)
        }
    }

    @Test func `a checkout above the program is found`() throws {
        try withFolder {
            let file = try makeFile("project/.deps/lib/lib.so")
            #expect(try libraries().path(of: "lib.so") == file)
        }
    }

    @Test func `a checkout above the current folder is found last`() throws {
        try withFolder {
            let file = try makeFile("other/.deps/lib/lib.so")
            #expect(try libraries().path(of: "lib.so") == file)
        }
    }

    @Test func `a missing library is refused with its name and the next step`() throws {
        try withFolder {
            let error = try #require(throws: MartletError.self) { try libraries().path(of: "libnone.so") }
            #expect(error.code == .unavailable)
            #expect(error.message.contains("libnone.so is in none of"))
            #expect(error.message.contains("run scripts/setup, or set MARTLET_NATIVE_DIR"))
        }
    }
}
