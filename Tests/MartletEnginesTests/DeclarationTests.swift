import Foundation
import Testing

@Suite struct DeclarationTests {
    private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

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

    @Test func `the declarations of native functions agree with the libraries' headers`() throws {
        let (status, output) = try check(declarations: Self.root.appending(path: "Sources/CEngines/include"))
        #expect(status == 0, "\(output)")
    }

    @Test(arguments: [
        (
            "martlet_duckdb.h", "uint64_t position, double value", "uint64_t position, float value",
            "conflicting types for 'duckdb_bind_double'"
        ),
        ("martlet_openvino.h", "tensor, size_t *bytes", "tensor, int *bytes", "conflicting types for 'ov_tensor_get_byte_size'"),
        ("martlet_openvino.h", "TYPE(U8, 16)", "TYPE(U8, 15)", "MARTLET_OPENVINO_TYPE_U8 is not U8"),
    ])
    func `a declaration that differs from its header is found`(file: String, text: String, wrong: String, fault: String) throws {
        let copy = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        try FileManager.default.copyItem(at: Self.root.appending(path: "Sources/CEngines/include"), to: copy)
        defer { try? FileManager.default.removeItem(at: copy) }  // it is a temporary folder
        let header = copy.appending(path: file)
        let declared = try String(contentsOf: header, encoding: .utf8)
        try #require(declared.contains(text))
        try Data(declared.replacing(text, with: wrong).utf8).write(to: header)
        let (status, output) = try check(declarations: copy)
        #expect(status != 0 && output.contains(fault), "\(output)")
    }
}
