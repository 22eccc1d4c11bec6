import Foundation
import Testing

@Suite struct DeclarationTests {
    private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
    private static let hasHeaders = FileManager.default.fileExists(
        atPath: root.appending(path: ".deps/include/duckdb.h").path
    )

    private func check(declarations: URL) throws -> (status: Int32, output: String) {
        let process = Process()
        process.executableURL = Self.root.appending(path: "scripts/check-abi")
        process.environment = ProcessInfo.processInfo.environment
            .merging(["MARTLET_DECLARATIONS_DIR": declarations.path]) { $1 }
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = pipe
        try process.run()
        let output = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return (process.terminationStatus, output)
    }

    @Test(.enabled(if: hasHeaders, "needs scripts/setup"))
    func `the declarations of native functions agree with the libraries' headers`() throws {
        let (status, output) = try check(declarations: Self.root.appending(path: "Sources/CEngines/include"))
        #expect(status == 0, "\(output)")
    }

    @Test(.enabled(if: hasHeaders, "needs scripts/setup"))
    func `a declaration that differs from its header is found`() throws {
        let copy = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        try FileManager.default.copyItem(at: Self.root.appending(path: "Sources/CEngines/include"), to: copy)
        defer { try? FileManager.default.removeItem(at: copy) }  // it is a temporary folder
        let header = copy.appending(path: "martlet_duckdb.h")
        let text = try String(contentsOf: header, encoding: .utf8)
        let wrong = text.replacing("uint64_t position, double value", with: "uint64_t position, float value")
        try Data(wrong.utf8).write(to: header)
        let (status, output) = try check(declarations: copy)
        #expect(status != 0 && output.contains("conflicting types for 'duckdb_bind_double'"), "\(output)")
    }
}
