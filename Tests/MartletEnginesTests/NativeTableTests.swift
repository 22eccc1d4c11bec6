import Foundation
import MartletCore
import Testing

@testable import MartletEngines

@Suite struct NativeTableTests {
    @Test func `a file that is no library is refused with the loader's own message`() throws {
        let file = FileManager.default.temporaryDirectory.appending(path: "\(UUID().uuidString).so")
        try Data("no library".utf8).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }  // it is a temporary file
        let error = try #require(throws: MartletError.self) { try LightGBMLibrary(path: file.path) }
        #expect(error.code == .unavailable)
        #expect(error.message.contains(file.lastPathComponent) && error.message.contains("scripts/setup"))
    }

    @Test func `another library is refused with the function that it lacks`() throws {
        let error = try #require(throws: MartletError.self) {
            try DuckDBLibrary(path: NativeLibraries.path(of: "lib_lightgbm.so"))
        }
        #expect(error.code == .unavailable)
        #expect(error.message.contains("has no function duckdb_library_version"))
    }
}
