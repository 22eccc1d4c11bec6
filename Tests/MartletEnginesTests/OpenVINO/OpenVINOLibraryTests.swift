import Foundation
import MartletCore
import Testing

@testable import MartletEngines

@Suite struct OpenVINOLibraryTests {
    @Test func `where OpenVINO is missing the error says what installs it`() throws {
        let nowhere = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString).path
        let libraries = NativeLibraries(environment: [:], executable: nil, currentFolder: nowhere)
        let error = try #require(throws: MartletError.self) {
            try libraries.path(of: OpenVINOLibrary.file, setup: OpenVINOLibrary.setup)
        }
        #expect(error.code == .unavailable)
        #expect(error.message.contains("openvino/libopenvino_c.so") && error.message.contains("run scripts/setup --neural"))
    }

    @Test func `a file that is no library is refused with its name and what installs OpenVINO`() throws {
        let file = FileManager.default.temporaryDirectory.appending(path: "\(UUID().uuidString).so")
        try Data("no library".utf8).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }  // it is a temporary file
        let error = try #require(throws: MartletError.self) { try OpenVINOLibrary(path: file.path) }
        #expect(error.code == .unavailable)
        #expect(error.message.contains(file.lastPathComponent) && error.message.contains("scripts/setup --neural"))
    }

    @Test func `the version is the one whose headers the declarations follow`() throws {
        #expect(try OpenVINOModel.engineVersion().hasPrefix("2026.4"))
    }
}
