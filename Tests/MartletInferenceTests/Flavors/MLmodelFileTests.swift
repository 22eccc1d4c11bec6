import Foundation
import MartletCore
import MartletTesting
import Testing

@testable import MartletInference

@Suite struct MLmodelFileTests {
    private func read(_ text: String, _ prepare: (String) throws -> Void = { _ in }) throws -> MLmodelFile {
        try withTemporaryFolder { folder in
            try Data(text.utf8).write(to: URL(filePath: "\(folder)/MLmodel"))
            try prepare(folder)
            return try MLmodelFile(folder: folder)
        }
    }

    @Test(arguments: FlavorFixtures.versions)
    func `what MLflow writes is read`(version: String) throws {
        let file = try MLmodelFile(folder: FlavorFixtures.folder("lightgbm", version))
        #expect(file.version == version)
        #expect(file.uuid?.count == 32)
        #expect(file.flavors.keys.sorted() == ["lightgbm", "python_function"])
        #expect(file.flavors["lightgbm"] == .init(data: "model.lgb", modelClass: "lightgbm.basic.Booster"))
        let columns: [MLmodelSignature.Column] = [
            .init(name: "fixed acidity", type: .double), .init(name: "sugar", type: .float), .init(name: "age", type: .long),
        ]
        #expect(file.signature == MLmodelSignature(inputs: .columns(columns), outputs: .columns([.init(type: .double)])))
    }

    @Test func `tensors, columns without names, optional ones and those of other types are read`() throws {
        let text = #"""
            flavors: {python_function: {loader_module: x}}
            signature:
              inputs: '[{"type": "tensor", "tensor-spec": {"dtype": "uint8", "shape": [-1, 28, 28]}}]'
              outputs: '[{"type": "array", "items": {"type": "long"}, "required": false}, {"type": "datetime"}]'
              params: null
            """#
        let signature = try #require(try read(text).signature)
        #expect(signature.inputs == .tensors([.init(name: nil, type: "uint8", shape: [-1, 28, 28])]))
        #expect(signature.outputs == .columns([.init(type: .json, isRequired: false), .init(type: .datetime)]))
        #expect(try read("flavors: {}\nsignature: null").signature == nil)
    }

    @Test(arguments: [
        ("run_id: x", "the key 'flavors' is missing"), ("[]", "expected a mapping"), ("a: [", "expected YAML"),
        ("flavors: {onnx: {data: ../x}}", "flavors.onnx.data: expected a path in the model's folder, found '../x'"),
        ("flavors: {onnx: {data: /etc/passwd}}", "expected a path in the model's folder, found '/etc/passwd'"),
        ("flavors: {onnx: {data: a/../../b}}", "found 'a/../../b'"), ("flavors: {onnx: {code: away}}", "a link that leads out of it"),
        ("flavors: {python_function: {artifacts: {a: {path: away/x, uri: x}}}}", "artifacts.a.path: expected a path in"),
        ("flavors: {onnx: {data: [a]}}", "expected a text, found a list"), ("flavors: 3", "expected a mapping of names"),
        ("flavors: {}\nsignature: 3", "expected a mapping with inputs"),
        ("flavors: {}\nsignature: {inputs: '['}", "signature.inputs: expected a schema of columns or tensors"),
        ("flavors: {}\nsignature: {inputs: '[]'}", "expected a list of 1 to 16384 entries, found 0"),
        (
            #"flavors: {}"# + "\n" + #"signature: {inputs: '[{"type": "long", "name": "a"}, {"type": "long", "name": "a"}]'}"#,
            "each name once"
        ),
        (
            #"flavors: {}"# + "\n" + #"signature: {inputs: '[{"type": "long", "name": "a"}, {"type": "long"}]'}"#,
            "for each entry or for none"
        ),
        (
            #"flavors: {}"# + "\n" + #"signature: {inputs: '[{"type": "tensor", "tensor-spec": {"dtype": "x", "shape": [9e99]}}]'}"#,
            "expected sizes of -1 to"
        ),
    ])
    func `a fault is named with its place`(text: String, fault: String) throws {
        let error = try #require(throws: MartletError.self) {
            try read(text) { try FileManager.default.createSymbolicLink(atPath: "\($0)/away", withDestinationPath: "/usr") }
        }
        #expect(error.code == .invalidInput && error.message.contains(fault), "\(error)")
    }

    @Test func `a file that is too large, nested too deeply or no text is refused`() throws {
        let large = try #require(throws: MartletError.self) { try read("flavors: {}\n# " + String(repeating: "x", count: 1 << 20)) }
        #expect(large.message.contains("expected at most 1048576 bytes"))
        let indents = (0..<200).map { String(repeating: " ", count: $0) + "a:\n" }.joined()
        for deep in [String(repeating: "[", count: 100_000), String(repeating: "- ", count: 100_000), indents] {
            let error = try #require(throws: MartletError.self) { try read("flavors: {}\nmetadata:\n \(deep)") }
            #expect(error.message.contains("levels of nesting"), "\(error)")
        }
        let error = try #require(throws: MartletError.self) {
            try withTemporaryFolder { folder in
                try Data([0xFF, 0xFE]).write(to: URL(filePath: "\(folder)/MLmodel"))
                return try MLmodelFile(folder: folder)
            }
        }
        #expect(error.message.contains("expected UTF-8"))
        let folder = try #require(throws: MartletError.self) {
            try withTemporaryFolder { folder in
                try FileManager.default.createDirectory(atPath: "\(folder)/MLmodel", withIntermediateDirectories: true)
                return try MLmodelFile(folder: folder)
            }
        }
        #expect(folder.message.contains("expected a file, found a folder or a device"))
        let absent = try #require(throws: MartletError.self) { try MLmodelFile(folder: "no/such") }
        #expect(absent.code == .notFound)
    }

    @Test func `aliases that stand for ever more are not followed`() throws {
        let bomb = (1..<40).map { "a\($0): &a\($0) [*a\($0 - 1), *a\($0 - 1)]" }.joined(separator: "\n")
        let file = try read("a0: &a0 x\n\(bomb)\nflavors: {}")
        #expect(file.flavors.isEmpty)
    }
}
