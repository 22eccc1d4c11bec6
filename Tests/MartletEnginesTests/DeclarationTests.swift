import Foundation
import MartletTesting
import Testing

@Suite struct DeclarationTests {
    private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    private func check(declarations: URL) async throws -> (status: Int32, output: String) {
        let script = Self.root.appending(path: "scripts/check-abi").path
        let result = try await Command(script, [], environment: ["MARTLET_DECLARATIONS_DIR": declarations.path]).run()
        return (result.status, result.output + result.errors)
    }

    @Test func `the declarations of native functions agree with the libraries' headers`() async throws {
        let (status, output) = try await check(declarations: Self.root.appending(path: "Sources/CEngines/include"))
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
    func `a declaration that differs from its header is found`(file: String, text: String, wrong: String, fault: String) async throws {
        let copy = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        try FileManager.default.copyItem(at: Self.root.appending(path: "Sources/CEngines/include"), to: copy)
        defer { try? FileManager.default.removeItem(at: copy) }  // it is a temporary folder
        let header = copy.appending(path: file)
        let declared = try String(contentsOf: header, encoding: .utf8)
        try #require(declared.contains(text))
        try Data(declared.replacing(text, with: wrong).utf8).write(to: header)
        let (status, output) = try await check(declarations: copy)
        #expect(status != 0 && output.contains(fault), "\(output)")
    }
}
